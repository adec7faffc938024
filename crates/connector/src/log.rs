//! The logs of a task.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::TaskRef;

/// A log that a task has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFile {
    /// Its name, without a folder.
    pub name: String,
    /// Whether nothing will be added.
    pub is_complete: bool,
}

/// A question for a part of a log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogRequest {
    /// The task.
    pub task: TaskRef,
    /// The log's name.
    pub name: String,
    /// What the part before said to go on from; none for the beginning.
    pub from: Option<String>,
    /// Most bytes of the answer's text; fewer than [`LogRequest::BYTES_MIN`] count as that many.
    pub bytes_max: u32,
    /// How long to wait for something new at the end of a log that still grows. Milliseconds when serialised.
    #[serde(with = "crate::watch::millis")]
    pub wait: Duration,
}

impl LogRequest {
    /// Fewest bytes of an answer: what the longest character takes, so that each answer goes on.
    pub const BYTES_MIN: u32 = 4;
}

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPart {
    /// The text. Bytes that are no UTF-8 are replaced.
    pub text: String,
    /// Where to go on.
    pub next: String,
    /// Whether this was the end, and nothing will be added.
    pub is_end: bool,
}
