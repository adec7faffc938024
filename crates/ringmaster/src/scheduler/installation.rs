//! Commands that look after an installation itself: `doctor`, `backup`, `restore`, `forget-unreadable`, `forget-archive`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use kit::ExitCode;
use scheduler_server::Options;
use scheduler_server::upkeep::{self, Backup, Finding, Level, Restored};
use serde::Serialize;

use super::DONE;
use super::output::{Output, Table, answer, print_line};
use crate::planning::count;

/// Which installation is meant, as `ringmaster serve` is told.
#[derive(Debug, Clone, Args, Serialize)]
pub(crate) struct Installation {
    /// Configuration file
    #[arg(long, value_name = "FILE", env = "RINGMASTER_CONFIG")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Folder of the database, the keys and the socket
    #[arg(long, value_name = "FOLDER")]
    #[serde(rename = "data_dir", skip_serializing_if = "Option::is_none")]
    data: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://user@host/name
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    /// How answers are printed
    #[arg(long, short, value_enum, default_value_t = Output::Table)]
    #[serde(skip)]
    output: Output,
}

impl Installation {
    fn options(&self) -> anyhow::Result<Options> {
        Ok(Options::load(self.config.as_deref(), self)?)
    }
}

/// Look whether an installation is sound.
#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    of: Installation,
    /// Fail for warnings, too
    #[arg(long)]
    strict: bool,
}

/// Copy the database.
#[derive(Debug, Args)]
pub(crate) struct BackupArguments {
    /// The new folder of the backup
    folder: PathBuf,
    /// Copy the key file, too: whoever has the backup can then read the passwords
    #[arg(long)]
    with_keys: bool,
    #[command(flatten)]
    of: Installation,
}

/// Put a backup back.
#[derive(Debug, Args)]
pub(crate) struct RestoreArguments {
    /// The folder of the backup
    #[arg(required_unless_present = "mark_only")]
    folder: Option<PathBuf>,
    /// The database was put back by other means, such as pg_restore: only stop every start in it and leave out the numbers that
    /// may have been used since the backup
    #[arg(long, conflicts_with = "folder")]
    mark_only: bool,
    #[command(flatten)]
    of: Installation,
}

/// Give up secrets whose key is lost.
#[derive(Debug, Args)]
pub(crate) struct ForgetArguments {
    /// Why, for the audit
    #[arg(long)]
    reason: Option<String>,
    /// Do it: passwords and encrypted values that the key file cannot open are gone for ever
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    of: Installation,
}

/// Give up an archive that is lost.
#[derive(Debug, Args)]
pub(crate) struct ForgetArchiveArguments {
    /// Why, for the audit
    #[arg(long)]
    reason: Option<String>,
    /// Do it: logs in the lost archive cannot be read any more
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    of: Installation,
}

/// Looks at everything; fails where something does not work.
pub(crate) fn doctor(arguments: &DoctorArguments) -> anyhow::Result<ExitCode> {
    kit::tls::install_provider();
    let options = arguments.of.options()?;
    let found = super::block_on(async { Ok(upkeep::doctor(&options).await) })?;
    let worst = found.iter().map(|each| each.level).max().unwrap_or(Level::Ok);
    let quiet = |found: &Vec<Finding>| {
        let mut bad = found.iter().filter(|each| each.level > Level::Ok);
        bad.try_for_each(|each| print_line(&format!("{}: {}", each.check, each.text)))
    };
    answer(arguments.of.output, &found, |found| show(found), quiet)?;
    Ok(match worst {
        Level::Fault => ExitCode::Failure,
        Level::Warning if arguments.strict => ExitCode::Failure,
        Level::Warning | Level::Ok => ExitCode::Success,
    })
}

fn show(found: &[Finding]) -> anyhow::Result<()> {
    let mut table = Table::new(&["CHECK", "LEVEL", "FOUND"]);
    for each in found {
        let level = match each.level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Fault => "FAULT",
        };
        table.row([each.check.to_owned(), level.to_owned(), each.text.clone()]);
    }
    table.print("nothing was looked at")?;
    let of = |level| found.iter().filter(|each| each.level == level).count();
    let (faults, warnings) = (of(Level::Fault), of(Level::Warning));
    print_line(&format!("{}, {}", count(faults, "fault"), count(warnings, "warning")))
}

