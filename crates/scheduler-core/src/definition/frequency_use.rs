//! A job's use of a frequency, with everything that may differ from one to the other
//! (`opcon-domain 1.4.3`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::expression::ExpressionText;
use crate::frequency::{Advanced, BuildStatus};
use crate::job::{Recurrence, Retry};
use crate::name::FrequencyName;
use crate::time::Offset;

/// A frequency of a job, with when the job starts on its days and what happens then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrequencyUse {
    /// The frequency.
    #[serde(rename = "use")]
    pub frequency: FrequencyName,
    /// What becomes of the job on a day on which the frequency qualifies.
    #[serde(default)]
    pub build: BuildStatus,
    /// Dates that are added or taken away.
    pub advanced: Option<Box<Advanced>>,
    /// When the job may start, as hours and minutes after the start of its schedule.
    #[serde(default)]
    pub start: Offset,
    /// From what `start` counts.
    #[serde(default)]
    pub start_from: StartFrom,
    /// After this it is not started any more: Missed Start Time. 00:00 for no limit.
    #[serde(default)]
    pub latest_start: Offset,
    /// From what `latest_start` counts.
    #[serde(default)]
    pub latest_start_from: StartFrom,
    /// So long after `start` it is late to start. 00:00 for never.
    #[serde(default)]
    pub late_to_start: Offset,
    /// So long after `start` it is late to finish. 00:00 for never.
    #[serde(default)]
    pub late_to_finish: Offset,
    /// How long it is expected to run, in minutes.
    #[serde(default = "one_minute")]
    #[schemars(range(min = 0, max = 10_079))]
    pub estimated_run_minutes: u16,
    /// Whether the average of its last ten runs replaces that estimate once there are any.
    #[serde(default = "super::yes")]
    pub estimate_from_history: bool,
    /// After so many minutes it has exceeded its run time; it goes on. 0 for no limit.
    #[serde(default)]
    #[schemars(range(min = 0, max = 32_767))]
    pub max_run_minutes: u16,
    /// Which of several jobs gets a free slot: the highest number. 0 to 32767.
    #[serde(default)]
    #[schemars(range(min = 0, max = 32_767))]
    pub priority: u16,
    /// How often and when it is started again after it has failed.
    pub retry: Option<Retry>,
    /// How often and when it is started again after it has finished OK.
    pub recurrence: Option<Box<Recurrence>>,
    /// An expression that must be true before the job starts on this frequency, beside that of the job.
    pub expression: Option<Box<ExpressionText>>,
}

/// From what a start offset or a latest start counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartFrom {
    /// The time at which the schedule was planned to start (Absolute).
    #[default]
    ScheduleStart,
    /// The time at which the schedule was released (Relative).
    Release,
}

impl FrequencyUse {
    /// A use with every default.
    pub fn new(frequency: FrequencyName) -> Self {
        Self {
            frequency,
            build: BuildStatus::default(),
            advanced: None,
            start: Offset::ZERO,
            start_from: StartFrom::default(),
            latest_start: Offset::ZERO,
            latest_start_from: StartFrom::default(),
            late_to_start: Offset::ZERO,
            late_to_finish: Offset::ZERO,
            estimated_run_minutes: one_minute(),
            estimate_from_history: true,
            max_run_minutes: 0,
            priority: 0,
            retry: None,
            recurrence: None,
            expression: None,
        }
    }
}

fn one_minute() -> u16 {
    1
}
