//! Conditions that cannot come true although the other job is there: a failure is waited for that does not happen.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Dates, Finding, Severity, name_of, path_of};
use crate::dependency::Condition;
use crate::frequency::BuildStatus;
use crate::model::{JobId, Kind, Model, Work};
use crate::plan::{DailyJobId, Edge, Other, Plan, Wait};

/// Dates on which a failure is waited for in vain, by the successor, the dependency's number, the other job and why.
#[derive(Debug, Default)]
pub(super) struct Impossible {
    found: BTreeMap<(JobId, u16, JobId, Why), Option<Dates>>,
}

/// Why a failure does not happen, or does not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// The same end must be well, says another dependency of the job.
    MustBeWell(u16),
    /// It is built to be skipped.
    Skipped,
    /// It does nothing.
    Null,
    /// Everything in it does nothing or is skipped.
    NothingInside,
}

impl Impossible {
    pub(super) fn add(&mut self, model: &Model, plan: &Plan) {
        let mut containers = None;
        for (id, job) in plan.jobs() {
            let edges = plan.edges(id);
            for edge in edges.iter().filter(|edge| condition(edge) == Some(Condition::Failed)) {
                let Some(why) = why(model, plan, edges, edge, &mut containers) else { continue };
                let other = match edge.other {
                    Other::Here(other) => plan.job(other).job,
                    Other::Elsewhere { job, .. } => job,
                };
                let key = (job.job, edge.dependency, other, why);
                Dates::add(self.found.entry(key).or_default(), plan.date);
            }
        }
    }

    pub(super) fn findings(&self, model: &Model) -> Vec<Finding> {
        let found = self.found.iter().filter_map(|(key, dates)| Some((key, (*dates)?)));
        found
            .map(|((job, number, other, why), dates)| {
                finding(model, (*job, *number), *other, *why, dates)
            })
            .collect()
    }
}

/// How the other job of an edge must end, if it must.
fn condition(edge: &Edge) -> Option<Condition> {
    match edge.wait {
        Wait::Requires(condition) | Wait::After(condition) => Some(condition),
        Wait::Conflict => None,
    }
}

/// Why a failure that an edge waits for does not make its job start.
fn why(
    model: &Model,
    plan: &Plan,
    edges: &[Edge],
    edge: &Edge,
    containers: &mut Option<CannotFail>,
) -> Option<Why> {
    let by_other = match edge.other {
        // A job that is not there is missing, or nobody waits for it.
        Other::Elsewhere { offset: 0, .. } => return None,
        // Of another date is known only what holds on each date.
        Other::Elsewhere { job, .. } => (model.job(job).work == Work::Null).then_some(Why::Null),
        Other::Here(other) => {
            let job = plan.job(other);
            match model.job(job.job).work {
                _ if job.status == BuildStatus::ToBeSkipped => Some(Why::Skipped),
                Work::Null => Some(Why::Null),
                Work::Agent => None,
                Work::Container(_) => containers
                    .get_or_insert_with(|| CannotFail::of(model, plan))
                    .has(other)
                    .then_some(Why::NothingInside),
            }
        }
    };
    by_other.or_else(|| {
        let is_same = |each: &&Edge| {
            each.other == edge.other && condition(each) == Some(Condition::FinishedOk)
        };
        edges.iter().find(is_same).map(|same| Why::MustBeWell(same.dependency))
    })
}

/// Containers in which nothing can fail.
struct CannotFail(HashSet<u32>);

impl CannotFail {
    fn of(model: &Model, plan: &Plan) -> Self {
        let mut fails: HashMap<u32, bool> = HashMap::new();
        // Subschedules come after the schedules of their containers: from the last on, those inside are known.
        for schedule in plan.schedules.iter().rev() {
            let Some(DailyJobId(container)) = schedule.parent else { continue };
            let fails_inside = schedule.jobs.clone().any(|id| {
                let job = plan.job(DailyJobId(id));
                job.status != BuildStatus::ToBeSkipped
                    && match model.job(job.job).work {
                        Work::Null => false,
                        Work::Agent => true,
                        Work::Container(_) => fails.get(&id).copied().unwrap_or(true),
                    }
            });
            *fails.entry(container).or_default() |= fails_inside;
        }
        Self(fails.into_iter().filter(|(_, fails)| !fails).map(|(id, _)| id).collect())
    }

