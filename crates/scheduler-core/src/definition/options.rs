//! Options of the whole scheduler that decide what is planned (`opcon-domain 1.2, 1.4.1, 1.6, 1.8`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dependency::OffsetRule;
use crate::time::{TimeOfDay, ZoneName};

/// Options of the whole scheduler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that have nothing to do with each other"
)]
pub struct Options {
    /// The time zone of schedules that name none.
    pub time_zone: ZoneName,
    /// When schedules are built that name no time.
    pub build_time: TimeOfDay,
    /// Whether odd and even weeks alternate strictly, also over the end of a year.
    pub alternate_odd_and_even_weeks: bool,
    /// What a dependency's offset counts.
    pub job_dependency_offset: OffsetRule,
    /// Whether a schedule with failed jobs stays In Process.
    pub failed_jobs_keep_schedule_in_process: bool,
    /// Whether events that add or restart jobs may open a completed schedule again.
    pub job_events_restart_schedules: bool,
    /// Whether `*` and `?` in the names of events stand for other characters.
    pub wildcards_in_events: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            time_zone: ZoneName(crate::time::Zone::utc()),
            build_time: TimeOfDay::default(),
            alternate_odd_and_even_weeks: false,
            job_dependency_offset: OffsetRule::default(),
            failed_jobs_keep_schedule_in_process: false,
            job_events_restart_schedules: false,
            wildcards_in_events: false,
        }
    }
}
