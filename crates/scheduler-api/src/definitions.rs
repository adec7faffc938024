//! Definitions.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Definitions that are compared with those of the server, or stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// All of them: what is left out is removed.
    pub definitions: Value,
    /// The revision on which a plan was based; any other one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_revision: Option<i64>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What definitions change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The revision that is current: before the change for a plan, after it for what was stored.
    pub revision: i64,
    /// What differs.
    pub changes: Vec<Changed>,
    /// Whether the order of definitions differs.
    pub is_moved: bool,
}

/// A definition that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// `added`, `changed` or `removed`.
    pub what: String,
    /// The kind of definition, such as `job`.
    pub kind: String,
    /// Its name; of a job with that of its schedule before it.
    pub name: String,
}