    fn has(&self, id: DailyJobId) -> bool {
        self.0.contains(&id.0)
    }
}

fn finding(
    model: &Model,
    (job, number): (JobId, u16),
    other: JobId,
    why: Why,
    dates: Dates,
) -> Finding {
    let dependency = &model.dependencies(job)[usize::from(number)];
    let (name, when) = (name_of(model, other, job), dates.words());
    let unless = "unless an operator or the event $JOB:BAD marks it as failed";
    let (severity, message) = match why {
        Why::MustBeWell(same) => {
            let same = &model.dependencies(job)[usize::from(same)];
            let kind = if matches!(same.kind, Kind::After(_)) { "after" } else { "requires" };
            let message = format!(
                "{when} {name} must have failed, and finished OK by depends_on[{}].{kind}: never both, so this job waits \
                 for ever; use the condition `ignore_exit_code` if either will do",
                same.index
            );
            (Severity::Error, message)
        }
        Why::Skipped => {
            let message = format!(
                "{when} {name} must have failed but is built to be skipped, which counts as finished OK: there this job \
                 waits for ever"
            );
            (Severity::Error, message)
        }
        Why::Null => {
            let message = format!(
                "{when} {name} must have failed but is a null job, which never fails: this job waits for ever {unless}"
            );
            (Severity::Warning, message)
        }
        Why::NothingInside => {
            let message = format!(
                "{when} {name} must have failed but only null jobs and jobs that are skipped are in that container, which \
                 never fail: this job waits for ever {unless}"
            );
            (Severity::Warning, message)
        }
    };
    let path = dependency.path(&path_of(model, job)).field("condition");
    Finding { severity, path, message }
}

#[cfg(test)]
mod tests {
    use crate::check::{Check, Severity};
    use crate::model::Model;
    use crate::testing::{date_of, model, model_of_jobs, plan_on};

    const AGENT: &str = r#""run": {"plug_in": {"integration": "x", "task_type": "y"}}"#;

    /// What the check of a week from Monday on says.
    fn found_in(model: &Model) -> Vec<String> {
        let mut check = Check::new(model, date_of("2026-06-01"));
        for day in 1..=7 {
            check.day(&plan_on(model, &format!("2026-06-0{day}")));
        }
        let all = check.finish().into_iter();
        all.map(|each| {
            let error = if each.severity == Severity::Error { "error" } else { "warning" };
            format!("{error} {}: {}", each.path, each.message)
        })
        .collect()
    }

    fn found(jobs: &str) -> Vec<String> {
        found_in(&model_of_jobs(jobs))
    }

