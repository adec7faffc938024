//! Following many tasks with one question.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{AttemptKey, State, TaskRef};

/// A question for news. The caller may drop it at any time, to ask another one: no news is lost by that, since what
/// has been told is known from the next question's cursor and states alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Watch {
    /// The tasks, at most 10,000.
    pub tasks: Vec<TaskRef>,
    /// What the last answer said to give back; none at first, and after [`crate::CallError`]. It may be older than an
    /// integration remembers, or of a life before: then the answer is about all tasks.
    ///
    /// It speaks of the tasks of the question that it answered. A task that was not among them, say one that was started
    /// meanwhile, is told in full, even where its news is older than the cursor. An integration recognises such a
    /// task best by its state, if each report changes it.
    pub cursor: Option<String>,
    /// How long the agent may wait for news before it answers that there are none. Milliseconds when serialised.
    #[serde(with = "millis")]
    pub wait: Duration,
}

/// News.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reports {
    /// Of tasks that have news; of others nothing has changed. At first all that are asked for. The same news may come more than
    /// once; after an end there is never another end.
    pub reports: Vec<Report>,
    /// What to give back with the next question; none where every answer is about all tasks.
    pub cursor: Option<String>,
    /// How long to wait before the next question. Milliseconds when serialised; 0 where the agent itself waits for news.
    #[serde(with = "millis")]
    pub again_after: Duration,
}

/// News of one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which.
    pub attempt: AttemptKey,
    /// What to remember from now on; none for no change.
    pub state: Option<State>,
    /// How it is.
    pub status: TaskStatus,
}

/// How a task is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum TaskStatus {
    /// The agent has it, and it has not begun.
    Waiting {
        /// For what, in the agent's words, such as `QUEUED`.
        phase: String,
        /// The agent's number for that.
        code: Option<i32>,
    },
    /// A command that must succeed before it runs.
    PreRun,
    /// It runs.
    Running {
        /// What it does, in the agent's words, such as `RUNNING` or `WAIT FOR INPUT REQUEST`.
        phase: String,
        /// The agent's number for that.
        code: Option<i32>,
    },
    /// It has ended.
    Ended(End),
    /// The agent does not know it, or cannot say what became of it: an operator must decide.
    Lost {
        /// Why.
        why: String,
    },
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The code that the failure criteria judge; none where there is none, which is a failure.
    pub code: Option<i32>,
    /// Whether it was ended by force.
    pub is_killed: bool,
    /// What is shown beside the code, such as `DONE`.
    pub description: String,
    /// Whether the command before it has failed, so that it was not run: it is tried again as another attempt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_pre_run_failure: bool,
}

impl End {
    /// An end with a code.
    pub fn with_code(code: i32, description: impl Into<String>) -> Self {
        Self { code: Some(code), ..Self::without_code(description) }
    }

    /// An end without a code, which is a failure.
    pub fn without_code(description: impl Into<String>) -> Self {
        Self {
            code: None,
            is_killed: false,
            description: description.into(),
            is_pre_run_failure: false,
        }
    }
}

pub(crate) mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}
