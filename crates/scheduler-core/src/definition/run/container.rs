//! A subschedule as one job (`opcon-domain 1.3`).

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::{PropertyName, ScheduleName};

/// A subschedule as one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Container {
    /// The schedule that runs inside; it must be marked `subschedule: true`.
    pub schedule: ScheduleName,
    /// Properties of this job, which become properties of the subschedule.
    #[serde(default)]
    pub properties: IndexMap<PropertyName, String>,
}
