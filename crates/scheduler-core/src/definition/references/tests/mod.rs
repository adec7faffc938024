//! Each kind of reference and each rule: one mistake, one message, at its place.

mod agents;
mod events;
mod jobs;
mod model;
mod properties;
mod schedules;
mod texts;

use super::*;
use crate::testing::definitions;

/// What is wrong: path and message.
fn found(text: &str) -> Vec<String> {
    check(&definitions(text))
        .iter()
        .map(|problem| format!("{}: {}", problem.path, problem.message))
        .collect()
}

/// What is wrong with the only job `A` of the schedule `S`, among definitions of one thing of each kind; paths from
/// the job on.
fn of_job(job: &str) -> Vec<String> {
    let all = format!(
        r#"{{
            "agents": {{
                "cmd": {{"connection": {{"command": {{}}}}}},
                "amt": {{"connection": {{"asysco_amt":
                    {{"batch_server_url": "http://b:1", "batch_user": "amt user"}}}}}},
                "sql": {{"connection": {{"plug_in": {{"integration": "SQL"}}}}}}
            }},
            "batch_users": {{"amt user": {{"target": "AsyscoAMT"}}, "cmd user": {{"target": "Command"}}}},
            "machine_groups": {{"Cmds": {{"agents": ["cmd"]}}, "Amts": {{"agents": ["amt"]}}}},
            "departments": {{"Payroll": {{}}}}, "access_codes": {{"Secret": {{}}}},
            "thresholds": {{"Files": {{}}}}, "resources": {{"Tapes": {{"units": 3}}}},
            "properties": {{"Folder": {{"value": "x"}}}},
            "schedules": {{"S": {{"jobs": {{"A": {{{job}}}}}}}}}
        }}"#
    );
    let found = found(&all).into_iter();
    found
        .map(|one| one.strip_prefix("schedules.S.jobs.A.").map_or(one.clone(), str::to_owned))
        .collect()
}

const NONE: [&str; 0] = [];

/// A job of a command, with its other settings and those of its command.
fn command(settings: &str, of_command: &str) -> Vec<String> {
    of_job(&format!(
        r#""run": {{"command": {{"line": "x"{of_command}}}}}, "runs_on": {{"agents": ["cmd"]}}{settings}"#
    ))
}
