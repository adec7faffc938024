//! The schedule check: what goes wrong although every definition is right (`opcon-domain 1.2`, *schedule check*).
//!
//! It looks at the built days of a stretch of time, so it finds what happens and not what might: a loop counts when its
//! jobs meet on a date, a predecessor is missing on the dates on which it is not built while its successor is.

mod cycles;
mod days;
mod impossible;
mod long_names;
mod missing;
mod never;
mod over_dates;
mod overlaps;
#[cfg(test)]
mod tests;

use jiff::civil::Date;

/// Loops among jobs that wait for each other, by their numbers: for whoever checks what is built.
pub use crate::loops::loops;
use crate::model::{JobId, Model};
use crate::path::Path;
use crate::plan::Plan;

use cycles::Cycles;
use days::BuiltDays;
use impossible::Impossible;
use long_names::LongNames;
use missing::Missing;
use overlaps::Overlaps;

/// Jobs times days of one check: a check keeps a bit for each, half a gigabyte in all.
pub const JOB_DAYS_MAX: u64 = 1 << 32;

/// How many days a check of so many jobs may have.
pub fn days_max(jobs: usize) -> u64 {
    JOB_DAYS_MAX / u64::try_from(jobs).unwrap_or(u64::MAX).max(1)
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Jobs will wait for ever or never run.
    Error,
    /// It may be meant so.
    Warning,
}

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Which value it is about.
    pub path: Path,
    /// What happens, on which dates, and why.
    pub message: String,
}

/// A check of a stretch of time, a date after the other.
#[derive(Debug)]
pub struct Check<'m> {
    model: &'m Model,
    days: BuiltDays,
    cycles: Cycles,
    missing: Missing,
    impossible: Impossible,
    long_names: LongNames,
    overlaps: Overlaps,
    too_late: std::collections::BTreeMap<JobId, Dates>,
}

/// Dates on which something happens: how many, and the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dates {
    pub first: Date,
    last: Date,
    pub count: u32,
}

impl Dates {
    /// Adds a date that is not before the last one. Several jobs of one date, such as copies, count once.
    pub(crate) fn add(this: &mut Option<Self>, date: Date) {
        match this {
            None => *this = Some(Self { first: date, last: date, count: 1 }),
            Some(dates) if dates.last == date => {}
            Some(dates) => (dates.last, dates.count) = (date, dates.count + 1),
        }
    }

    /// `on 3 dates, the first Mon 2026-11-23`.
    pub(crate) fn words(self) -> String {
        let first = self.first.strftime("%a %Y-%m-%d");
        match self.count {
            1 => format!("on {first}"),
            count => format!("on {count} dates, the first {first}"),
        }
    }
}

impl<'m> Check<'m> {
    /// A check of the dates from `first` on.
    pub fn new(model: &'m Model, first: Date) -> Self {
        Self {
            model,
            days: BuiltDays::new(model.jobs_len(), first),
            cycles: Cycles::default(),
            missing: Missing::default(),
            impossible: Impossible::default(),
            long_names: LongNames::default(),
            overlaps: Overlaps::default(),
            too_late: std::collections::BTreeMap::new(),
        }
    }

    /// Looks at the next date; dates follow each other.
    pub fn day(&mut self, plan: &Plan) {
        self.days.add(plan);
        self.cycles.add(plan);
        self.missing.add(plan);
        self.impossible.add(self.model, plan);
        self.long_names.add(self.model, plan);
        self.overlaps.add(self.model, plan);
        for (id, job) in plan.jobs() {
            if let (Some(start), Some(latest)) = (plan.expected_start(id), plan.latest_start(job))
                && start > latest
            {
                let mut dates = self.too_late.remove(&job.job);
                Dates::add(&mut dates, plan.date);
                self.too_late.extend(dates.map(|dates| (job.job, dates)));
            }
        }
    }

    /// Everything that has been found, errors first.
    pub fn finish(mut self) -> Vec<Finding> {
        self.missing.across_days(self.model, &self.days);
        let mut findings = self.cycles.findings(self.model);
        findings.extend(self.missing.findings(self.model, &self.days));
        findings.extend(self.impossible.findings(self.model));
        findings.extend(self.long_names.findings(self.model));
        findings.extend(self.overlaps.findings(self.model));
        findings.extend(over_dates::findings(self.model, &self.days));
        findings.extend(never::findings(self.model, &self.days));
        for (job, dates) in &self.too_late {
            findings.push(Finding {
                severity: Severity::Warning,
                path: path_of(self.model, *job),
                message: format!(
                    "{} it is expected to miss its latest start: what it waits for ends later",
                    dates.words()
                ),
            });
        }
        findings.sort_by(|a, b| {
            (a.severity, &a.path, &a.message).cmp(&(b.severity, &b.path, &b.message))
        });
        findings.dedup();
        findings
    }
}

/// The path to a job's definition.
pub(crate) fn path_of(model: &Model, job: JobId) -> Path {
    let schedule = model.schedule(model.job(job).schedule).name.as_str();
    let name = model.job_name(job).as_str();
    Path::default().field("schedules").field(schedule).field("jobs").field(name)
}

/// A job as a message names it: with its schedule where that is another one.
pub(crate) fn name_of(model: &Model, job: JobId, beside: JobId) -> String {
    let (this, other) = (model.job(job), model.job(beside));
    let name = model.job_name(job).as_str();
    if this.schedule == other.schedule {
        format!("`{name}`")
    } else {
        format!("`{name}` of `{}`", model.schedule(this.schedule).name.as_str())
    }
}
