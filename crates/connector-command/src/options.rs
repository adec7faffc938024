//! What a site can set for all agents.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;
use kit::clock::{SharedClock, SystemClock};

/// Variables of this process that jobs get, where it has them. The others may be secrets of the scheduler.
const INHERITED: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "HOSTNAME",
    // Windows.
    "COMPUTERNAME",
    "ComSpec",
    "SystemRoot",
    "SystemDrive",
    "windir",
    "PATHEXT",
    "TEMP",
    "TMP",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "ProgramW6432",
    "ProgramData",
    "CommonProgramFiles",
    "APPDATA",
    "LOCALAPPDATA",
    "USERPROFILE",
    "USERNAME",
    "USERDOMAIN",
    "PUBLIC",
    "OS",
    "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE",
];

/// Where jobs live, with which programs they are run, and waits.
#[derive(Clone)]
pub struct Options {
    /// The folder of all jobs (absolute). It must be on a local disk, and the same after a restart.
    pub folder: PathBuf,
    /// The program `batch-runner` (absolute).
    pub runner: PathBuf,
    /// The program `command-stage` (absolute); only jobs with a pre-run or a batch user need it.
    pub stage: PathBuf,
    /// How long a start waits until the runner has taken the job; later it is *unknown*. Default 15 s.
    pub start_wait: Duration,
    /// How long the end of a deleted task is remembered, so that a late repetition of its start starts nothing. Default 30 days.
    pub remember: Duration,
    /// The variables that every job gets. Default: those of this process that are harmless, such as `PATH`.
    pub environment: Vec<(String, String)>,
    /// The time zone of the times in job logs. Default: that of the machine.
    pub time_zone: TimeZone,
    /// What time it is.
    pub clock: SharedClock,
}

impl Options {
    /// Jobs below `folder`, run with the programs at `runner` and `stage`; the rest as by default.
    pub fn new(folder: PathBuf, runner: PathBuf, stage: PathBuf) -> Self {
        let inherited = |name: &&str| Some(((*name).to_owned(), std::env::var(name).ok()?));
        Self {
            folder,
            runner,
            stage,
            start_wait: Duration::from_secs(15),
            remember: Duration::from_secs(30 * 24 * 60 * 60),
            environment: INHERITED.iter().filter_map(inherited).collect(),
            time_zone: TimeZone::system(),
            clock: SystemClock::shared(),
        }
    }
}

/// Names of variables, but not their values.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.environment.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Options")
            .field("folder", &self.folder)
            .field("runner", &self.runner)
            .field("stage", &self.stage)
            .field("start_wait", &self.start_wait)
            .field("remember", &self.remember)
            .field("environment", &names)
            .finish_non_exhaustive()
    }
}
