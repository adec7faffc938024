//! Predecessors that are not there on dates on which their successors wait for them.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::days::BuiltDays;
use super::{Dates, Finding, Severity, name_of, path_of};
use crate::dependency::OffsetRule;
use crate::frequency::{Choice, Chosen, choose};
use crate::model::{Dependency, JobId, Kind, Model};
use crate::plan::{Other, Plan, Wait, is_present};

/// Dates on which the predecessor of a dependency is missing, by the successor and the dependency's number.
#[derive(Debug, Default)]
pub(super) struct Missing {
    found: BTreeMap<(JobId, u16, JobId), Option<Dates>>,
}

impl Missing {
    /// Predecessors of the same date. Those of other dates are looked at when all are known.
    pub(super) fn add(&mut self, plan: &Plan) {
        for (id, job) in plan.jobs() {
            for edge in plan.edges(id) {
                if let (Other::Elsewhere { job: other, offset: 0, .. }, Wait::Requires(_)) =
                    (edge.other, edge.wait)
                {
                    Dates::add(
                        self.found.entry((job.job, edge.dependency, other)).or_default(),
                        plan.date,
                    );
                }
            }
        }
    }

    /// Predecessors of other dates, as far as those are among the dates that were looked at.
    pub(super) fn across_days(&mut self, model: &Model, days: &BuiltDays) {
        for (id, _) in model.jobs() {
            for (number, dependency) in (0..).zip(model.dependencies(id)) {
                if matches!(dependency.kind, Kind::Requires(_)) && dependency.offset != 0 {
                    self.across(model, days, id, number, dependency);
                }
            }
        }
    }

    fn across(
        &mut self,
        model: &Model,
        days: &BuiltDays,
        id: JobId,
        number: u16,
        dependency: &Dependency,
    ) {
        for date in 0..days.len() {
            if !days.is_built(id, date) || !counts(model, id, dependency, days.date(date)) {
                continue;
            }
            for target in model.targets(dependency) {
                let other = match model.offset_rule() {
                    OffsetRule::CalendarDays => date
                        .checked_add_signed(isize::from(dependency.offset))
                        .filter(|other| *other < days.len()),
                    // An occurrence is by definition a date on which it is there.
                    OffsetRule::Occurrence => None,
                };
                if other.is_some_and(|other| !days.is_built(*target, other)) {
                    Dates::add(
                        self.found.entry((id, number, *target)).or_default(),
                        days.date(date),
                    );
                }
            }
        }
    }

    pub(super) fn findings(&self, model: &Model, days: &BuiltDays) -> Vec<Finding> {
        let found = self.found.iter().filter_map(|(key, dates)| Some((key, (*dates)?)));
        found
            .map(|((job, number, other), dates)| finding(model, days, *job, *number, *other, dates))
            .collect()
    }
}

/// Whether a dependency counts for any of the daily jobs of a date on which the job is built: it may be about one of the
/// job's frequencies or one instance of its schedule only.
pub(super) fn counts(model: &Model, id: JobId, dependency: &Dependency, date: Date) -> bool {
    if dependency.always_applies() {
        return true;
    }
    let Choice::Built(Chosen { index, .. }) = choose(date, model.rules(id)) else { return false };
    let job = model.job(id);
    let instances = &model.schedule(job.schedule).instances;
    let mut present = instances.iter().filter(|instance| is_present(job, Some(instance)));
    present.any(|instance| dependency.applies_to(index, instance.name()))
        || instances.is_empty() && dependency.applies_to(index, None)
}

fn finding(
    model: &Model,
    days: &BuiltDays,
    job: JobId,
    number: u16,
    other: JobId,
    dates: Dates,
) -> Finding {
    let dependency = &model.dependencies(job)[usize::from(number)];
    let built = days.count(job);
    let how = match (days.count(other), dates.count as usize) {
        (0, _) => "is never built".to_owned(),
        (_, count) if count == built => {
            format!("is not built on any of the {built} dates of this job")
        }
        (_, count) => format!(
            "is not built on {count} of the {built} dates of this job, the first {}",
            dates.first.strftime("%a %Y-%m-%d")
        ),
    };
    let when = match dependency.offset {
        0 => String::new(),
        offset => format!(" (offset {offset:+} days)"),
    };
    let remedy = match (dependency.offset, model.offset_rule()) {
        (0, _) | (_, OffsetRule::Occurrence) => "",
        (_, OffsetRule::CalendarDays) => {
            " (to count the dates on which the other is built: `options: { job_dependency_offset: occurrence }`)"
        }
    };
    Finding {
        severity: Severity::Error,
        path: dependency.path(&path_of(model, job)).field("job"),
        message: format!(
            "{} is required{when} but {how}: there this job waits for ever{remedy}; use the type `after` if it may be missing",
            name_of(model, other, job),
        ),
    }
}
