//! The action table as Markdown, for the reference in the documents.

use std::fmt::Write as _;

use super::{Action, Facts, StartMachine, decide};
use crate::job::{Kind, Status};

/// Every status with every action: `yes`, or why not. Printed from [`decide`], for a task on a machine
/// that allows kills.
pub fn table() -> String {
    let facts = Facts { kind: Kind::Task, start_machine: Some(StartMachine { allows_kill: true }) };
    let mut out = String::from("| status | category | id |");
    for action in Action::ALL {
        let _ = write!(out, " {action} |");
    }
    let _ = writeln!(out, "\n|---|---|---|{}", "---|".repeat(Action::ALL.len()));
    for &status in Status::ALL {
        let _ = write!(out, "| {status} | {} | {} |", status.category(), status.id());
        for action in Action::ALL {
            let cell = match decide(action, status, facts) {
                Ok(()) => "**yes**".to_owned(),
                Err(refusal) => first_part(&refusal.why.to_string()).to_owned(),
            };
            let _ = write!(out, " {cell} |");
        }
        out.push('\n');
    }
    out.push_str("\n| action | needs |\n|---|---|\n");
    for action in Action::ALL {
        let names: Vec<_> = action.privileges().iter().map(|one| one.name()).collect();
        let _ = writeln!(out, "| {action} | {} |", names.join(" and "));
    }
    out
}

/// A reason without the advice that follows it.
fn first_part(why: &str) -> &str {
    why.split_once(';').map_or(why, |(reason, _)| reason)
}
