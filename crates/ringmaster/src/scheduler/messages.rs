//! `ringmaster message`, `ringmaster escalation`.

use clap::{Args, Subcommand};
use kit::ExitCode;
use scheduler_api::{Acknowledge, Done, Escalation, Message, Server};

use super::arguments::Connection;
use super::client::Client;
use super::output::{Table, answer, print_line};
use super::words::instant;
use super::{DONE, block_on};

/// Messages to people and other systems.
#[derive(Debug, Args)]
pub(crate) struct MessageArguments {
    #[command(subcommand)]
    command: MessageCommand,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum MessageCommand {
    /// List the messages that are not delivered, with why and when they are tried next
    List,
}

/// Escalations: who is told next while nobody acknowledges.
#[derive(Debug, Args)]
pub(crate) struct EscalationArguments {
    #[command(subcommand)]
    command: EscalationCommand,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Subcommand)]
enum EscalationCommand {
    /// List the escalations that nobody has acknowledged
    List {
        /// Those that are acknowledged, too; they are kept for 14 days
        #[arg(long)]
        all: bool,
    },
    /// Say that you look after it: nobody else is told
    Acknowledge {
        /// Its number
        number: i64,
        /// Why, for the audit
        #[arg(long)]
        reason: Option<String>,
    },
}

/// Runs a command about messages.
pub(crate) fn message(arguments: &MessageArguments) -> anyhow::Result<ExitCode> {
    let (MessageCommand::List, connection) = (arguments.command, &arguments.connection);
    let client = Client::new(connection);
    let (all, zone) = block_on(async {
        let all: Vec<Message> = client.get("/messages").await?;
        Ok((all, client.get::<Server>("/server").await?.time_zone))
    })?;
    let quiet =
        |all: &Vec<Message>| all.iter().try_for_each(|each| print_line(&each.id.to_string()));
    let table = |all: &Vec<Message>| {
        let mut table = Table::new(&["MESSAGE", "KIND", "ABOUT", "TRIES", "NEXT TRY", "WHY"]);
        for each in all {
            table.row([
                each.id.to_string(),
                each.kind.clone(),
                each.subject.clone(),
                each.tries.to_string(),
                instant(each.due_at, &zone),
                each.why.clone().unwrap_or_default(),
            ]);
        }
        table.print("every message is delivered")
    };
    answer(connection.output, &all, table, quiet)?;
    Ok(DONE)
}

/// Runs a command about escalations.
pub(crate) fn escalation(arguments: &EscalationArguments) -> anyhow::Result<ExitCode> {
    let client = Client::new(&arguments.connection);
    let output = arguments.connection.output;
    match &arguments.command {
        EscalationCommand::List { all } => {
            let (all, zone) = block_on(async {
                let all: Vec<Escalation> = client.get(&format!("/escalations?all={all}")).await?;
                Ok((all, client.get::<Server>("/server").await?.time_zone))
            })?;
            let quiet = |all: &Vec<Escalation>| {
                all.iter().try_for_each(|each| print_line(&each.id.to_string()))
            };
            answer(output, &all, |all| show(all, &zone), quiet)?;
        }
        EscalationCommand::Acknowledge { number, reason } => {
            let asked = Acknowledge { reason: reason.clone() };
            let path = format!("/escalations/{number}/acknowledge");
            let done: Done = block_on(client.post(&path, &asked))?;
            let table =
                |_: &Done| print_line(&format!("{number}: acknowledged; nobody else is told"));
            answer(output, &done, table, |_| Ok(()))?;
        }
    }
    Ok(DONE)
}

fn show(all: &[Escalation], zone: &str) -> anyhow::Result<()> {
    let mut table =
        Table::new(&["NUMBER", "STATE", "GROUP", "TRIGGER", "ABOUT", "NEXT", "ACKNOWLEDGED BY"]);
    for each in all {
        table.row([
            each.id.to_string(),
            each.state.clone(),
            each.group.clone(),
            each.trigger.clone(),
            each.subject.clone(),
            each.due_at.map_or_else(String::new, |due| instant(due, zone)),
            each.acknowledged_by.clone().unwrap_or_default(),
        ]);
    }
    table.print("there is no escalation")
}
