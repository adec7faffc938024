//! Thresholds and resources (`opcon-domain 1.6`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number that jobs wait for and change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Its value when the definitions are applied for the first time.
    #[serde(default)]
    pub value: i32,
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub documentation: Option<String>,
}

/// Units of something that jobs take while they run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// How many units there are.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub units: u32,
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub documentation: Option<String>,
}
