//! Looking for a task whose start had no certain answer.

use serde::{Deserialize, Serialize};

use crate::State;

/// What the search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "find")]
pub enum Found {
    /// The agent has it; how it is says the next watch.
    Running {
        /// What to remember.
        state: State,
    },
    /// It has not arrived, and nothing of it that was sent before this answer will: a connector whose agent is far away says
    /// [`Found::NotNow`] for as long as a start may be on its way, and one that can forbid its agent to begin does so first. Whoever
    /// asked may start it anew, with another key.
    Never,
    /// The agent could not be asked now.
    NotNow {
        /// Why.
        why: String,
    },
    /// This agent cannot find tasks: an operator must decide.
    Cannot {
        /// Why, and how an operator can find out.
        why: String,
    },
}
