//! What a runner leaves behind: the job's process, and how it ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The job's own process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildRecord {
    /// Process id.
    pub pid: i32,
    /// Process group; on Windows the process id again.
    pub pgid: i32,
    /// When it was started; on Windows as the system says it, so that with `pid` it is no other process's.
    pub started_at: Timestamp,
}

/// How the job's own process ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It ended by itself.
    Exited {
        /// Exit code, 0 to 255; on Windows any 32 bits, taken as signed.
        code: i32,
    },
    /// A signal ended it. On Windows: it was ended by force, which is told as signal 9.
    Signalled {
        /// Number of the signal.
        signal: i32,
    },
    /// It was never started.
    StartFailed {
        /// The platform's own words, for example `No such file or directory`.
        message: String,
    },
}

/// What became of a request to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopOutcome {
    /// The job ended within the order's `stop_grace_ms` of the request.
    pub within_grace: bool,
}

/// The end of a run: written once, when nothing of the job is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// How the job's own process ended.
    pub end: End,
    /// When it was started (for a failed start: when that was tried).
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// The job was asked to end by [`crate::RunnerSignal::Kill`].
    pub was_killed: bool,
    /// Present when the job was asked to stop.
    pub stop: Option<StopOutcome>,
    /// Bytes of output and message text beyond the order's cap, not kept.
    pub dropped_bytes: u64,
    /// Descendants that had to be ended after the job's own process had ended.
    pub escaped_ended: u32,
    /// The job was ended because it had more processes than allowed.
    pub is_over_process_limit: bool,
    /// Why output could not be kept, for example a full disk. Output from then on is lost.
    pub spool_error: Option<String>,
}
