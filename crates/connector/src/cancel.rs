//! Ending a task by force.

use serde::{Deserialize, Serialize};

/// What became of the wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "cancel")]
pub enum Cancelled {
    /// The agent ends it; a watch will say how.
    Sent,
    /// It had ended before.
    TooLate,
    /// The agent cannot or will not.
    Refused {
        /// Why.
        why: String,
    },
}
