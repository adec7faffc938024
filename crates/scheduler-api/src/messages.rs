//! Messages that are not delivered, and escalations.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A message that is not delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its number.
    pub id: i64,
    /// How it is sent: `email`, `webhook`, `command`, `log`.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub tries: i64,
    /// Why it is not delivered; null before the first try.
    pub why: Option<String>,
}

/// What follows while nobody acknowledges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// The number by which it is acknowledged.
    pub id: i64,
    /// The notification group that was told first.
    pub group: String,
    /// What has happened: `job_failed`.
    pub trigger: String,
    /// To what.
    pub subject: String,
    /// When the first group was told.
    pub created_at: Timestamp,
    /// `waiting`, `acknowledged` or `exhausted`.
    pub state: String,
    /// When a group is told next; null where nobody is.
    pub due_at: Option<Timestamp>,
    /// Who has acknowledged it.
    pub acknowledged_by: Option<String>,
}

/// Says that somebody looks after what was told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    /// Why, for the audit.
    #[serde(default)]
    pub reason: Option<String>,
}
