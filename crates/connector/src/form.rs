//! Forms: a connector describes its fields, so that a screen needs no change for a new one (`opcon-domain 3.4`).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a connector is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The kinds of agents that it knows, such as `AsyscoAMT`.
    pub applications: Vec<String>,
    /// The types of tasks that its agents run.
    pub task_types: Vec<TaskType>,
    /// The languages of its forms, such as `en`.
    pub languages: Vec<String>,
    /// Whether it finds tasks by their key ([`crate::Integration::find`]).
    pub can_find: bool,
    /// Whether it can end tasks by force.
    pub can_cancel: bool,
    /// Whether its tasks run on the machine of this process, so that no process elsewhere can follow or find them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_local: bool,
}

/// A type of task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskType {
    /// The name that a task carries, such as `batch_job`.
    pub name: String,
    /// What people call it, such as `Batch Job`.
    pub title: String,
}

/// Which form is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormRequest {
    /// The kind of agent.
    pub application: String,
    /// The type of task; none for the settings of the agent.
    pub task_type: Option<String>,
    /// The language, such as `en`; another one where there is none in it.
    pub language: String,
    /// What is filled in so far, for forms that change while they are filled in.
    pub fields: Value,
}

/// A form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// The fields, as a JSON Schema.
    pub schema: Value,
    /// Their order and how they are shown, as a UI schema of react-jsonschema-form.
    pub ui: Value,
    /// Mistakes in the fields that the schema cannot say.
    pub extra_errors: Value,
    /// Whether the form can change while it is filled in.
    pub may_change: bool,
}
