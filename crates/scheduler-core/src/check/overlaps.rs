//! Runs of a job that are expected to take longer than the time from one to the next.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Dates, Finding, Severity, path_of};
use crate::job::{OnOverlap, Recurrence};
use crate::model::{JobId, Model, Work};
use crate::plan::Plan;

/// Dates on which runs would overlap, by the job and its use of a frequency.
#[derive(Debug, Default)]
pub(super) struct Overlaps {
    found: BTreeMap<(JobId, u16), Found>,
}

#[derive(Debug, Clone, Copy)]
struct Found {
    dates: Option<Dates>,
    /// The shortest time from one planned run to the next.
    shortest: SignedDuration,
    /// On the worst date: the times that pass while the job runs, of how many.
    passed: (usize, usize),
    /// How late a run starts at most when each waits for the one before it.
    late: SignedDuration,
}

impl Overlaps {
    pub(super) fn add(&mut self, model: &Model, plan: &Plan) {
        for (id, job) in plan.jobs() {
            let mut times = plan.further_times(id).peekable();
            let of = &model.uses(job.job)[usize::from(job.use_index)];
            // A job that does nothing takes no time.
            if times.peek().is_none() || model.job(job.job).work == Work::Null {
                continue;
            }
            let run = SignedDuration::from_mins(of.estimated_minutes.into());
            let Some(day) = overlap(plan.start(job), times, run) else { continue };
            let found = self.found.entry((job.job, job.use_index)).or_insert(day);
            Dates::add(&mut found.dates, plan.date);
            found.shortest = found.shortest.min(day.shortest);
            found.passed = found.passed.max(day.passed);
            found.late = found.late.max(day.late);
        }
    }

    pub(super) fn findings(&self, model: &Model) -> Vec<Finding> {
        let found = self.found.iter().filter_map(|(key, found)| Some((key, found, found.dates?)));
        found
            .map(|((job, index), found, dates)| Finding {
                severity: Severity::Warning,
                path: path_of(model, *job),
                message: message(model, (*job, usize::from(*index)), found, dates),
            })
            .collect()
    }
}

/// What becomes of the runs of a day, if one of them takes longer than the time to the next.
fn overlap(
    first: Timestamp,
    further: impl Iterator<Item = Timestamp>,
    run: SignedDuration,
) -> Option<Found> {
    let mut shortest = None;
    let ((mut passed, mut all), mut late) = ((0, 1), SignedDuration::ZERO);
    let after = |at: Timestamp| at.saturating_add(run).unwrap_or(Timestamp::MAX);
    // When the run ends that is under way: if each has its run, and if times that pass have none.
    let (mut before, mut end_of_all, mut end_of_kept) = (first, after(first), after(first));
    for time in further {
        let step = time.duration_since(before);
        if step < run {
            shortest = Some(shortest.map_or(step, |least: SignedDuration| least.min(step)));
        }
        all += 1;
        let start = end_of_all.max(time);
        late = late.max(start.duration_since(time));
        end_of_all = after(start);
        // One that comes at the very end has passed as well.
        if time <= end_of_kept && run > SignedDuration::ZERO {
            passed += 1;
        } else {
            end_of_kept = after(time);
        }
        before = time;
    }
    Some(Found { dates: None, shortest: shortest?, passed: (passed, all), late })
}

fn message(model: &Model, (job, index): (JobId, usize), found: &Found, dates: Dates) -> String {
    let of = &model.uses(job)[index];
    let ((passed, all), late) = (found.passed, minutes(found.late));
    let then = match of.recurrence.as_deref() {
        None => format!(
            "each time of the cron pattern has its run, which starts when the one before has ended: up to {late} late"
        ),
        Some(Recurrence::RestartOffset(_)) => {
            "with `from: start` each run begins as soon as the one before has ended".to_owned()
        }
        Some(Recurrence::RecurringInstances(of)) => match of.on_overlap {
            OnOverlap::StartOnCompletion => format!(
                "with `on_overlap: start_on_completion` each time has its run, which starts when the one before has ended: \
                 up to {late} late"
            ),
            OnOverlap::Skip => format!(
                "with `on_overlap: skip` a time that comes before the run before has ended has no run: up to {passed} of \
                 {all} on a day"
            ),
        },
    };
    format!(
        "{} its runs by `{}` follow each other after {} but are expected to take {}; {then}",
        dates.words(),
        model.frequencies(job)[index],
        minutes(found.shortest),
        minutes(SignedDuration::from_mins(of.estimated_minutes.into())),
    )
}

