//! Thresholds: dependencies on them and changes of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::criteria::BasicOperator;
use crate::event::JobStatusTrigger;
use crate::name::{FrequencyName, ThresholdName};

/// The job waits until a threshold has a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThresholdDependency {
    /// The threshold.
    pub threshold: ThresholdName,
    /// How its value is compared.
    pub operator: BasicOperator,
    /// With what.
    pub value: i32,
    /// Only when the job runs by this frequency; always if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<FrequencyName>,
}

impl ThresholdDependency {
    /// Whether the job may go on while the threshold has the value `current`.
    pub fn is_met(&self, current: i32) -> bool {
        self.operator.holds(&current, &self.value)
    }
}

/// A change of a number: `set: 5` or `add: -1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// To this value.
    Set(i32),
    /// By this much, up or down.
    Add(i32),
}

impl Change {
    /// The number after it; none when that is not between -2147483648 and 2147483647.
    pub const fn apply(self, current: i32) -> Option<i32> {
        match self {
            Self::Set(value) => Some(value),
            Self::Add(by) => current.checked_add(by),
        }
    }
}

/// A threshold changes at a moment of the job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThresholdUpdate {
    /// When. At `start_attempted` the job goes on hold if the threshold cannot be changed.
    pub on: JobStatusTrigger,
    /// The threshold.
    pub threshold: ThresholdName,
    /// How it changes.
    pub change: Change,
    /// Only when the job runs by this frequency; always if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<FrequencyName>,
}
