//! `ringmaster import`.

use anyhow::Context;
use kit::ExitCode;
use scheduler_definitions::crontab::{ImportOptions, Layout, import as import_crontab};

use super::arguments::{CrontabArguments, ImportCommand};
use super::report::count;

/// Largest table that is read, in bytes.
const TABLE_BYTES_MAX: u64 = 16 << 20;

/// Makes definitions of something else.
pub(crate) fn import(command: &ImportCommand) -> anyhow::Result<ExitCode> {
    match command {
        ImportCommand::Crontab(arguments) => crontab(arguments),
    }
}

fn crontab(arguments: &CrontabArguments) -> anyhow::Result<ExitCode> {
    let text = super::read::limited(&arguments.file, TABLE_BYTES_MAX)?;
    let options = ImportOptions {
        layout: if arguments.system { Layout::System } else { Layout::User },
        schedule: arguments.schedule.clone(),
        agent: arguments.agent.clone(),
        time_zone: arguments.time_zone.clone(),
    };
    let made = import_crontab(&text, &options);
    let yaml =
        scheduler_definitions::to_yaml(&made.definitions).context("writing the definitions")?;
    crate::texts::print(yaml.as_bytes())?;
    for note in &made.notes {
        crate::texts::say(&format!("ringmaster: please look at this: {note}"));
    }
    for refused in &made.refused {
        crate::texts::say(&format!("ringmaster: not taken over: {refused}"));
    }
    crate::texts::say(&format!(
        "ringmaster: {} taken over, {} refused",
        count(made.definitions.jobs_len(), "job"),
        count(made.refused.len(), "line")
    ));
    if made.definitions.jobs_len() > 0 {
        crate::texts::say(&format!(
            "ringmaster: define the command agent `{}` in a file beside this one, then run `ringmaster validate`",
            arguments.agent
        ));
    }
    Ok(if made.refused.is_empty() { ExitCode::Success } else { ExitCode::Failure })
}
