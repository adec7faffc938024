//! `ringmaster status`, `pause`, `resume`.

use kit::ExitCode;
use scheduler_api::{Accelerated, Because, Done, Paused, Server, Trouble};

use super::arguments::{Connection, PauseArguments, ResumeArguments};
use super::client::Client;
use super::output::{self, Output, answer, print_line};
use super::words::instant;
use super::{DONE, block_on};

/// Says how the server is.
pub(crate) fn status(connection: &Connection) -> anyhow::Result<ExitCode> {
    let server: Server = block_on(Client::new(connection).get("/server"))?;
    let table = |server: &Server| {
        print_line(&format!("ringmaster {}, instance {}", server.version, server.instance))?;
        print_line(&format!("definitions: revision {}", server.revision))?;
        print_line(&format!("now: {}", instant(server.now, &server.time_zone)))?;
        if server.logs_to_archive > 0 {
            print_line(&format!("logs to archive: {}", server.logs_to_archive))?;
        }
        if server.lost > 0 {
            print_line(&format!(
                "LOST JOBS: {}; nobody knows what has become of them: `ringmaster job list --says lost`, look, and mark them",
                server.lost
            ))?;
        }
        for Trouble { what, since, why } in &server.troubles {
            let since = instant(*since, &server.time_zone);
            print_line(&format!(
                "TROUBLE: `{what}` fails since {since}, and is tried again: {why}"
            ))?;
        }
        if let Some(clock) = &server.accelerated {
            print_line(&format!("ACCELERATED CLOCK: {}", pace(clock, &server.time_zone)))?;
        }
        for node in &server.nodes {
            let is_this = if node.is_this { ", which answers" } else { "" };
            let until = instant(node.lease_until, &server.time_zone);
            print_line(&if node.is_alive {
                format!("process {}: alive{is_this}", node.name)
            } else {
                format!("process {}: ended, or not heard of since {until}", node.name)
            })?;
        }
        print_line(&match &server.paused {
            None => "jobs are started".to_owned(),
            Some(paused) => stopped(paused, &server.time_zone),
        })
    };
    let quiet =
        |server: &Server| print_line(if server.paused.is_some() { "paused" } else { "running" });
    answer(connection.output, &server, table, quiet)?;
    Ok(DONE)
}

/// Says after a table that every start is stopped, where it is: whoever looks at jobs that wait should know. It goes where errors
/// go, so that what reads the table does not meet it.
pub(super) fn note_pause(client: &Client, output: Output) {
    let server = match output {
        Output::Table => block_on(client.get::<Server>("/server")),
        Output::Json | Output::Quiet => return,
    };
    let Ok(Server { paused: Some(paused), time_zone, .. }) = server else { return };
    let style = output::style("On Hold");
    let text = core_kit::text::visible(&stopped(&paused, &time_zone));
    anstream::eprintln!("{style}{text}{style:#}; `ringmaster resume` lets jobs start again");
}

/// That every start is stopped, by whom and why.
fn stopped(paused: &Paused, time_zone: &str) -> String {
    let Paused { by, at, reason } = paused;
    format!("EVERY START IS STOPPED by {by} since {}: {reason}", instant(*at, time_zone))
}

/// What an accelerated clock does.
fn pace(clock: &Accelerated, time_zone: &str) -> String {
    let (side, seconds) = match clock.ahead_seconds {
        behind @ ..0 => ("behind", behind.unsigned_abs()),
        ahead => ("ahead of", ahead.unsigned_abs()),
    };
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let stop = clock.stop.map(|stop| format!(", until {}", instant(stop, time_zone)));
    let does = match &clock.why {
        Some(why) => format!("runs as the machine's now: {why}"),
        None => "leaps to what is due next".to_owned(),
    };
    let stop = stop.unwrap_or_default();
    format!("{days} d {hours} h {minutes} min {side} the machine's{stop}; {does}")
}

/// Stops every start.
pub(crate) fn pause(arguments: &PauseArguments) -> anyhow::Result<ExitCode> {
    let asked = Because { reason: Some(arguments.reason.clone()) };
    let connection = &arguments.connection;
    let done: Done = block_on(Client::new(connection).post("/pause", &asked))?;
    let table = |_: &Done| {
        print_line(
            "no job is started any more; what runs goes on; `ringmaster resume` lets jobs start again",
        )
    };
    answer(connection.output, &done, table, |_| Ok(()))?;
    Ok(DONE)
}

/// Lets jobs be started again.
pub(crate) fn resume(arguments: &ResumeArguments) -> anyhow::Result<ExitCode> {
    let asked = Because { reason: arguments.reason.clone() };
    let connection = &arguments.connection;
    let done: Done = block_on(Client::new(connection).post("/resume", &asked))?;
    answer(connection.output, &done, |_| print_line("jobs are started again"), |_| Ok(()))?;
    Ok(DONE)
}