    #[test]
    fn a_failure_of_a_job_that_is_skipped_that_day_never_comes() {
        let jobs = |kind: &str| {
            format!(
                r#"{{
                    "A": {{{AGENT}, "frequencies": [{{"use": "Mondays", "build": "to_be_skipped"}}, {{"use": "Daily"}}]}},
                    "B": {{"frequencies": [{{"use": "Daily"}}], "depends_on": [{{"{kind}": {{"job": "A", "condition": "failed"}}}}]}}
                }}"#
            )
        };
        for kind in ["requires", "after"] {
            assert_eq!(
                found(&jobs(kind)),
                [format!(
                    "error schedules.S.jobs.B.depends_on[0].{kind}.condition: on Mon 2026-06-01 `A` must have failed but is \
                     built to be skipped, which counts as finished OK: there this job waits for ever"
                )]
            );
        }
        let any = jobs("requires").replace("\"failed\"", "\"ignore_exit_code\"");
        assert_eq!(found(&any), [""; 0]);
    }

    #[test]
    fn a_job_that_must_be_well_and_have_failed_is_waited_for_in_vain() {
        let jobs = |first: &str, more: &str| {
            format!(
                r#"{{"A": {{{AGENT}}}, "B": {{"depends_on": [
                    {{"after": {{"job": "A", "condition": "{first}"}}}},
                    {{"requires": {{"job": "A", "condition": "failed"{more}}}}}
                ]}}}}"#
            )
        };
        assert_eq!(
            found(&jobs("finished_ok", "")),
            [
                "error schedules.S.jobs.B.depends_on[1].requires.condition: on 7 dates, the first Mon 2026-06-01 `A` must \
                 have failed, and finished OK by depends_on[0].after: never both, so this job waits for ever; use the \
                 condition `ignore_exit_code` if either will do"
            ]
        );
        assert_eq!(found(&jobs("ignore_exit_code", "")), [""; 0]);
        assert_eq!(found(&jobs("failed", "")), [""; 0]);
        // That of the day before is another job.
        assert_eq!(found(&jobs("finished_ok", r#", "offset_days": -1"#)), [""; 0]);
    }

    #[test]
    fn two_conditions_of_other_dates_or_of_other_frequencies_contradict_each_other_where_both_count()
     {
        let jobs = |well: &str| {
            format!(
                r#"{{"A": {{{AGENT}, "frequencies": [{{"use": "Daily"}}]}}, "B": {{
                    "frequencies": [{{"use": "Sundays"}}, {{"use": "Daily"}}],
                    "depends_on": [
                        {{"requires": {{"job": "A", "offset_days": -1, "condition": "failed", "frequency": "Sundays"}}}},
                        {{"requires": {{"job": "A", "offset_days": -1{well}}}}}
                    ]
                }}}}"#
            )
        };
        let both = found(&jobs(""));
        assert_eq!(both.len(), 1, "{both:?}");
        assert!(
            both[0].contains("condition: on Sun 2026-06-07 `A` must have failed, and"),
            "{both:?}"
        );
        assert_eq!(found(&jobs(r#", "frequency": "Daily""#)), [""; 0]);
    }

    #[test]
    fn a_null_job_never_fails_on_any_date() {
        for (offset, dates) in [(0, "on 7 dates"), (-1, "on 7 dates")] {
            let jobs = format!(
                r#"{{"A": {{}}, "B": {{"depends_on": [{{"requires": {{"job": "A", "condition": "failed", "offset_days": {offset}}}}}]}}}}"#
            );
            assert_eq!(
                found(&jobs),
                [format!(
                    "warning schedules.S.jobs.B.depends_on[0].requires.condition: {dates}, the first Mon 2026-06-01 `A` must \
                     have failed but is a null job, which never fails: this job waits for ever unless an operator or the \
                     event $JOB:BAD marks it as failed"
                )]
            );
        }
    }

    #[test]
    fn a_container_fails_only_if_something_in_it_can() {
        let with = |inside: &str| {
            let text = format!(
                r#"{{"schedules": {{
                    "S": {{"jobs": {{
                        "C": {{"run": {{"container": {{"schedule": "T"}}}}}},
                        "B": {{"depends_on": [{{"requires": {{"job": "C", "condition": "failed"}}}}]}}
                    }}}},
                    "T": {{"subschedule": true, "jobs": {{"X": {{}}, "D": {{"run": {{"container": {{"schedule": "U"}}}}}}}}}},
                    "U": {{"subschedule": true, {inside}}}
                }}}}"#
            );
            found_in(&model(&text))
        };
        let nothing = with(r#""jobs": {"Y": {}}"#);
        assert_eq!(nothing.len(), 1, "{nothing:?}");
        assert!(
            nothing[0].starts_with("warning ") && nothing[0].contains("only null jobs and jobs")
        );
        let skipped = format!(
            r#""frequencies": [{{"use": "Daily", "build": "to_be_skipped"}}], "jobs": {{"Y": {{{AGENT}}}}}"#
        );
        assert_eq!(with(&skipped), nothing);
        assert_eq!(with(&format!(r#""jobs": {{"Y": {{{AGENT}}}}}"#)), [""; 0]);
    }
}
