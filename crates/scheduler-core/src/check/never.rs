//! Jobs that are never built, and why.

use std::collections::HashMap;

use super::days::BuiltDays;
use super::{Finding, Severity, path_of};
use crate::frequency::{BuildStatus, Choice, choose};
use crate::model::{JobId, Model, ScheduleId, Work};
use crate::plan::is_present;
use crate::schedule::ad_hoc::is_ad_hoc;

pub(super) fn findings(model: &Model, days: &BuiltDays) -> Vec<Finding> {
    let containers = Containers::new(model, days);
    let never = model.jobs().filter(|(id, _)| days.count(*id) == 0);
    // Its jobs are those that may be added to it.
    let is_added =
        |job: &crate::model::PlannedJob| is_ad_hoc(model.schedule(job.schedule).name.as_str());
    let never = never.filter(|(_, job)| !is_added(job));
    never.map(|(id, _)| finding(model, days, &containers, id)).collect()
}

/// For each schedule that a container runs, on which dates one of its containers is built. Made once, and not for each
/// job of a subschedule.
struct Containers(HashMap<ScheduleId, Vec<bool>>);

impl Containers {
    fn new(model: &Model, days: &BuiltDays) -> Self {
        let mut all: HashMap<ScheduleId, Vec<bool>> = HashMap::new();
        for (id, job) in model.jobs() {
            let Work::Container(Some(inside)) = job.work else { continue };
            let built = all.entry(inside).or_insert_with(|| vec![false; days.len()]);
            for (date, is_built) in built.iter_mut().enumerate() {
                *is_built |= days.is_built(id, date);
            }
        }
        Self(all)
    }
}

fn finding(model: &Model, days: &BuiltDays, containers: &Containers, id: JobId) -> Finding {
    let why = why(model, days, containers, id);
    Finding {
        severity: Severity::Warning,
        path: path_of(model, id),
        message: match days.len() {
            1 => format!("never built on this one day: {why}"),
            days => format!("never built in {days} days: {why}"),
        },
    }
}

/// The first reason that holds.
fn why(model: &Model, days: &BuiltDays, containers: &Containers, id: JobId) -> String {
    let job = model.job(id);
    let schedule = model.schedule(job.schedule);
    let rules = model.rules(id);
    if job.is_disabled() {
        return "its build is disabled".to_owned();
    }
    if rules.is_empty() {
        return "it has no frequency; only an event or an operator can add it".to_owned();
    }
    if rules.iter().all(|rule| rule.status == BuildStatus::DisableFrequency) {
        return "all its frequencies are disabled".to_owned();
    }
    if rules.iter().all(|rule| {
        matches!(rule.status, BuildStatus::DoNotSchedule | BuildStatus::DisableFrequency)
    }) {
        return "all its frequencies only take dates away (do_not_schedule)".to_owned();
    }
    let dates = (0..days.len())
        .filter(|number| matches!(choose(days.date(*number), rules), Choice::Built(_)));
    let dates: Vec<usize> = dates.collect();
    let Some(first) = dates.first() else {
        return "none of its frequencies qualifies for a date that no other one takes away"
            .to_owned();
    };
    let first = days.date(*first).strftime("%a %Y-%m-%d");
    if schedule.is_subschedule {
        let Some(built) = containers.0.get(&job.schedule) else {
            return format!("no container runs its subschedule `{}`", schedule.name.as_str());
        };
        if !dates.iter().any(|date| built[*date]) {
            return format!(
                "it qualifies, first for {first}, but its container is not built on the same dates"
            );
        }
    }
    let instances = &schedule.instances;
    if !instances.is_empty() && !instances.iter().any(|each| is_present(job, Some(each))) {
        return "it is in none of the instances of its schedule".to_owned();
    }
    format!(
        "it qualifies, first for {first}, but jobs that exclude it take it off each of its dates"
    )
}
