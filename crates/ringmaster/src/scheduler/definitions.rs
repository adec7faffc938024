//! `ringmaster plan`, `apply`, `export`.

use kit::ExitCode;
use scheduler_api::{Applied, Apply, Changed};
use scheduler_core::definition::Definitions;

use super::arguments::{ApplyArguments, Connection, PlanArguments};
use super::client::Client;
use super::output::{Table, answer, print_line};
use super::{DONE, block_on, moves};
use crate::planning::read_right;

/// Shows what storing definitions would change.
pub(crate) fn plan(arguments: &PlanArguments) -> anyhow::Result<ExitCode> {
    let asked = Apply {
        definitions: read_right(&arguments.definitions)?,
        expected_revision: None,
        reason: None,
        days: Some(arguments.days),
    };
    let connection = &arguments.connection;
    let planned: Applied = block_on(Client::new(connection).work_out("/definitions/plan", &asked))?;
    let table = |planned: &Applied| {
        show(planned)?;
        if let Some(moves) = &planned.moves {
            moves::show(moves, arguments.all)?;
        }
        let revision = planned.revision;
        if planned.changes.is_empty() && !planned.is_moved {
            return print_line(&format!("nothing differs from revision {revision} of the server"));
        }
        print_line("")?;
        print_line(&format!(
            "{}; nothing is stored yet: `ringmaster apply {} --expected-revision {revision}` stores it",
            summary(planned),
            arguments.definitions.display()
        ))
    };
    let quiet = |planned: &Applied| {
        let name = |change: &Changed| format!("{} {} {}", change.what, change.kind, change.name);
        planned.changes.iter().try_for_each(|change| print_line(&name(change)))
    };
    answer(connection.output, &planned, table, quiet)?;
    Ok(DONE)
}

/// Stores definitions.
pub(crate) fn apply(arguments: &ApplyArguments) -> anyhow::Result<ExitCode> {
    let asked = Apply {
        definitions: read_right(&arguments.definitions)?,
        expected_revision: arguments.expected_revision,
        reason: arguments.reason.clone(),
        days: None,
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
    let definitions: Definitions = block_on(Client::new(connection).get("/definitions"))?;
    crate::texts::print_json(&definitions)?;
    Ok(DONE)
}

fn show(applied: &Applied) -> anyhow::Result<()> {
    if applied.changes.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&["WHAT", "KIND", "NAME", "FIELDS"]);
    for change in &applied.changes {
        let fields = change.fields.join(", ");
        table.row([change.what.clone(), change.kind.clone(), change.name.clone(), fields]);
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
