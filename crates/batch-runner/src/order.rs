//! What a controller hands to a runner.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Everything a runner needs to run one attempt of one job request; it asks nobody for more.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The spool folder of this attempt (absolute). [`crate::Launcher`] creates it; the runner never does.
    pub spool: PathBuf,
    /// `<spool id>:<request>:<attempt>`, put into the job's environment as `AMTJOB_ATTEMPT`.
    pub attempt: String,
    /// Program to start; without a slash it is looked for in the `PATH` of `environment` (on Windows then in the system's folders).
    pub program: String,
    /// Arguments, without the program's name.
    pub arguments: Vec<String>,
    /// Folder in which the program starts.
    pub working_directory: PathBuf,
    /// The whole environment of the job, apart from the three `AMTJOB_` variables the runner adds. On Windows the runner adds those
    /// of the system's folders too, if they are missing.
    pub environment: Vec<(String, String)>,
    /// Bytes of output kept, as the job wrote them; the rest is counted and dropped. The texts of
    /// messages have the same limit of their own, so that a talkative job does not lose them.
    pub output_cap_bytes: u64,
    /// Longer lines are split into pieces of this size. Taken as at least 16 and at most 1 MiB.
    pub line_cap_bytes: u32,
    /// Processes the job may have at once; 0 is no limit.
    pub processes_max: u32,
    /// Milliseconds between the `SIGTERM` (Windows: `CTRL_BREAK`) of a kill and its end by force.
    pub kill_grace_ms: u64,
    /// Milliseconds within which a job that was asked to stop counts as having obeyed.
    pub stop_grace_ms: u64,
    /// What `amtjob` must show on the message socket. `AMTJOB_TOKEN` of the job.
    pub token: String,
    /// `@name` (abstract) or a path; `AMTJOB_RUNNER` of the job. Empty: no socket. On Windows `tcp:127.0.0.1:PORT`, where
    /// port 0 takes one that is free and tells the job which.
    pub message_socket: String,
    /// Start the program stopped, until [`crate::RunnerSignal::Attach`].
    pub is_stopped_for_debugger: bool,
    /// Remarks that stand in the job's log before its output: the first line of a report.
    #[serde(default)]
    pub prelude: Vec<String>,
    /// Files the job may have open at once, where that is less than what the server may have; 0: as many as the server.
    /// Without meaning on Windows.
    #[serde(default)]
    pub open_files_max: u64,
    /// Texts that stand as `***` in what is kept of the output, such as passwords that the job was given. Empty ones count for
    /// nothing. One that goes over a line's end, or over the size at which a line is split, is not found.
    #[serde(default)]
    pub masks: Vec<String>,
    /// Flush the claim to disk before the job is started, so that a power cut cannot make a started job look like one that never
    /// was. For a controller without records of its own.
    #[serde(default)]
    pub is_synced: bool,
    /// File mode mask of the job; none: the one of the server. Without meaning on Windows.
    pub umask: Option<u32>,
}

/// Prints neither the token nor a mask nor a value of the environment: all may be secret.
impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.environment.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Order")
            .field("spool", &self.spool)
            .field("attempt", &self.attempt)
            .field("program", &self.program)
            .field("arguments", &self.arguments)
            .field("working_directory", &self.working_directory)
            .field("environment", &names)
            .field("output_cap_bytes", &self.output_cap_bytes)
            .field("line_cap_bytes", &self.line_cap_bytes)
            .field("processes_max", &self.processes_max)
            .field("kill_grace_ms", &self.kill_grace_ms)
            .field("stop_grace_ms", &self.stop_grace_ms)
            .field("message_socket", &self.message_socket)
            .field("is_stopped_for_debugger", &self.is_stopped_for_debugger)
            .field("open_files_max", &self.open_files_max)
            .field("is_synced", &self.is_synced)
            .field("umask", &self.umask)
            .finish_non_exhaustive()
    }
}
