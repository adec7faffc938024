//! `ringmaster batch-user`.

use std::io::{self, BufRead as _, IsTerminal as _};

use anyhow::{Context, bail};
use kit::ExitCode;
use scheduler_api::{BatchUser, Done, Password};

use super::arguments::{BatchUserArguments, BatchUserCommand};
use super::client::Client;
use super::output::{Table, answer, print_line};
use super::words::segment;
use super::{DONE, block_on};

/// Longest line that is read as a password, in bytes.
const PASSWORD_BYTES_MAX: u64 = 4096;

/// Runs a command about batch users.
pub(crate) fn run(arguments: &BatchUserArguments) -> anyhow::Result<ExitCode> {
    let client = Client::new(&arguments.connection);
    let output = arguments.connection.output;
    match &arguments.command {
        BatchUserCommand::List => {
            let all: Vec<BatchUser> = block_on(client.get("/batch-users"))?;
            let quiet =
                |all: &Vec<BatchUser>| all.iter().try_for_each(|user| print_line(&user.name));
            answer(output, &all, |all| show(all), quiet)?;
        }
        BatchUserCommand::SetPassword { user, reason } => {
            let asked = Password { password: password()?, reason: reason.clone() };
            let path = format!("/batch-users/{}/password", segment(user));
            let done: Done = block_on(client.put(&path, &asked))?;
            answer(
                output,
                &done,
                |done| print_line(&format!("{user}: {}", done.status)),
                |_| Ok(()),
            )?;
        }
        BatchUserCommand::RemovePassword { user } => {
            let path = format!("/batch-users/{}/password", segment(user));
            let done: Done = block_on(client.delete(&path))?;
            answer(
                output,
                &done,
                |done| print_line(&format!("{user}: {}", done.status)),
                |_| Ok(()),
            )?;
        }
    }
    Ok(DONE)
}

/// The first line of standard input.
fn password() -> anyhow::Result<String> {
    let input = io::stdin();
    if input.is_terminal() {
        crate::texts::say(
            "type the password, then Enter; it is shown as you type: pipe it in to hide it",
        );
    }
    let mut line = String::new();
    io::Read::take(input.lock(), PASSWORD_BYTES_MAX)
        .read_line(&mut line)
        .context("reading the password from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("there is no password on standard input: give it as one line");
    }
    Ok(password.to_owned())
}

fn show(all: &[BatchUser]) -> anyhow::Result<()> {
    let mut table = Table::new(&["BATCH USER", "FOR", "LOGS ON AS", "PASSWORD", "AGENTS"]);
    for user in all {
        let password = match user.changed {
            Some(at) if user.has_password => format!("set {}", at.strftime("%Y-%m-%d %H:%M UTC")),
            _ if user.has_password => "set".to_owned(),
            _ => "missing".to_owned(),
        };
        table.row([
            user.name.clone(),
            user.target.clone(),
            user.identifier.clone(),
            password,
            user.agents.join(", "),
        ]);
    }
    table.print("no batch user is defined")
}
