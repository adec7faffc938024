//! What differs between two plans of one date.

use super::super::{Difference, Wanted, build, compare};
use crate::model::Model;
use crate::testing::{MONDAY, date_of, model, model_of_jobs};

fn differences(before: &Model, after: &Model) -> Vec<Difference> {
    let plan = |model| build(model, date_of(MONDAY), Wanted::All).unwrap();
    compare((before, &plan(before)), (after, &plan(after)))
}

fn shown(before: &Model, after: &Model) -> Vec<String> {
    let time = |at: jiff::Timestamp| at.strftime("%H:%M").to_string();
    let shape = |of: &super::super::Shape| {
        let expected = of.expected.map_or_else(|| "never".to_owned(), time);
        format!("{} ({expected})", time(of.start))
    };
    let one = |each: &Difference| {
        let side =
            |of: &Option<super::super::Shape>| of.as_ref().map_or_else(|| "-".to_owned(), shape);
        let waits = [("+", &each.newly), ("-", &each.no_longer)];
        let waits: Vec<String> = waits
            .iter()
            .flat_map(|(sign, all)| all.iter().map(move |text| format!(" {sign}{text}")))
            .collect();
        format!(
            "{}/{}: {} to {}{}",
            each.schedule,
            each.job,
            side(&each.before),
            side(&each.after),
            waits.concat()
        )
    };
    differences(before, after).iter().map(one).collect()
}

const DAY: &str = r#"{
    "Load": {"frequencies": [{"use": "Daily", "start": "20:00", "estimated_run_minutes": 60}]},
    "Post": {"frequencies": [{"use": "Daily"}], "depends_on": [{"requires": {"job": "Load"}}]},
    "Other": {"frequencies": [{"use": "Daily", "start": "03:00"}]}
}"#;

#[test]
fn the_same_definitions_differ_in_nothing_whatever_their_order() {
    assert_eq!(shown(&model_of_jobs(DAY), &model_of_jobs(DAY)), Vec::<String>::new());
    let two = r#"{"A": {}, "B": {}, "C": {"depends_on": [{"requires": {"job": "A"}}, {"after": {"job": "B"}}]}}"#;
    let turned = r#"{"B": {}, "A": {}, "C": {"depends_on": [{"after": {"job": "B"}}, {"requires": {"job": "A"}}]}}"#;
    assert_eq!(shown(&model_of_jobs(two), &model_of_jobs(turned)), Vec::<String>::new());
}

#[test]
fn who_waits_for_a_job_that_moves_is_expected_later() {
    let later = model_of_jobs(&DAY.replace("20:00", "21:30"));
    assert_eq!(
        shown(&model_of_jobs(DAY), &later),
        ["S/Load: 20:00 (20:00) to 21:30 (21:30)", "S/Post: 00:00 (21:00) to 00:00 (22:30)",]
    );
}

#[test]
fn jobs_appear_and_vanish_and_those_that_waited_say_for_whom_not_any_more() {
    let without = DAY
        .replace(r#""Load""#, r#""Read""#)
        .replace(r#"{"job": "Read"}"#, r#"{"job": "Read", "condition": "failed"}"#);
    assert_eq!(
        shown(&model_of_jobs(DAY), &model_of_jobs(&without)),
        [
            "S/Read: - to 20:00 (20:00)",
            "S/Post: 00:00 (21:00) to 00:00 (21:00) +requires S/Read failed -requires S/Load",
            "S/Load: 20:00 (20:00) to -",
        ]
    );
}

#[test]
fn a_job_for_which_others_wait_and_that_is_not_built_any_more_holds_them_up() {
    let mondays = DAY.replace(
        r#"[{"use": "Daily", "start": "20:00""#,
        r#"[{"use": "Sundays", "start": "20:00""#,
    );
    assert_eq!(
        shown(&model_of_jobs(DAY), &model_of_jobs(&mondays)),
        [
            "S/Post: 00:00 (21:00) to 00:00 (never) +requires S/Load (not built) -requires S/Load",
            "S/Load: 20:00 (20:00) to -",
        ]
    );
}

#[test]
fn jobs_in_containers_belong_to_the_schedule_around_them() {
    let text = r#"{"schedules": {
        "Outer": {"jobs": {"In": {"run": {"container": {"schedule": "Sub"}}}}},
        "Sub": {"subschedule": true, "jobs": {"Core": {"frequencies": [{"use": "Daily", "start": "07:00", "latest_start": "08:00"}]}}}
    }}"#;
    let found = differences(&model(text), &model(&text.replace("08:00", "09:00")));
    assert_eq!(found.len(), 1);
    let of = &found[0];
    assert_eq!((of.schedule.as_str(), of.job.as_str()), ("Outer_In[Sub]", "Core"));
    assert_eq!(of.outermost, ("Outer".to_owned(), "Outer".to_owned()));
    assert_ne!(of.before.as_ref().unwrap().latest, of.after.as_ref().unwrap().latest);
}
