//! Jobs that are never built, and why.

use super::days::BuiltDays;
use super::{Finding, Severity, path_of};
use crate::frequency::{BuildStatus, Choice, choose};
use crate::model::{JobId, Model, PlannedJob, Work};
use crate::plan::is_present;
use crate::schedule::ad_hoc::is_ad_hoc;

pub(super) fn findings(model: &Model, days: &BuiltDays) -> Vec<Finding> {
    let never = model.jobs().filter(|(id, _)| days.count(*id) == 0);
    // Its jobs are those that may be added to it.
    let is_added = |job: &PlannedJob| is_ad_hoc(model.schedule(job.schedule).name.as_str());
    let never = never.filter(|(_, job)| !is_added(job));
    never.map(|(id, _)| finding(model, days, id)).collect()
}

fn finding(model: &Model, days: &BuiltDays, id: JobId) -> Finding {
    Finding {
        severity: Severity::Warning,
        path: path_of(model, id),
        message: format!("never built in {} days: {}", days.len(), why(model, days, id)),
    }
}

/// The first reason that holds.
fn why(model: &Model, days: &BuiltDays, id: JobId) -> String {
    let job = model.job(id);
    let schedule = model.schedule(job.schedule);
    let rules = model.rules(id);
    if job.is_disabled {
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
        let holds =
            |(_, other): &(JobId, &PlannedJob)| other.work == Work::Container(Some(job.schedule));
        let mut containers = model.jobs().filter(holds).peekable();
        if containers.peek().is_none() {
            return format!("no container runs its subschedule `{}`", schedule.name.as_str());
        }
        if !containers.any(|(id, _)| dates.iter().any(|date| days.is_built(id, *date))) {
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
