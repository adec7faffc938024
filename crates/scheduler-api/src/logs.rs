//! Logs of jobs.

use serde::{Deserialize, Serialize};

/// A log of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// Its name.
    pub name: String,
    /// Whether nothing will be added to it.
    pub is_complete: bool,
    /// Whether it lies in the archive.
    pub is_archived: bool,
}

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogText {
    /// The text.
    pub text: String,
    /// Where to go on.
    pub next: String,
    /// Whether this was the end, and nothing will be added.
    pub is_end: bool,
}
