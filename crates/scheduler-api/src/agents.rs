//! Agents.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// How it is spoken to: `full`, `limited` or `disabled`.
    pub communication: String,
    /// `communicating`, `waiting` or `not_responding`.
    pub status: String,
    /// Why it is so.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
    /// Jobs that it runs.
    pub running: i64,
}
