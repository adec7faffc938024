//! On which dates each job is built.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::model::JobId;
use crate::plan::Plan;

/// A bit for each job and date.
#[derive(Debug)]
pub(super) struct BuiltDays {
    first: Date,
    jobs: usize,
    /// One row of `jobs` bits for each date.
    rows: Vec<Box<[u64]>>,
}

impl BuiltDays {
    pub(super) fn new(jobs: usize, first: Date) -> Self {
        Self { first, jobs, rows: Vec::new() }
    }

    pub(super) fn add(&mut self, plan: &Plan) {
        let mut row = vec![0u64; self.jobs.div_ceil(64)].into_boxed_slice();
        for job in &plan.jobs {
            row[job.job.0 as usize / 64] |= 1 << (job.job.0 % 64);
        }
        self.rows.push(row);
    }

    /// How many dates there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The date of that number.
    pub(super) fn date(&self, number: usize) -> Date {
        self.first.saturating_add(i64::try_from(number).unwrap_or(i64::MAX).days())
    }

    /// Whether a job is built on the date of that number.
    pub(super) fn is_built(&self, job: JobId, number: usize) -> bool {
        self.rows[number][job.0 as usize / 64] >> (job.0 % 64) & 1 != 0
    }

    /// On how many dates a job is built.
    pub(super) fn count(&self, job: JobId) -> usize {
        (0..self.len()).filter(|number| self.is_built(job, *number)).count()
    }
}
