//! The environment of a job (`opcon-domain 1.13`).

use std::path::Path;

use connector::StartTask;
use indexmap::IndexMap;

use crate::platform::User;
use crate::settings::Settings;
use crate::task::Task;

/// What the variables about a job begin with.
const PREFIX: &str = "SMA_MSLSAM_";

/// All variables of a job, in the order of the job log: what jobs inherit, the agent's, the user's, the job's, and what the
/// scheduler says about it. Later ones count.
pub(crate) fn compose(
    inherited: &[(String, String)],
    settings: &Settings,
    task: &Task,
    call: &StartTask,
    user: Option<&User>,
    (root, output): (&Path, &Path),
) -> IndexMap<String, String> {
    let inherited = if settings.inherit_environment { inherited } else { &[] };
    let mut all: IndexMap<String, String> = inherited.iter().cloned().collect();
    all.extend(settings.environment.clone());
    if let Some(user) = user {
        for name in ["USER", "LOGNAME"] {
            all.insert(name.to_owned(), user.name.clone());
        }
        all.insert("HOME".to_owned(), user.home.clone());
        all.insert("SHELL".to_owned(), user.shell.clone());
    }
    all.extend(task.environment.clone());
    all.extend(about(settings, call, root, output));
    all
}

/// Characters of a job's name in what agents call it.
const ID_NAME_CHARS: usize = 12;

/// What agents call a job: the first letters and digits of its name, and its number, `TESTRUNPARAM 0000000194`. None for a task
/// of which the scheduler has not told its job.
pub(crate) fn job_id(call: &StartTask) -> Option<String> {
    let (name, id) = (call.variables.get("JOB_NAME")?, call.variables.get("JOB_ID")?);
    let short = name.chars().filter(|sign| sign.is_alphanumeric()).take(ID_NAME_CHARS);
    Some(numbered(&short.collect::<String>(), id))
}

/// A name with the number of a job, as agents write it.
fn numbered(name: &str, id: &str) -> String {
    if id.is_empty() { name.to_owned() } else { format!("{name} {id:0>10}") }
}

fn about(
    settings: &Settings,
    call: &StartTask,
    root: &Path,
    output: &Path,
) -> Vec<(String, String)> {
    let told = |name: &str| call.variables.get(name).map_or("", String::as_str);
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let known = [
        ("SAM_JOB_ID", job_id(call).unwrap_or_default()),
        ("JOB_NAME", numbered(told("JOB_NAME"), told("JOB_ID"))),
        // As the agents write it: 20170518.
        ("SCHEDULE_DATE", told("SCHEDULE_DATE").replace('-', "")),
        ("SCHEDULE_NAME", told("SCHEDULE_NAME").to_owned()),
        ("RESTART_STEP", told("RESTART_STEP").to_owned()),
        ("SCHEDULE_FREQ", told("SCHEDULE_FREQ").to_owned()),
        ("ROOT_DIRECTORY", path(root)),
        ("DATA_DIRECTORY", path(root)),
        ("ECOF_DIRECTORY", String::new()),
        ("LSAM_NAME", settings.agent.clone()),
        ("JOBOUTPUT_FILENAME", path(output)),
        // The stage sets it to TRUE while the pre-run runs.
        ("PRERUN_ACTIVE", "FALSE".to_owned()),
    ];
    let mut all: Vec<(String, String)> =
        known.into_iter().map(|(name, value)| (format!("{PREFIX}{name}"), value)).collect();
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    for (name, value) in &call.variables {
        let name = if name == "JOB_ID" { continue } else { format!("{PREFIX}{name}") };
        let is_there = all.iter().any(|(known, _)| *known == name);
        if is_name(&name) && !is_there {
            all.push((name, value.replace('\0', "")));
        }
    }
    all
}
