//! Dependencies between jobs, which the model resolves.

use crate::model::Model;
use crate::testing::{definitions, ids, plan};

/// What is wrong with a dependency of `S.A`; paths from its place in the list on.
fn of_dependency(dependency: &str) -> Vec<String> {
    let text = format!(
        r#"{{"schedules": {{
            "S": {{"jobs": {{
                "A": {{"frequencies": [{{"use": "Daily"}}], "depends_on": [{dependency}]}},
                "Load": {{"frequencies": [{{"use": "Daily"}}]}}
            }}}},
            "Other": {{"jobs": {{"X": {{}}}}}},
            "Multi": {{"multi_instance": true, "jobs": {{"X": {{}}}}}}
        }}}}"#
    );
    let (model, problems) = Model::new(&definitions(&text));
    // What is wrong is left out, and the rest is planned.
    assert!(ids(&model, &plan(&model)).contains(&"S.A".to_owned()));
    let shown = problems.iter().map(|problem| {
        let path = problem.path.to_string();
        let path = path.strip_prefix("schedules.S.jobs.A.depends_on[0].").unwrap();
        let missing =
            problem.missing.as_ref().map_or_else(String::new, |path| format!(" ({path})"));
        format!("{path}: {}{missing}", problem.message)
    });
    shown.collect()
}

/// What is wrong in a model: path and message.
fn of_model(text: &str) -> Vec<String> {
    let (_, problems) = Model::new(&definitions(text));
    problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect()
}

#[test]
fn the_other_job_and_its_schedule_must_be_there() {
    for kind in ["requires", "after", "conflict", "excludes"] {
        let of = |rest: &str| of_dependency(&format!(r#"{{"{kind}": {{{rest}}}}}"#));
        assert_eq!(of(r#""job": "Load""#), [""; 0]);
        assert_eq!(
            of(r#""job": "Laod""#),
            [format!(
                "{kind}.job: the schedule `S` has no job `Laod`; did you mean `Load`? (schedules.S.jobs.Laod)"
            )]
        );
        assert_eq!(
            of(r#""job": "X", "schedule": "Othr""#),
            [format!(
                "{kind}.schedule: no schedule `Othr` is defined; did you mean `Other`? (schedules.Othr)"
            )]
        );
    }
}

#[test]
fn nothing_outside_of_a_multi_instance_schedule_depends_on_its_jobs() {
    assert_eq!(
        of_dependency(r#"{"after": {"job": "X", "schedule": "Multi"}}"#),
        [
            "after.schedule: `Multi` may have several instances of one date: jobs of other schedules cannot \
          depend on its jobs"
        ]
    );
}

#[test]
fn instances_of_a_dependency_are_those_of_its_own_schedule() {
    let of = |schedule: &str, dependency: &str| {
        of_model(&format!(
            r#"{{"schedules": {{"S": {{{schedule} "jobs": {{
                "A": {{}}, "B": {{"depends_on": [{{"after": {{"job": "A", {dependency}}}}}]}}
            }}}}, "T": {{"jobs": {{"A": {{}}}}}}}}}}"#
        ))
    };
    let named = r#""multi_instance": true, "instances": {"named": ["east", "west"]},"#;
    for there in [r#""instance": "west""#, r#""successor_instance": "east""#, r#""instance": "*""#]
    {
        assert_eq!(of(named, there), [""; 0]);
    }
    for field in ["instance", "successor_instance"] {
        let path = format!("schedules.S.jobs.B.depends_on[0].after.{field}");
        assert_eq!(
            of(named, &format!(r#""{field}": "wesst""#)),
            [format!("{path}: the schedule `S` has no instance `wesst`; did you mean `west`?")]
        );
        assert_eq!(
            of("", &format!(r#""{field}": "west""#)),
            [format!("{path}: the schedule `S` has no named instances")]
        );
    }
    assert_eq!(
        of(named, r#""schedule": "T", "instance": "$this""#),
        [
            "schedules.S.jobs.B.depends_on[0].after.instance: `T` has one instance of each date; leave `instance` out, \
          it names another of the own schedule"
        ]
    );
}

#[test]
fn the_frequency_of_a_dependency_is_one_of_the_job() {
    assert_eq!(of_dependency(r#"{"after": {"job": "Load", "frequency": "Daily"}}"#), [""; 0]);
    assert_eq!(
        of_dependency(r#"{"after": {"job": "Load", "frequency": "Dayly"}}"#),
        ["after.frequency: the job has no frequency `Dayly`; did you mean `Daily`?"]
    );
}

#[test]
fn a_job_cannot_wait_for_itself_on_the_same_date() {
    let problems = of_dependency(r#"{"requires": {"job": "A"}}"#);
    assert_eq!(problems, ["requires.job: `A` is this job; give offset_days other than 0"]);
    assert_eq!(of_dependency(r#"{"requires": {"job": "A", "offset_days": -1}}"#), [""; 0]);
}

#[test]
fn an_offset_has_at_most_three_digits() {
    assert_eq!(of_dependency(r#"{"after": {"job": "Load", "offset_days": -999}}"#), [""; 0]);
    assert_eq!(
        of_dependency(r#"{"after": {"job": "Load", "offset_days": 1000}}"#),
        ["after.offset_days: 1000 is not in the range -999 to 999"]
    );
}
