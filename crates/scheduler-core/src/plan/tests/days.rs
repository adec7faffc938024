//! Days one after the other.

use super::super::{Days, Wanted, build};
use crate::model::Model;
use crate::testing::{MONDAY, date_of, expected, model, model_of_jobs};

/// When the jobs of so many days from a Monday on are expected to run.
fn days(model: &Model, count: usize) -> Vec<Vec<String>> {
    let mut days = Days::new(model, date_of(MONDAY), Wanted::All).unwrap();
    (0..count).map(|_| expected(model, days.next_day().unwrap())).collect()
}

const LONG_NIGHT: &str = r#"{
    "Night": {"frequencies": [{"use": "Daily", "start": "22:00", "estimated_run_minutes": 600}]},
    "Morning": {"frequencies": [{"use": "Daily", "start": "06:00"}], "depends_on": [
        {"WORD": {"job": "Night", "offset_days": -1}}
    ]}
}"#;

#[test]
fn a_job_starts_after_one_of_the_day_before_even_on_the_first_day() {
    for word in ["requires", "after"] {
        let model = model_of_jobs(&LONG_NIGHT.replace("WORD", word));
        let day = ["S.Night 22:00-08:00", "S.Morning 08:00-08:01"];
        assert_eq!(days(&model, 2), [day, day]);
    }
}

#[test]
fn a_day_alone_knows_nothing_of_others() {
    let model = model_of_jobs(&LONG_NIGHT.replace("WORD", "requires"));
    let plan = build(&model, date_of(MONDAY), Wanted::All).unwrap();
    assert_eq!(expected(&model, &plan), ["S.Night 22:00-08:00", "S.Morning 06:00-06:01"]);
}

#[test]
fn a_conflict_with_another_date_moves_nothing() {
    let model = model_of_jobs(&LONG_NIGHT.replace("WORD", "conflict"));
    assert_eq!(days(&model, 1), [["S.Night 22:00-08:00", "S.Morning 06:00-06:01"]]);
}

#[test]
fn a_job_that_takes_longer_than_a_day_is_later_each_day() {
    let model = model_of_jobs(
        r#"{"A": {"frequencies": [{"use": "Daily", "estimated_run_minutes": 1500}], "depends_on": [
            {"after": {"job": "A", "offset_days": -1}}
        ]}}"#,
    );
    let ends = days(&model, 3).concat();
    assert_eq!(ends, ["S.A 01:00-02:00", "S.A 02:00-03:00", "S.A 03:00-04:00"]);
}

/// Two days that follow each other, and one that stands alone.
const THREE_DAYS: &str = r#"
    "frequencies": {"Three": {"when": {"all_weeks": {"day_type": "any", "days": ["mon", "tue", "fri"]}}}}"#;

fn follower(offset_rule: &str, word: &str) -> Model {
    model(&format!(
        r#"{{{THREE_DAYS}, "options": {{"job_dependency_offset": "{offset_rule}"}},
        "schedules": {{"S": {{"jobs": {{
            "A": {{"frequencies": [{{"use": "Three", "estimated_run_minutes": 2000}}]}},
            "B": {{"frequencies": [{{"use": "Three"}}], "depends_on": [
                {{"{word}": {{"job": "A", "offset_days": -1}}}}
            ]}}
        }}}}}}}}"#
    ))
}

#[test]
fn what_requires_a_job_that_was_not_built_waits_for_ever_and_what_comes_after_it_does_not() {
    let of = |word| {
        let days = days(&follower("calendar_days", word), 2);
        days.into_iter().map(|day| day[1].clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("requires"), ["S.B never", "S.B 09:20-09:21"]);
    assert_eq!(of("after"), ["S.B 00:00-00:01", "S.B 09:20-09:21"]);
}

#[test]
fn an_occurrence_is_the_last_date_on_which_the_other_was_there() {
    let days = days(&follower("occurrence", "requires"), 5);
    let of_b: Vec<&str> = days.iter().filter_map(|day| Some(day.get(1)?.as_str())).collect();
    // Those of Friday, Monday and Tuesday run into the second day after.
    assert_eq!(of_b, ["S.B 00:00-00:01", "S.B 09:20-09:21", "S.B 00:00-00:01"]);
}

#[test]
fn what_waits_for_a_job_that_waits_for_ever_does_so_too_on_the_days_after() {
    let model = model_of_jobs(
        r#"{
            "A": {"depends_on": [{"requires": {"job": "B"}}]},
            "B": {"depends_on": [{"after": {"job": "A"}}]},
            "C": {"depends_on": [{"after": {"job": "A", "offset_days": -1}}]},
            "D": {"depends_on": [{"requires": {"job": "C"}}]},
            "E": {}
        }"#,
    );
    let day = ["S.A never", "S.B never", "S.C never", "S.D never", "S.E 00:00-00:01"];
    assert_eq!(days(&model, 2), [day, day]);
}

#[test]
fn all_copies_of_the_day_before_are_waited_for() {
    let model = model_of_jobs(
        r#"{
            "A": {"instances": [{"P": "1"}, {"P": "2"}],
                "frequencies": [{"use": "Daily", "start": "20:00", "estimated_run_minutes": 300}]},
            "B": {"frequencies": [{"use": "Daily"}], "depends_on": [{"requires": {"job": "A", "offset_days": -1}}]}
        }"#,
    );
    assert_eq!(days(&model, 1)[0][2], "S.B 01:00-01:01");
}
