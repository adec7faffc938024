//! The options of a scheduler process: a TOML file, over it variables `RINGMASTER_…`, over them flags.
//!
//! The comments of the fields are the reference page `docs/reference/scheduler-configuration.md`, which a test writes.

#[cfg(test)]
mod reference;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use kit::DurationText;
use kit::config::ConfigError;
use scheduler_app::clock::Accelerated;
use serde::{Deserialize, Serialize};
use sql::DatabaseUrl;

/// What a scheduler process is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Folder of the database file, the logs, the jobs of command agents and the socket. Created when missing, for this user only.
    pub data_dir: PathBuf,
    /// The database: `sqlite:PATH` or `postgres://user@host/name`. Without it, the file `scheduler.db` in `data_dir`.
    pub database: Option<DatabaseUrl>,
    /// Name of this process among those on the same database. Without it, `main`.
    pub name: String,
    /// The socket that commands speak to. Without it, `ringmaster.sock` in `data_dir`.
    pub socket: Option<PathBuf>,
    /// The file with the keys that seal passwords. Keep a copy of it apart from the database's. Without it, `keys` in `data_dir`.
    pub keys: Option<PathBuf>,
    /// Where logs are kept, a table of its own: `archive = { url = "/srv/logs" }`, or `{ url = "s3://bucket/prefix" }`. Without it, the
    /// folder `logs` in `data_dir`.
    pub archive: Option<job_archive::Settings>,
    /// The folder of [plug-ins](../guide/plug-ins.md), which is looked at while the scheduler runs. It need not be there. Without it,
    /// the folder `plug-ins` in `data_dir`.
    pub plug_ins: Option<PathBuf>,
    /// The program `batch-runner`. Without it, the one beside this program.
    pub runner: Option<PathBuf>,
    /// The program `command-stage`. Without it, the one beside this program.
    pub stage: Option<PathBuf>,
    /// Whether the scheduler's clock leaps to what is due next while nothing goes on: for demos and rehearsals, on a database of their
    /// own.
    pub accelerated: bool,
    /// What an accelerated clock shows at first, such as `2026-12-04T05:00:00+01:00`; without it, the present.
    pub clock_start: Option<Timestamp>,
    /// An accelerated clock does not leap beyond this instant.
    pub clock_stop: Option<Timestamp>,
    /// How long the process may take when it is asked to end: 0s to 10m. Jobs run on.
    pub stop_grace: DurationText,
    /// How notifications are sent.
    pub notifications: notification::Settings,
    /// How long the past is known.
    pub retention: Retention,
    /// The log of the server itself; jobs' output is not in it.
    pub log: Log,
}

/// How long the past is known. How long logs are kept is said by each agent.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Days after its date for which it is known what became of every planned instant, attempt and build: 1 to 36500. Without it, 730.
    pub history_days: u16,
    /// Days for which audit records are kept: 1 to 36500. Without it, 365.
    pub audit_days: u16,
}

impl Default for Retention {
    fn default() -> Self {
        let scheduler_app::history::Retention { history_days, audit_days } =
            scheduler_app::history::Retention::default();
        Self { history_days, audit_days }
    }
}

/// The log of the server itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// A level (`error`, `warn`, `info`, `debug`, `trace`), or levels per part: `info,scheduler_app=debug`.
    pub filter: String,
    /// `text` for people, `json` for one object per line.
    pub format: kit::trace::Format,
    /// File at whose end lines are written. Without it, standard error.
    pub file: Option<PathBuf>,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: kit::trace::Format::Text, file: None }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("ringmaster-data"),
            database: None,
            name: "main".to_owned(),
            socket: None,
            keys: None,
            archive: None,
            plug_ins: None,
            runner: None,
            stage: None,
            accelerated: false,
            clock_start: None,
            clock_stop: None,
            stop_grace: DurationText(std::time::Duration::from_secs(10)),
            notifications: notification::Settings::default(),
            retention: Retention::default(),
            log: Log::default(),
        }
    }
}

/// Options that cannot be used together or at all.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadOptions(String);

impl BadOptions {
    /// What is wrong within an option.
    pub(crate) fn of(option: &str, mistake: &dyn std::error::Error) -> Self {
        Self(format!("`{option}`: {mistake}"))
    }
}

impl Options {
    /// The prefix of its variables.
    pub const ENVIRONMENT: &'static str = "RINGMASTER_";

