//! Starting a task.

use indexmap::IndexMap;
use kit::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::target::all_exposed;
use crate::{AttemptKey, BatchUser, End, State};

/// What is to be started. Tokens are resolved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StartTask {
    /// Its key, the same for every repetition of the call.
    pub attempt: AttemptKey,
    /// The job's name with its schedule, for people who look at the agent's side.
    pub name: String,
    /// The type of task, one of [`crate::Info::task_types`].
    pub task_type: String,
    /// What the form of the task type asks for.
    pub fields: Map<String, Value>,
    /// Parts of `fields` that nobody may see, such as the value of an encrypted property. Where a connector shows what it was told, in
    /// logs and in what it remembers, stars stand for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty", serialize_with = "all_exposed")]
    pub secrets: Vec<Secret>,
    /// The batch user that the task names, if it names one.
    pub batch_user: Option<BatchUser>,
    /// What the scheduler tells each task about itself, by name: date, schedule, job, user (`opcon-domain 1.13`).
    pub variables: IndexMap<String, String>,
}

/// How a start went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "start")]
pub enum Started {
    /// The agent has it.
    Running {
        /// What to remember.
        state: State,
    },
    /// It is over already: it ended at once, or nothing was sent and the reason has a code.
    Ended {
        /// What to remember, for its log.
        state: State,
        /// How it ended.
        end: End,
    },
    /// It cannot be started. Nothing runs, and nothing will.
    Refused {
        /// Why, and what to do.
        why: String,
    },
    /// It was not sent: the agent has not heard of it. The job waits until the agent is there again.
    NotSent {
        /// What is in the way.
        why: String,
    },
    /// Nobody knows whether the agent has it.
    Unknown {
        /// What happened.
        why: String,
    },
}
