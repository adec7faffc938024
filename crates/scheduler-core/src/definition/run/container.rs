//! A subschedule as one job (`opcon-domain 1.3`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::ScheduleName;

/// A subschedule as one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Container {
    /// The schedule that runs inside; it must be marked `subschedule: true`.
    /// The properties of the job become properties of the subschedule.
    pub schedule: ScheduleName,
}