fn minutes(duration: SignedDuration) -> String {
    match duration.as_mins() {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::testing::{date_of, model, plan_on};

    /// What the check of three days says of a job that runs for so many minutes.
    fn found(run: &str, minutes: u32, of_use: &str) -> Vec<String> {
        let model = model(&format!(
            r#"{{
                "frequencies": {{"Often": {{"when": {{"cron": {{"pattern": "*/10 8 * * *"}}}}}}}},
                "schedules": {{"S": {{"jobs": {{"A": {{
                    "run": {run}, "frequencies": [{{"estimated_run_minutes": {minutes}, {of_use}}}]
                }}}}}}}}
            }}"#
        ));
        let mut check = Check::new(&model, date_of("2026-06-01"));
        for day in 1..=3 {
            check.day(&plan_on(&model, &format!("2026-06-0{day}")));
        }
        check.finish().iter().map(|found| format!("{}: {}", found.path, found.message)).collect()
    }

    fn of_agent(minutes: u32, of_use: &str) -> Vec<String> {
        found(r#"{"plug_in": {"integration": "x", "task_type": "y"}}"#, minutes, of_use)
    }

    fn told(frequency: &str, step: &str, run: u32, then: &str) -> [String; 1] {
        [format!(
            "schedules.S.jobs.A: on 3 dates, the first Mon 2026-06-01 its runs by `{frequency}` follow each other after \
             {step} but are expected to take {run} minutes; {then}"
        )]
    }

    #[test]
    fn runs_at_fixed_times_that_take_longer_than_the_step_are_late_or_left_out() {
        let times = |more: &str| {
            format!(
                r#""use": "Daily", "start": "08:00", "recurrence": {{"recurring_instances": {{
                    "times": ["08:30", "08:10", "08:20", "12:00", "12:05"]{more}
                }}}}"#
            )
        };
        // 08:00 to 08:25, 08:50, 09:15, 09:40; 12:00 to 12:25.
        assert_eq!(
            of_agent(25, &times("")),
            told(
                "Daily",
                "5 minutes",
                25,
                "with `on_overlap: start_on_completion` each time has its run, which starts when the one before has \
                 ended: up to 45 minutes late"
            )
        );
        // 08:10, 08:20 and 12:05 pass.
        assert_eq!(
            of_agent(25, &times(r#", "on_overlap": "skip""#)),
            told(
                "Daily",
                "5 minutes",
                25,
                "with `on_overlap: skip` a time that comes before the run before has ended has no run: up to 3 of 6 on a day"
            )
        );
        assert_eq!(of_agent(5, &times("")), [""; 0]);
    }

    #[test]
    fn what_is_said_of_times_that_pass_is_what_a_daily_job_does() {
        use jiff::{SignedDuration, Timestamp};

        use crate::job::{Job, OnOverlap, Repeat};
        let at = |minute: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute);
        for (step, run) in [(10, 25), (10, 20), (7, 8), (10, 11), (1, 60)] {
            let times: Vec<Timestamp> = (1..20).map(|n| at(n * step)).collect();
            let of = |on_overlap| {
                let repeat = Repeat::Instances { times: times.clone(), on_overlap };
                let (mut job, mut started, mut runs) = (Job::new(), at(0), 1);
                loop {
                    let ended = started + SignedDuration::from_mins(run);
                    let Some(next) = repeat.next(&job, started, ended) else { break };
                    job.instances_used = next.instances_used;
                    started = next.at.max(ended);
                    runs += 1;
                }
                (runs, started)
            };
            let length = SignedDuration::from_mins(run);
            let found = super::overlap(at(0), times.iter().copied(), length).unwrap();
            let (all, last) = of(OnOverlap::StartOnCompletion);
            assert_eq!((all, last.duration_since(at(19 * step))), (found.passed.1, found.late));
            assert_eq!(of(OnOverlap::Skip).0, all - found.passed.0, "{step} {run}");
        }
    }

    #[test]
    fn other_repetitions_say_what_they_do() {
        assert_eq!(
            of_agent(11, r#""use": "Often""#),
            told(
                "Often",
                "10 minutes",
                11,
                "each time of the cron pattern has its run, which starts when the one before has ended: up to 5 minutes late"
            )
        );
        let restart = |from: &str| {
            of_agent(
                5,
                &format!(
                    r#""use": "Daily", "recurrence": {{"restart_offset": {{"minutes": 1, "number_of_runs": 9, "from": "{from}"}}}}"#
                ),
            )
        };
        assert_eq!(
            restart("start"),
            told(
                "Daily",
                "1 minute",
                5,
                "with `from: start` each run begins as soon as the one before has ended"
            )
        );
        assert_eq!(restart("end"), [""; 0]);
    }

    #[test]
    fn a_run_that_takes_just_the_step_or_nothing_overlaps_nothing() {
        assert_eq!(of_agent(10, r#""use": "Often""#), [""; 0]);
        assert_eq!(found(r#""null_job""#, 11, r#""use": "Often""#), [""; 0]);
    }
}
