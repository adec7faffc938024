//! When a schedule is complete, and whether it contains failed jobs.

use crate::job::{Ending, Job, State};

/// How the jobs of a schedule stand. Kept up to date job by job: never counted anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Tally {
    /// Jobs that have not ended for good.
    pub open: u32,
    /// Jobs that count as failed.
    pub failed: u32,
}

impl Tally {
    /// Counts all jobs: for the first count, and to check a stored one.
    pub fn of<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> Self {
        jobs.into_iter().fold(Self::default(), Self::with)
    }

    /// With one more job.
    pub fn with(self, job: &Job) -> Self {
        Self {
            open: self.open + u32::from(!counts_as_ended(job)),
            failed: self.failed + u32::from(counts_as_failed(job)),
        }
    }

    /// With one job less.
    pub fn without(self, job: &Job) -> Self {
        Self {
            open: self.open.saturating_sub(u32::from(!counts_as_ended(job))),
            failed: self.failed.saturating_sub(u32::from(counts_as_failed(job))),
        }
    }

    /// Whether a schedule with such jobs is complete. `keep_open` is the server option *Failed jobs should
    /// keep the Schedule "In Process"*.
    pub const fn is_complete(self, keep_open: bool) -> bool {
        self.open == 0 && !(keep_open && self.failed > 0)
    }
}

/// Whether a job has ended as far as its schedule is concerned: Cancelled, Skipped, Finished OK or Failed,
/// its events processed. A job that missed its start keeps the schedule open, because an operator may
/// still start it.
///
/// The sources say nothing of Under Review and Fixed. They are failures that somebody has looked at, so they
/// end a job as a failure does.
pub const fn counts_as_ended(job: &Job) -> bool {
    match job.ending() {
        Some(
            Ending::FinishedOk
            | Ending::MarkedFinishedOk
            | Ending::Failed(_)
            | Ending::Skipped
            | Ending::Cancelled
            | Ending::UnderReview(_)
            | Ending::Fixed(_),
        ) => true,
        Some(Ending::MissedStartTime) | None => false,
    }
}

/// Whether a job makes its schedule contain failed jobs, and its container fail: Failed, Marked Failed,
/// Initialization Error, and Under Review, which is a failure that is not put right. Fixed is not.
pub const fn counts_as_failed(job: &Job) -> bool {
    matches!(job.state, State::Ended { ending: Ending::Failed(_) | Ending::UnderReview(_), .. })
}
