//! Thresholds and resources, for which jobs wait.

use serde::{Deserialize, Serialize};

/// A number with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    /// Its name.
    pub name: String,
    /// Its value now.
    pub value: i64,
}

/// Units that running jobs share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Its name.
    pub name: String,
    /// Units there are.
    pub units: i64,
    /// Units that running jobs hold.
    pub used: i64,
    /// The daily job that waits for all of it: nobody else gets any until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_for: Option<String>,
}

/// A number that a threshold or a resource gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetNumber {
    /// The value of a threshold, or the units of a resource: not less than 0.
    pub value: i32,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}
