//! Times of a day as instants.

use crate::frequency::BuildStatus;
use crate::testing::{MONDAY, date_of, model, model_of_jobs, plan, plan_on};

/// The start and the further times of the only job, in UTC.
fn times(schedule: &str, of_use: &str, date: &str) -> Vec<String> {
    let model = model(&format!(
        r#"{{"frequencies": {{"Nightly": {{"when": {{"cron": {{"pattern": "30 1,2,3 * * *"}}}}}}}},
            "schedules": {{"S": {{{schedule} "frequencies": [{{{of_use}}}], "jobs": {{"A": {{}}}}}}}}}}"#
    ));
    let plan = plan_on(&model, date);
    let (id, job) = plan.jobs().next().unwrap();
    let times = [plan.start(job)].into_iter().chain(plan.further_times(id));
    times.map(|at| at.strftime("%d %H:%M").to_string()).collect()
}

const ZURICH: &str = r#""time_zone": "Europe/Zurich","#;

#[test]
fn offsets_go_beyond_midnight_on_the_local_clock() {
    let daily = |start: &str| format!(r#""use": "Daily", "start": "{start}""#);
    assert_eq!(times("", &daily("30:15"), MONDAY), ["02 06:15"]);
    // The clocks change on the 29th at 01:00 UTC.
    assert_eq!(times(ZURICH, &daily("01:00"), "2026-03-28"), ["28 00:00"]);
    assert_eq!(times(ZURICH, &daily("49:00"), "2026-03-28"), ["29 23:00"]);
    assert_eq!(times(ZURICH, &daily("49:00"), "2026-10-24"), ["26 00:00"]);
}

#[test]
fn a_time_in_a_gap_is_the_end_of_the_gap_and_one_that_comes_twice_is_the_first() {
    let daily = |start: &str| format!(r#""use": "Daily", "start": "{start}""#);
    assert_eq!(times(ZURICH, &daily("02:30"), "2026-03-29"), ["29 01:00"]);
    assert_eq!(times(ZURICH, &daily("03:30"), "2026-03-29"), ["29 01:30"]);
    assert_eq!(times(ZURICH, &daily("02:30"), "2026-10-25"), ["25 00:30"]);
    assert_eq!(times(ZURICH, &daily("03:00"), "2026-10-25"), ["25 02:00"]);
}

#[test]
fn a_day_that_starts_in_a_gap_counts_its_offsets_from_the_time_that_the_definition_names() {
    let schedule = format!(r#"{ZURICH} "start_time": "02:30","#);
    let daily = |start: &str| format!(r#""use": "Daily", "start": "{start}""#);
    assert_eq!(times(&schedule, &daily("00:00"), "2026-03-29"), ["29 01:00"]);
    // 03:30 on the local clock, and not an hour after the end of the gap.
    assert_eq!(times(&schedule, &daily("01:00"), "2026-03-29"), ["29 01:30"]);
    assert_eq!(times(&schedule, &daily("24:00"), "2026-03-29"), ["30 00:30"]);
    // And one that starts at a time that comes twice, from the first.
    assert_eq!(times(&schedule, &daily("00:00"), "2026-10-25"), ["25 00:30"]);
    assert_eq!(times(&schedule, &daily("01:00"), "2026-10-25"), ["25 02:30"]);
}

#[test]
fn recurring_instances_are_in_order_and_those_of_one_gap_are_one_run() {
    let of_use = r#""use": "Daily", "recurrence":
        {"recurring_instances": {"times": ["27:00", "02:45", "02:15", "01:00"]}}"#;
    assert_eq!(
        times(ZURICH, of_use, "2026-03-28")[1..],
        ["28 00:00", "28 01:15", "28 01:45", "29 01:00"]
    );
    assert_eq!(times(ZURICH, of_use, "2026-03-29")[1..], ["29 00:00", "29 01:00", "30 01:00"]);
}

#[test]
fn a_restart_offset_counts_minutes_from_the_start_or_the_end_until_a_number_or_a_time() {
    let with = |restart: &str| {
        let of_use = format!(
            r#""use": "Daily", "start": "01:00", "estimated_run_minutes": 10,
               "recurrence": {{"restart_offset": {{"minutes": 30, {restart}}}}}"#
        );
        times("", &of_use, MONDAY)
    };
    assert_eq!(with(r#""number_of_runs": 3"#), ["01 01:00", "01 01:30", "01 02:00"]);
    assert_eq!(with(r#""number_of_runs": 3, "from": "end""#), ["01 01:00", "01 01:40", "01 02:20"]);
    assert_eq!(with(r#""latest_run": "02:00""#), ["01 01:00", "01 01:30", "01 02:00"]);
    assert_eq!(with(r#""latest_run": "01:59", "number_of_runs": 9"#), ["01 01:00", "01 01:30"]);
}

#[test]
fn a_cron_pattern_says_all_times_whatever_the_start_of_the_schedule() {
    let schedule = format!(r#"{ZURICH} "start_time": "22:00","#);
    let of_use = r#""use": "Nightly""#;
    assert_eq!(times(&schedule, of_use, MONDAY), ["31 23:30", "01 00:30", "01 01:30"]);
    assert_eq!(times(&schedule, of_use, "2026-03-29"), ["29 00:30", "29 01:00", "29 01:30"]);
    assert_eq!(times(&schedule, of_use, "2026-10-25"), ["24 23:30", "25 00:30", "25 02:30"]);
}

#[test]
fn a_schedule_without_a_zone_has_that_of_the_options() {
    let model = model(
        r#"{"options": {"time_zone": "Europe/Zurich"}, "schedules": {
            "S": {"start_time": "06:00", "jobs": {"A": {}}},
            "U": {"start_time": "06:00", "time_zone": "UTC", "jobs": {"A": {}}}
        }}"#,
    );
    let plan = plan(&model);
    let starts: Vec<String> =
        plan.schedules.iter().map(|schedule| schedule.start.to_string()).collect();
    assert_eq!(starts, ["2026-06-01T04:00:00Z", "2026-06-01T06:00:00Z"]);
}

#[test]
fn the_latest_start_is_an_offset_of_the_schedule_and_zero_is_none() {
    let model = model_of_jobs(
        r#"{
            "A": {"frequencies": [{"use": "Daily", "start": "01:00", "latest_start": "25:30"}]},
            "B": {"frequencies": [{"use": "Daily", "latest_start": "00:00"}]}
        }"#,
    );
    let plan = plan(&model);
    let latest: Vec<_> = plan.jobs.iter().map(|job| plan.latest_start(job)).collect();
    assert_eq!(latest, [Some("2026-06-02T01:30:00Z".parse().unwrap()), None]);
}

#[test]
fn the_first_frequency_that_qualifies_gives_its_times_and_its_status() {
    let model = model_of_jobs(
        r#"{"A": {"frequencies": [
            {"use": "Sundays"},
            {"use": "Mondays", "start": "03:00", "build": "on_hold"},
            {"use": "Daily", "start": "05:00"}
        ]}}"#,
    );
    let built = |date: &str| {
        let plan = plan_on(&model, date);
        let job = &plan.jobs[0];
        assert_eq!(plan.chosen(&model, job).unwrap().index, usize::from(job.use_index));
        assert_eq!(plan.date, date_of(date));
        (job.use_index, job.status, plan.start(job).strftime("%H:%M").to_string())
    };
    assert_eq!(built("2026-05-31"), (0, BuildStatus::Released, "00:00".to_owned()));
    assert_eq!(built(MONDAY), (1, BuildStatus::OnHold, "03:00".to_owned()));
    assert_eq!(built("2026-06-02"), (2, BuildStatus::Released, "05:00".to_owned()));
}