/// Copies the database while it is used.
pub(crate) fn backup(arguments: &BackupArguments) -> anyhow::Result<ExitCode> {
    let options = arguments.of.options()?;
    let done = upkeep::backup(&options, &arguments.folder, arguments.with_keys);
    let done = super::block_on(Box::pin(done))?;
    let table = |done: &Backup| {
        print_line(&format!(
            "{}: the database, {} bytes, revision {}",
            done.folder.display(),
            done.bytes,
            done.revision
        ))?;
        print_line(&if done.has_keys {
            "the keys are in it: whoever has this backup can read the passwords".to_owned()
        } else {
            format!(
                "the keys are not in it: keep a copy of {} apart from this backup",
                options.keys_path().display()
            )
        })?;
        print_line(&format!("the logs are not in it: copy {} after this backup", done.archive))
    };
    answer(arguments.of.output, &done, table, |_| Ok(()))?;
    Ok(DONE)
}

/// What became of a database that was put back by other means.
#[derive(Debug, Serialize)]
struct Marked {
    /// Every start is stopped in it.
    is_paused: bool,
}

/// Puts a backup back where there is no database.
pub(crate) fn restore(arguments: &RestoreArguments) -> anyhow::Result<ExitCode> {
    const PAUSED: &str =
        "every start is stopped: look at what has run since the backup, then `ringmaster resume`";
    let options = arguments.of.options()?;
    let Some(folder) = arguments.folder.as_ref().filter(|_| !arguments.mark_only) else {
        super::block_on(Box::pin(upkeep::mark_restored(&options)))?;
        let done = Marked { is_paused: true };
        answer(arguments.of.output, &done, |_| print_line(PAUSED), |_| Ok(()))?;
        return Ok(DONE);
    };
    let done = super::block_on(Box::pin(upkeep::restore(&options, folder)))?;
    let table = |done: &Restored| {
        print_line(&format!(
            "{}: as it was at {}, revision {}",
            done.database.display(),
            done.taken_at,
            done.revision
        ))?;
        if !done.has_keys {
            print_line(&format!(
                "put the key file back, too, where it is missing: {}",
                options.keys_path().display()
            ))?;
        }
        print_line(&format!("the logs are expected in {}", done.archive))?;
        if done.archive != done.archive_then {
            print_line(&format!(
                "they were in {}: bring them from there, or name that place in the configuration",
                done.archive_then
            ))?;
        }
        print_line(PAUSED)
    };
    answer(arguments.of.output, &done, table, |_| Ok(()))?;
    Ok(DONE)
}

/// Takes away secrets that nothing can open any more.
pub(crate) fn forget(arguments: &ForgetArguments) -> anyhow::Result<ExitCode> {
    let options = arguments.of.options()?;
    if !arguments.yes {
        crate::texts::say(&format!(
            "ringmaster: this takes every password and encrypted value away that {} cannot open; add --yes to do it",
            options.keys_path().display()
        ));
        return Ok(ExitCode::Refused);
    }
    let user = user();
    let forgetting = upkeep::forget_unreadable(&options, &user, arguments.reason.as_deref());
    let forgotten = super::block_on(Box::pin(forgetting)).context("giving up lost secrets")?;
    let table = |all: &Vec<(String, String)>| {
        let mut table = Table::new(&["SECRET OF", "NAME"]);
        for (kind, name) in all {
            table.row([kind.replace('_', " "), name.clone()]);
        }
        table.print("every secret can be opened; nothing was taken away")
    };
    let quiet = |all: &Vec<(String, String)>| all.iter().try_for_each(|(_, name)| print_line(name));
    answer(arguments.of.output, &forgotten, table, quiet)?;
    Ok(DONE)
}

/// Lets the next start begin another archive.
pub(crate) fn forget_archive(arguments: &ForgetArchiveArguments) -> anyhow::Result<ExitCode> {
    let options = arguments.of.options()?;
    let place = options.archive_settings().url;
    if !arguments.yes {
        crate::texts::say(&format!(
            "ringmaster: the logs in the archive of before cannot be read any more, and a new one is begun in {place}; add --yes to do it"
        ));
        return Ok(ExitCode::Refused);
    }
    let user = user();
    let forgetting = upkeep::forget_archive(&options, &user, arguments.reason.as_deref());
    let known = super::block_on(forgetting).context("giving up the archive")?;
    let table = |known: &String| {
        print_line(&format!(
            "archive {known} is given up; the next start uses or begins one in {place}"
        ))
    };
    answer(arguments.of.output, &known, table, |_| Ok(()))?;
    Ok(DONE)
}

fn user() -> String {
    std::env::var("USER").unwrap_or_else(|_| "owner".to_owned())
}
