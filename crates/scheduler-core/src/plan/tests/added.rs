//! A job that is added to a day, and one instance of a schedule: plans of less than a schedule.

use crate::frequency::BuildStatus;
use crate::model::{JobId, Model};
use crate::plan::{Added, Plan, Wanted, build};
use crate::testing::{MONDAY, date_of, edges, ids, model};

fn job(model: &Model, schedule: &str, name: &str) -> JobId {
    let id = model.schedule_named(schedule).unwrap();
    let mut all = model.schedule(id).jobs.clone().map(JobId);
    all.find(|job| model.job_name(*job).as_str() == name).unwrap()
}

fn added(model: &Model, added: Added) -> Plan {
    build(model, date_of(MONDAY), Wanted::Added(added)).unwrap()
}

fn of(job: JobId) -> Added {
    Added { job, instance: None, use_index: 0, copy: None, status: BuildStatus::Released }
}

#[test]
fn an_added_job_is_alone_with_the_details_of_the_frequency_that_is_named() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {
                "A": {}, "B": {
                    "disable_build": true,
                    "frequencies": [
                        {"use": "Sundays", "start": "01:00", "build": "to_be_skipped"},
                        {"use": "Sundays", "start": "02:00", "build": "do_not_schedule"}
                    ],
                    "depends_on": [{"requires": {"job": "A"}}, {"after": {"job": "X", "schedule": "T"}},
                        {"excludes": {"job": "A"}}]
                }
            }},
            "T": {"jobs": {"X": {}}}
        }}"#,
    );
    let b = job(&model, "S", "B");
    for (use_index, hour) in [(0, "01:00"), (1, "02:00")] {
        for status in [BuildStatus::Released, BuildStatus::OnHold] {
            let plan = added(&model, Added { use_index, status, ..of(b) });
            assert_eq!(ids(&model, &plan), ["S.B"]);
            let daily = &plan.jobs[0];
            assert_eq!((daily.use_index, daily.status), (use_index, status));
            assert_eq!(plan.start(daily).strftime("%H:%M").to_string(), hour);
            assert_eq!(
                edges(&model, &plan),
                [
                    "S.B requires(FinishedOk) elsewhere S.A +0",
                    "S.B after(FinishedOk) elsewhere T.X +0"
                ]
            );
            assert_eq!(plan.excluded, [], "excludes count at builds");
        }
    }
}

#[test]
fn all_copies_are_added_or_the_one_that_is_named_with_its_subschedule() {
    let model = model(
        r#"{"schedules": {
            "S": {"jobs": {"C": {
                "run": {"container": {"schedule": "T"}}, "instances": [{"P": "1"}, {"P": "2"}, {"P": "3"}]
            }}},
            "T": {"subschedule": true, "jobs": {"X": {}}}
        }}"#,
    );
    let c = job(&model, "S", "C");
    assert_eq!(
        ids(&model, &added(&model, of(c))),
        ["S.C", "S.C#1", "S.C#2", "S.C[T].X", "S.C#1[T].X", "S.C#2[T].X"]
    );
    for copy in 0..3 {
        let plan = added(&model, Added { copy: Some(copy), ..of(c) });
        let name = if copy == 0 { "S.C".to_owned() } else { format!("S.C#{copy}") };
        assert_eq!(ids(&model, &plan), [name.clone(), format!("{name}[T].X")]);
        assert_eq!(plan.schedules[1].parent.map(|parent| parent.0), Some(0));
    }
    let x = job(&model, "T", "X");
    assert_eq!(ids(&model, &added(&model, of(x))), ["T.X"], "a subschedule is as good");
}

#[test]
fn what_is_added_to_ad_hoc_is_there_though_no_build_makes_it() {
    let model = model(r#"{"schedules": {"AdHoc": {"jobs": {"A": {}}}}}"#);
    assert_eq!(ids(&model, &added(&model, of(job(&model, "AdHoc", "A")))), ["AdHoc.A"]);
    let all = model.schedule_named("AdHoc").unwrap();
    for wanted in
        [Wanted::All, Wanted::Only(&[all]), Wanted::Instance { schedule: all, instance: None }]
    {
        let plan = build(&model, date_of(MONDAY), wanted).unwrap();
        assert_eq!(ids(&model, &plan), Vec::<String>::new());
    }
}

#[test]
fn one_instance_is_built_with_its_jobs_and_one_that_is_not_defined_with_those_of_all() {
    let model = model(
        r#"{"schedules": {"M": {
            "multi_instance": true, "instances": {"named": ["e1", "e2"]},
            "jobs": {"All": {}, "Only": {"only_instances": ["e2"]}}
        }}}"#,
    );
    let schedule = model.schedule_named("M").unwrap();
    for (instance, expected) in [
        (Some(0), &["M_e1.All"][..]),
        (Some(1), &["M_e2.All", "M_e2.Only"]),
        (None, &["M.All", "M.Only"]),
    ] {
        let wanted = Wanted::Instance { schedule, instance };
        let plan = build(&model, date_of(MONDAY), wanted).unwrap();
        assert_eq!(ids(&model, &plan), expected, "{instance:?}");
    }
}
