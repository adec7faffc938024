//! Whether an agent is there.

use serde::{Deserialize, Serialize};

/// The question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Whether the agent has just been enabled: then its settings are looked at as well.
    pub is_first: bool,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "communication")]
pub enum Communication {
    /// It is there.
    Communicating {
        /// Its version and whatever else it says of itself.
        version: String,
        /// What an operator should know, such as a connection that is not encrypted.
        warnings: Vec<String>,
    },
    /// It is not, or not usable.
    NotCommunicating {
        /// Why, and what to do.
        why: String,
    },
}
