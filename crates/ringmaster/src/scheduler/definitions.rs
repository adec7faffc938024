//! `ringmaster plan`, `apply`, `export`.

use std::path::Path;

use kit::ExitCode;
use scheduler_api::{Applied, Apply};
use serde_json::Value;

use super::arguments::{ApplyArguments, Connection, PlanArguments};
use super::client::Client;
use super::output::{Table, answer, print_line};
use super::{DONE, block_on};
use crate::planning::read_right;

/// Shows what storing definitions would change.
pub(crate) fn plan(arguments: &PlanArguments) -> anyhow::Result<ExitCode> {
    let asked =
        Apply { definitions: read(&arguments.definitions)?, expected_revision: None, reason: None };
    let connection = &arguments.connection;
    let planned: Applied = block_on(Client::new(connection).post("/definitions/plan", &asked))?;
    let table = |planned: &Applied| {
        show(planned)?;
        let revision = planned.revision;
        print_line(&format!(
            "{}; nothing is stored yet: `ringmaster apply {} --expected-revision {revision}` stores it",
            summary(planned),
            arguments.definitions.display()
        ))
    };
    answer(connection.output, &planned, table, |_| Ok(()))?;
    Ok(DONE)
}

/// Stores definitions.
pub(crate) fn apply(arguments: &ApplyArguments) -> anyhow::Result<ExitCode> {
    let asked = Apply {
        definitions: read(&arguments.definitions)?,
        expected_revision: arguments.expected_revision,
        reason: arguments.reason.clone(),
    };
    let connection = &arguments.connection;
    let applied: Applied = block_on(Client::new(connection).put("/definitions", &asked))?;
    let table = |applied: &Applied| {
        show(applied)?;
        print_line(&format!("{}; revision {} is current", summary(applied), applied.revision))
    };
    let quiet = |applied: &Applied| print_line(&applied.revision.to_string());
    answer(connection.output, &applied, table, quiet)?;
    Ok(DONE)
}

/// Prints the definitions that are stored.
pub(crate) fn export(connection: &Connection) -> anyhow::Result<ExitCode> {
    let definitions: Value = block_on(Client::new(connection).get("/definitions"))?;
    crate::texts::print_json(&definitions)?;
    Ok(DONE)
}

fn read(path: &Path) -> anyhow::Result<Value> {
    Ok(serde_json::to_value(&read_right(path)?)?)
}

fn show(applied: &Applied) -> anyhow::Result<()> {
    if applied.changes.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&["WHAT", "KIND", "NAME"]);
    for change in &applied.changes {
        table.row([change.what.clone(), change.kind.clone(), change.name.clone()]);
    }
    table.print("")
}

fn summary(applied: &Applied) -> String {
    let count = |what: &str| applied.changes.iter().filter(|change| change.what == what).count();
    match (applied.changes.len(), applied.is_moved) {
        (0, false) => "nothing differs".to_owned(),
        (0, true) => "only the order differs".to_owned(),
        _ => format!(
            "{} added, {} changed, {} removed",
            count("added"),
            count("changed"),
            count("removed")
        ),
    }
}
