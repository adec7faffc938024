//! `ringmaster batch-user`.

use kit::ExitCode;
use scheduler_api::{BatchUser, Because, Done, Password, Rotated};

use super::arguments::{BatchUserArguments, BatchUserCommand};
use super::client::Client;
use super::output::{Table, answer, print_line};
use super::words::segment;
use super::{DONE, block_on};

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
            let asked = Password {
                password: crate::password::read()?.expose().to_owned(),
                reason: reason.clone(),
            };
            let path = format!("/batch-users/{}/password", segment(user));
            let done: Done = block_on(client.put(&path, &asked))?;
            answer(
                output,
                &done,
                |done| print_line(&format!("{user}: {}", done.status)),
                |_| Ok(()),
            )?;
        }
        BatchUserCommand::RotateKey { reason } => {
            let asked = Because { reason: reason.clone() };
            let done: Rotated = block_on(client.post("/keys", &asked))?;
            let table = |done: &Rotated| {
                print_line(&format!(
                    "key {} seals {} secrets now; copy the key file, apart from the database's backups",
                    done.key, done.secrets
                ))?;
                done.unused.iter().try_for_each(|key| {
                    print_line(&format!(
                        "nothing in the database needs key {key} any more; backups may"
                    ))
                })
            };
            answer(output, &done, table, |done| print_line(&done.key))?;
        }
        BatchUserCommand::RemovePassword { user, reason } => {
            let why = reason.as_ref().map(|why| format!("?reason={}", segment(why)));
            let path =
                format!("/batch-users/{}/password{}", segment(user), why.unwrap_or_default());
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
