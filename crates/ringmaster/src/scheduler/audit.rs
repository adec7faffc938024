//! `ringmaster audit`.

use clap::{Args, Subcommand};
use jiff::civil::Date;
use kit::ExitCode;
use scheduler_api::{AuditChain, AuditRecord, Server};

use super::arguments::Connection;
use super::client::Client;
use super::output::{Table, answer, print_line};
use super::words::{instant, segment};
use super::{DONE, block_on};

/// Who did what.
#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    #[command(subcommand)]
    command: AuditCommand,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// List the last records, newest first
    #[command(after_help = "Examples:
  ringmaster audit list --caller anna
  ringmaster audit list --action job. --subject Night/Load --since 2026-12-01")]
    List {
        /// By callers with this in their name
        #[arg(long, value_name = "TEXT")]
        caller: Option<String>,
        /// Of actions that begin so: job., job.hold, event
        #[arg(long, value_name = "TEXT")]
        action: Option<String>,
        /// About subjects with this in their name
        #[arg(long, value_name = "TEXT")]
        subject: Option<String>,
        /// From this date on, in the server's zone
        #[arg(long, value_name = "YYYY-MM-DD")]
        since: Option<Date>,
        /// Before this date
        #[arg(long, value_name = "YYYY-MM-DD")]
        before: Option<Date>,
        /// So many at most
        #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
        max: u16,
    },
    /// Check that every record is what was written and that none is missing; fails where one is not
    Verify,
}

/// Runs a command about the audit.
pub(crate) fn run(arguments: &AuditArguments) -> anyhow::Result<ExitCode> {
    let client = Client::new(&arguments.connection);
    let output = arguments.connection.output;
    match &arguments.command {
        AuditCommand::List { caller, action, subject, since, before, max } => {
            let mut path = format!("/audit?max={max}");
            for (name, value) in [("caller", caller), ("action", action), ("subject", subject)] {
                if let Some(value) = value {
                    path.push_str(&format!("&{name}={}", segment(value)));
                }
            }
            for (name, date) in [("since", since), ("before", before)] {
                if let Some(date) = date {
                    path.push_str(&format!("&{name}={date}"));
                }
            }
            let (all, zone) = block_on(async {
                let all: Vec<AuditRecord> = client.get(&path).await?;
                Ok((all, client.get::<Server>("/server").await?.time_zone))
            })?;
            let quiet = |all: &Vec<AuditRecord>| {
                all.iter().try_for_each(|each| print_line(&each.id.to_string()))
            };
            answer(output, &all, |all| show(all, &zone), quiet)?;
            Ok(DONE)
        }
        AuditCommand::Verify => {
            let chain: AuditChain = block_on(client.wait_for("/audit/verify"))?;
            let table = |chain: &AuditChain| {
                print_line(&match &chain.broken {
                    None => format!(
                        "{} records are what was written; the last one has the hash {}",
                        chain.whole, chain.last_hash
                    ),
                    Some(id) => format!(
                        "record {id} is not what was written: {}; the {} records before it are",
                        chain.why.as_deref().unwrap_or_default(),
                        chain.whole
                    ),
                })
            };
            answer(output, &chain, table, |_| Ok(()))?;
            Ok(if chain.broken.is_none() { DONE } else { ExitCode::Failure })
        }
    }
}

/// A value as far as a line holds it; all of it is in the JSON output.
fn short(text: &str) -> String {
    const SHOWN: usize = 80;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN - 3).chain("...".chars()).collect()
}

fn show(all: &[AuditRecord], zone: &str) -> anyhow::Result<()> {
    let mut table = Table::new(&["AT", "CALLER", "ACTION", "SUBJECT", "REASON", "BEFORE", "AFTER"]);
    for each in all {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        table.row([
            instant(each.at, zone),
            each.caller.clone(),
            each.action.clone(),
            each.subject.clone(),
            text(&each.reason),
            short(&text(&each.old_value)),
            short(&text(&each.new_value)),
        ]);
    }
    table.print("there is no such record")
}
