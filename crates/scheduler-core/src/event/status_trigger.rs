//! The moments of a job at which its events, threshold updates and resource updates take place
//! (`opcon-domain 1.6, 1.8`).

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The moment of a job at which something takes place.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum JobStatusTrigger {
    /// It runs longer than its maximum run time.
    ExceededMaxRunTime,
    /// It has failed, and is not run again by itself.
    Failed,
    /// It has finished OK; at each good run of a recurrence.
    FinishedOk,
    /// It was sent to its machine minutes ago, and there is no answer.
    JobStillAttemptingStart,
    /// Its late-to-finish time has passed, and it still runs.
    LateToFinish,
    /// Its late-to-start time has passed, and it has not started.
    LateToStart,
    /// Its latest start has passed, and it will not start.
    MissedLatestStartTime,
    /// It was skipped.
    Skipped,
    /// Just before it is sent to its machine. If this cannot be done, the job goes on hold.
    StartAttempted,
}

impl JobStatusTrigger {
    /// Every trigger.
    pub const ALL: [Self; 9] = [
        Self::ExceededMaxRunTime,
        Self::Failed,
        Self::FinishedOk,
        Self::JobStillAttemptingStart,
        Self::LateToFinish,
        Self::LateToStart,
        Self::MissedLatestStartTime,
        Self::Skipped,
        Self::StartAttempted,
    ];

    /// The vendor's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExceededMaxRunTime => "Exceeded Max Run Time",
            Self::Failed => "Failed",
            Self::FinishedOk => "Finished OK",
            Self::JobStillAttemptingStart => "Job Still Attempting Start",
            Self::LateToFinish => "Late to Finish",
            Self::LateToStart => "Late to Start",
            Self::MissedLatestStartTime => "Missed Latest Start Time",
            Self::Skipped => "Skipped",
            Self::StartAttempted => "Start Attempted",
        }
    }
}

impl fmt::Display for JobStatusTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
