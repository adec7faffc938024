//! Daily schedules in containers whose names become longer than a name may be.

use std::collections::BTreeMap;

use super::{Dates, Finding, Severity, path_of};
use crate::model::{JobId, Model, ScheduleId};
use crate::plan::Plan;
use crate::schedule::instance_name::CHARS_MAX;

/// Dates on which the name is too long, by the container and its schedule, with the longest name.
#[derive(Debug, Default)]
pub(super) struct LongNames {
    found: BTreeMap<(JobId, ScheduleId), Found>,
}

#[derive(Debug, Default)]
struct Found {
    dates: Option<Dates>,
    name: String,
    chars: usize,
}

impl LongNames {
    pub(super) fn add(&mut self, model: &Model, plan: &Plan) {
        if plan.schedules.iter().all(|schedule| schedule.parent.is_none()) {
            return;
        }
        // Subschedules come after the schedules of their containers: the length of the name before is known.
        let mut chars: Vec<usize> = Vec::with_capacity(plan.schedules.len());
        for schedule in &plan.schedules {
            let of = model.schedule(schedule.id);
            let own = of.instance_names.get(schedule.instance as usize);
            let own = own.map_or(of.name.as_str(), String::as_str).chars().count();
            let Some(parent) = schedule.parent else {
                chars.push(own);
                continue;
            };
            let container = plan.job(parent);
            let above = chars[container.schedule as usize];
            let job = plan.job_name(model, container).chars().count();
            let all = above + "_".len() + job + "[".len() + own + "]".len();
            chars.push(all);
            // What is in one that is not built is not built either.
            if all > CHARS_MAX && above <= CHARS_MAX {
                let found = self.found.entry((container.job, schedule.id)).or_default();
                Dates::add(&mut found.dates, plan.date);
                if all > found.chars {
                    found.chars = all;
                    found.name = plan.schedule_name(model, schedule);
                }
            }
        }
    }

    pub(super) fn findings(&self, model: &Model) -> Vec<Finding> {
        let found = self.found.iter().filter_map(|(key, found)| Some((key, found, found.dates?)));
        found
            .map(|((container, _), Found { name, chars, .. }, dates)| Finding {
                severity: Severity::Error,
                path: path_of(model, *container),
                message: format!(
                    "{} its schedule would be called `{}`, {chars} characters; at most {CHARS_MAX} are possible, so it is not \
                     built: give shorter names to it and to the containers around it",
                    dates.words(),
                    core_kit::text::shown(name)
                ),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::testing::{date_of, model, plan_on};

    /// What the check of two days says of a container in a container, the inner one with a name so long.
    fn found(length: usize) -> Vec<String> {
        let (long, name) = ("L".repeat(60), "x".repeat(length));
        let model = model(&format!(
            r#"{{"schedules": {{
                "{long}A": {{"jobs": {{"{long}": {{"run": {{"container": {{"schedule": "{long}B"}}}}}}}}}},
                "{long}B": {{"subschedule": true, "jobs": {{"{name}": {{"run": {{"container": {{"schedule": "Inner"}}}}}}}}}},
                "Inner": {{"subschedule": true, "jobs": {{"C": {{"run": {{"container": {{"schedule": "Last"}}}}}}}}}},
                "Last": {{"subschedule": true, "jobs": {{"X": {{}}}}}}
            }}}}"#
        ));
        let mut check = Check::new(&model, date_of("2026-06-01"));
        for date in ["2026-06-01", "2026-06-02"] {
            let plan = plan_on(&model, date);
            let inner =
                plan.schedules.iter().find(|each| model.schedule(each.id).name.as_str() == "Inner");
            let chars = plan.schedule_name(&model, inner.unwrap()).chars().count();
            assert_eq!(chars, 193 + length, "what is counted is what is built");
            check.day(&plan);
        }
        check.finish().iter().map(|found| format!("{}: {}", found.path, found.message)).collect()
    }

    #[test]
    fn a_schedule_in_containers_has_a_name_of_255_characters_at_most_and_what_is_in_it_is_not_named()
     {
        let just = found(62);
        assert!(just.len() == 1 && just[0].contains(".jobs.C: "), "{just:?}");
        let found = found(63);
        assert_eq!(found.len(), 1, "{found:?}");
        let begin = format!("schedules.{}B.jobs.{}: on 2 dates", "L".repeat(60), "x".repeat(63));
        assert!(found[0].starts_with(&begin), "{found:?}");
        assert!(found[0].contains("256 characters; at most 255 are possible"), "{found:?}");
    }
}
