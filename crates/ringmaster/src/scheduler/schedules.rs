//! `ringmaster schedule`.

use jiff::civil::Date;
use kit::ExitCode;
use scheduler_api::{Build, Built, Done, Schedule, ScheduleAction, ScheduleOrder, Server, Stuck};

use super::arguments::{Day, OfSchedule, ScheduleArguments, ScheduleCommand};
use super::client::Client;
use super::output::{Output, Table, answer, print_line, say_done};
use super::server::note_pause;
use super::words::{segment, time};
use super::{DONE, block_on};

/// Runs a command about daily schedules.
pub(crate) fn run(arguments: &ScheduleArguments) -> anyhow::Result<ExitCode> {
    let client = Client::new(&arguments.connection);
    let output = arguments.connection.output;
    match &arguments.command {
        ScheduleCommand::Build {
            schedules,
            day,
            overwrite,
            on_hold,
            properties,
            instance,
            reason,
        } => {
            let asked = Build {
                date: day.date,
                schedules: (!schedules.is_empty()).then(|| schedules.clone()),
                overwrite: *overwrite,
                on_hold: *on_hold,
                properties: properties.clone(),
                instance: instance.clone(),
                reason: reason.clone(),
            };
            let built: Built = block_on(client.post("/schedules/build", &asked))?;
            answer(output, &built, show_built, |_| Ok(()))?;
        }
        ScheduleCommand::Check { schedules, day } => return check(&client, output, schedules, day),
        ScheduleCommand::List { day } => {
            let path = match day.date {
                Some(date) => format!("/schedules?date={date}"),
                None => "/schedules".to_owned(),
            };
            let all: Vec<Schedule> = block_on(client.get(&path))?;
            let quiet =
                |all: &Vec<Schedule>| all.iter().try_for_each(|each| print_line(&each.name));
            answer(output, &all, |all| show(all, day.date), quiet)?;
        }
        ScheduleCommand::Hold(of) => act(arguments, of, ScheduleAction::Hold)?,
        ScheduleCommand::Release(of) => act(arguments, of, ScheduleAction::Release)?,
        ScheduleCommand::Start(of) => act(arguments, of, ScheduleAction::Start)?,
        ScheduleCommand::Close(of) => act(arguments, of, ScheduleAction::Close)?,
    }
    note_pause(&client, output);
    Ok(DONE)
}

/// Says which jobs will not start by themselves.
fn check(
    client: &Client,
    output: Output,
    schedules: &[String],
    day: &Day,
) -> anyhow::Result<ExitCode> {
    let (date, found) = block_on(async {
        let date = date(client, day.date).await?;
        let found: Vec<Stuck> =
            client.work_out(&format!("/schedules/{date}/check"), &schedules).await?;
        Ok((date, found))
    })?;
    let quiet = |found: &Vec<Stuck>| {
        found.iter().try_for_each(|each| print_line(&format!("{}/{}", each.schedule, each.job)))
    };
    let table = |found: &Vec<Stuck>| {
        let mut table = Table::new(&["JOB", "WILL NOT START BECAUSE"]);
        for each in found {
            table.row([format!("{}/{}", each.schedule, each.job), each.text.clone()]);
        }
        table.print(&format!("no job of {date} is stuck"))
    };
    answer(output, &found, table, quiet)?;
    note_pause(client, output);
    Ok(if found.is_empty() { DONE } else { ExitCode::Failure })
}

fn act(
    arguments: &ScheduleArguments,
    of: &OfSchedule,
    action: ScheduleAction,
) -> anyhow::Result<()> {
    let client = Client::new(&arguments.connection);
    let done: Done = block_on(async {
        let date = date(&client, of.day.date).await?;
        let path = format!("/schedules/{date}/{}/actions", segment(&of.schedule));
        client.post(&path, &ScheduleOrder { action, reason: of.reason.clone() }).await
    })?;
    let table = |done: &Done| print_line(&format!("{}: {}", of.schedule, done.status));
    say_done(arguments.connection.output, &done, table)
}

/// A date that was named, or today as the server sees it.
pub(super) async fn date(client: &Client, named: Option<Date>) -> anyhow::Result<Date> {
    if let Some(date) = named {
        return Ok(date);
    }
    let server: Server = client.get("/server").await?;
    let zone = jiff::tz::TimeZone::get(&server.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    Ok(server.now.to_zoned(zone).date())
}

fn show_built(built: &Built) -> anyhow::Result<()> {
    let mut table = Table::new(&["SCHEDULE", "JOBS", "BUILT"]);
    for each in &built.schedules {
        table.row([each.name.clone(), each.jobs.to_string(), "built".to_owned()]);
    }
    for each in &built.left {
        table.row([each.name.clone(), String::new(), format!("left: {}", each.why)]);
    }
    table.print(&format!("nothing is planned for {}", built.date))
}

fn show(all: &[Schedule], date: Option<Date>) -> anyhow::Result<()> {
    let mut table = Table::new(&["SCHEDULE", "STATUS", "START", "END", "OPEN", "FAILED", "ZONE"]);
    for each in all {
        table.row([
            each.name.clone(),
            each.status.clone(),
            time(Some(each.start), &each.time_zone, each.date),
            time(each.completed, &each.time_zone, each.date),
            each.open_jobs.to_string(),
            each.failed_jobs.to_string(),
            each.time_zone.clone(),
        ]);
    }
    table.print(&match date {
        Some(date) => format!(
            "nothing is built for {date}; `ringmaster schedule build --date {date}` builds it"
        ),
        None => "nothing is built for today; `ringmaster schedule build` builds it".to_owned(),
    })
}
