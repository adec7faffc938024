//! `ringmaster threshold` and `ringmaster resource`.

use clap::{Args, Subcommand};
use kit::ExitCode;
use scheduler_api::{Done, Resource, SetNumber, Threshold};

use super::arguments::Connection;
use super::client::Client;
use super::output::{Table, answer, print_line, say_done};
use super::words::segment;
use super::{DONE, block_on};

/// Thresholds.
#[derive(Debug, Args)]
pub(crate) struct ThresholdArguments {
    #[command(subcommand)]
    command: ThresholdCommand,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Subcommand)]
enum ThresholdCommand {
    /// List thresholds with their values
    #[command(after_help = "Examples:
  ringmaster threshold list
  ringmaster threshold list --output json")]
    List,
    /// Give a threshold a value; the jobs that wait for it are looked at again
    #[command(after_help = "Examples:
  ringmaster threshold set \"Files received\" 3 --reason \"they came by mail\"")]
    Set {
        /// Its name
        name: String,
        /// The value
        #[arg(allow_negative_numbers = true, value_parser = value)]
        value: i32,
        /// Why, for the audit
        #[arg(long)]
        reason: Option<String>,
    },
}

/// Resources.
#[derive(Debug, Args)]
pub(crate) struct ResourceArguments {
    #[command(subcommand)]
    command: ResourceCommand,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Subcommand)]
enum ResourceCommand {
    /// List resources with what there is and what running jobs hold
    #[command(after_help = "Examples:
  ringmaster resource list")]
    List,
    /// Change how many units there are; what running jobs hold stays theirs. The next change of it in definitions sets it anew
    #[command(after_help = "Examples:
  ringmaster resource set TAPES 3 --reason \"drive 4 is broken\"")]
    Set {
        /// Its name
        name: String,
        /// Units there are
        #[arg(allow_negative_numbers = true, value_parser = clap::value_parser!(i32).range(0..))]
        units: i32,
        /// Why, for the audit
        #[arg(long)]
        reason: Option<String>,
    },
}

/// Runs a command about thresholds.
pub(crate) fn threshold(arguments: &ThresholdArguments) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        ThresholdCommand::List => {
            let all: Vec<Threshold> =
                block_on(Client::new(&arguments.connection).get("/thresholds"))?;
            let quiet =
                |all: &Vec<Threshold>| all.iter().try_for_each(|each| print_line(&each.name));
            answer(arguments.connection.output, &all, |all| show_thresholds(all), quiet)?;
            Ok(DONE)
        }
        ThresholdCommand::Set { name, value, reason } => {
            set(&arguments.connection, "thresholds", name, *value, reason.clone())
        }
    }
}

/// Runs a command about resources.
pub(crate) fn resource(arguments: &ResourceArguments) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        ResourceCommand::List => {
            let all: Vec<Resource> =
                block_on(Client::new(&arguments.connection).get("/resources"))?;
            let quiet =
                |all: &Vec<Resource>| all.iter().try_for_each(|each| print_line(&each.name));
            answer(arguments.connection.output, &all, |all| show_resources(all), quiet)?;
            Ok(DONE)
        }
        ResourceCommand::Set { name, units, reason } => {
            set(&arguments.connection, "resources", name, *units, reason.clone())
        }
    }
}

/// A value; one that is to be added to another reads like it, and is not.
fn value(text: &str) -> Result<i32, String> {
    match text.strip_prefix('+') {
        Some(_) => Err("it is the new value, and adds nothing: leave the `+` out".to_owned()),
        None => text.parse().map_err(|why: std::num::ParseIntError| why.to_string()),
    }
}

fn set(
    connection: &Connection,
    of: &str,
    name: &str,
    value: i32,
    reason: Option<String>,
) -> anyhow::Result<ExitCode> {
    let path = format!("/{of}/{}", segment(name));
    let done: Done = block_on(Client::new(connection).put(&path, &SetNumber { value, reason }))?;
    let say = |done: &Done| print_line(&format!("{name}: {}", done.status));
    say_done(connection.output, &done, say)?;
    Ok(DONE)
}

fn show_thresholds(all: &[Threshold]) -> anyhow::Result<()> {
    let mut table = Table::new(&["THRESHOLD", "VALUE"]);
    for each in all {
        table.row([each.name.clone(), each.value.to_string()]);
    }
    table.print("there are no thresholds")
}

fn show_resources(all: &[Resource]) -> anyhow::Result<()> {
    let mut table = Table::new(&["RESOURCE", "UNITS", "USED", "KEPT FOR"]);
    for each in all {
        let kept_for = each.kept_for.clone().unwrap_or_default();
        table.row([each.name.clone(), each.units.to_string(), each.used.to_string(), kept_for]);
    }
    table.print("there are no resources")
}
