//! Calls that failed.

use serde::{Deserialize, Serialize};

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// What kind of failure it is.
    pub fault: Fault,
    /// What happened, and what to do.
    pub message: String,
}

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The agent was not reached, or did not answer in time. Asking again may help.
    Unreachable,
    /// The call was not sent: the agent has not heard of it. Asking again may help.
    NotSent,
    /// The agent answered something that makes no sense.
    Nonsense,
    /// The agent refuses: a wrong password, no right. Asking again does not help until somebody changes something.
    Refused,
    /// There is no such task, log or form.
    NotFound,
}

impl CallError {
    /// Whether the agent may be there again by itself.
    pub fn is_away(&self) -> bool {
        matches!(self.fault, Fault::Unreachable | Fault::NotSent)
    }

    /// A failure of a kind.
    pub fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self { fault, message: message.into() }
    }
}
