//! The server as a whole.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How the server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// The version of the program.
    pub version: String,
    /// Names this scheduler for ever.
    pub instance: String,
    /// The revision of the definitions; 0 where nothing was ever applied.
    pub revision: i64,
    /// The present of the server.
    pub now: Timestamp,
    /// The zone of dates that are not those of a schedule.
    pub time_zone: String,
    /// Attempts that have ended and whose logs are not in the archive yet.
    pub logs_to_archive: i64,
    /// Running jobs of which nobody knows what has become of them: somebody has to look, and mark them.
    #[serde(default)]
    pub lost: i64,
    /// What fails in the process that answers, and is tried again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<Trouble>,
    /// Who has stopped every start; none while jobs are started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// The processes on the same database.
    #[serde(default)]
    pub nodes: Vec<Node>,
    /// The accelerated clock by which the server lives; none where it lives by that of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accelerated: Option<Accelerated>,
}

/// Something that fails in a process, and is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Which of its loops, such as `advance`.
    pub what: String,
    /// Since when.
    pub since: Timestamp,
    /// Why it failed the last time.
    pub why: String,
}

/// An accelerated clock: it leaps to what is due next while nothing goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accelerated {
    /// Seconds that it is ahead of the clock of the machine.
    pub ahead_seconds: i64,
    /// The instant beyond which it does not leap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Timestamp>,
    /// Why it runs as the clock of the machine now; none while it leaps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A process on the database of the scheduler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Whether it is the one that answers.
    pub is_this: bool,
    /// Whether it is alive; what a dead one has left is taken over.
    pub is_alive: bool,
    /// Until when its lease lasts, or lasted.
    pub lease_until: Timestamp,
}

/// Who has stopped every start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// Why something is asked for that says no more: all starts are stopped, or go on, or keys are renewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Because {
    /// Why; a pause needs it.
    #[serde(default)]
    pub reason: Option<String>,
}