    /// Reads the file, over it the environment, over it the flags.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown key or a value of the wrong type; the text names source and key.
    pub fn load(file: Option<&Path>, flags: impl Serialize) -> Result<Self, ConfigError> {
        kit::config::load(file, Self::ENVIRONMENT, flags)
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    /// Says which option, and what to do.
    pub fn validate(&self) -> Result<(), BadOptions> {
        let name_is_good = (1..=64).contains(&self.name.len())
            && self.name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !name_is_good {
            return Err(BadOptions(format!(
                "`name` is `{}`: give 1 to 64 letters, digits, `-`, `_` and `.`",
                self.name
            )));
        }
        let Retention { history_days, audit_days } = self.retention;
        for (name, days) in [("history_days", history_days), ("audit_days", audit_days)] {
            if !(1..=36_500).contains(&days) {
                return Err(BadOptions(format!(
                    "`retention.{name}` is {days}: give 1 to 36500 days"
                )));
            }
        }
        if let Some(mistake) = self.database.as_ref().and_then(DatabaseUrl::mistake) {
            return Err(BadOptions(format!("`database` {mistake}")));
        }
        self.validate_clock()
    }

    fn validate_clock(&self) -> Result<(), BadOptions> {
        let given = [("clock_start", self.clock_start), ("clock_stop", self.clock_stop)];
        let given = given.into_iter().find(|(_, instant)| instant.is_some());
        if let (false, Some((name, _))) = (self.accelerated, given) {
            return Err(BadOptions(format!(
                "`{name}` is for an accelerated clock: add `accelerated` (`--accelerated`), or leave it out"
            )));
        }
        if let (Some(start), Some(stop)) = (self.clock_start, self.clock_stop)
            && stop <= start
        {
            return Err(BadOptions(format!(
                "`clock_stop` is {stop}, not after `clock_start`, {start}: give a later instant"
            )));
        }
        Ok(())
    }

    /// How the clock is accelerated; none for that of the machine.
    pub fn accelerated(&self) -> Option<Accelerated> {
        let accelerated = Accelerated { start: self.clock_start, stop: self.clock_stop };
        self.accelerated.then_some(accelerated)
    }

    /// Where the database is.
    pub fn database_url(&self) -> DatabaseUrl {
        self.database.clone().unwrap_or_else(|| {
            DatabaseUrl::new(format!("sqlite:{}", self.data_dir.join("scheduler.db").display()))
        })
    }

    /// Where commands reach the process.
    pub fn socket_path(&self) -> PathBuf {
        self.socket.clone().unwrap_or_else(|| self.data_dir.join("ringmaster.sock"))
    }

    /// Where the keys are that seal passwords.
    pub fn keys_path(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| self.data_dir.join("keys"))
    }

    /// Where plug-ins are.
    pub fn plug_ins_path(&self) -> PathBuf {
        self.plug_ins.clone().unwrap_or_else(|| self.data_dir.join("plug-ins"))
    }

    /// Where logs are kept.
    pub fn archive_settings(&self) -> job_archive::Settings {
        self.archive.clone().unwrap_or_else(|| {
            job_archive::Settings::new(self.data_dir.join("logs").display().to_string())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_lies_in_the_data_folder() {
        let options = Options { data_dir: PathBuf::from("/d"), ..Options::default() };
        assert_eq!(options.database_url().expose(), "sqlite:/d/scheduler.db");
        assert_eq!(options.socket_path(), PathBuf::from("/d/ringmaster.sock"));
        assert_eq!(options.plug_ins_path(), PathBuf::from("/d/plug-ins"));
        assert_eq!(options.archive_settings().url, "/d/logs");
        assert!(options.validate().is_ok());
    }

    #[test]
    fn wrong_options_are_named() {
        for (options, part) in [
            (Options { name: "a b".to_owned(), ..Options::default() }, "`name` is `a b`"),
            (
                Options {
                    retention: Retention { history_days: 0, ..Retention::default() },
                    ..Options::default()
                },
                "`retention.history_days` is 0",
            ),
            (
                Options { database: Some(DatabaseUrl::new("mysql://x")), ..Options::default() },
                "`database` begins with",
            ),
            (
                Options { clock_start: Some(Timestamp::UNIX_EPOCH), ..Options::default() },
                "`clock_start` is for an accelerated clock",
            ),
            (
                Options {
                    accelerated: true,
                    clock_start: Some(Timestamp::UNIX_EPOCH),
                    clock_stop: Some(Timestamp::UNIX_EPOCH),
                    ..Options::default()
                },
                "not after `clock_start`",
            ),
        ] {
            let why = options.validate().unwrap_err().to_string();
            assert!(why.contains(part), "{why}");
        }
    }
}
