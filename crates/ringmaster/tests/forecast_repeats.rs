//! `ringmaster forecast` of jobs that repeat within a day.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{folder, run};

/// A schedule with one job, whose use of a frequency has more.
fn job(use_of_frequency: &str) -> String {
    format!(
        "frequencies:
  Daily: {{ when: {{ all_weeks: {{ days: [mon, tue, wed, thu, fri, sat, sun] }} }} }}
  Quarters: {{ when: {{ cron: {{ pattern: '*/15 6-19 * * *' }} }} }}
  Odd: {{ when: {{ cron: {{ pattern: '0 6,7,9,10,12,13,22 * * *' }} }} }}
  Nights: {{ when: {{ cron: {{ pattern: '*/30 1-3 * * *' }} }} }}
  Never: {{ when: {{ on_day: {{ day: 30 }} }} }}
options: {{ time_zone: Europe/Zurich }}
schedules:
  S:
    auto_build: {{}}
    jobs:
      J: {{ run: null_job, frequencies: [{use_of_frequency}] }}
      Noon: {{ run: null_job, frequencies: [{{ use: Daily, start: '12:00', estimated_run_minutes: 90 }}] }}
"
    )
}

/// The rows of one date without their date and schedule, and the line of counts.
fn rows(text: &str, date: &str, more: &[&str]) -> Vec<String> {
    let day = folder(text);
    let line = ["forecast", "day.yaml", "--from", date, "--days", "1"];
    let line: Vec<&str> = line.iter().chain(more).copied().collect();
    let (code, out, err) = run(day.path(), &line);
    assert_eq!((code, err.as_str()), (0, ""));
    let lines = out.lines().skip_while(|line| !line.starts_with("DATE")).skip(1);
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let prefix = |line: &str| {
        line.split_once(" S ")
            .map(|(at, rest)| format!("{} {rest}", at.rsplit(' ').next().unwrap()))
    };
    let lines = lines.map(words).filter(|line| !line.is_empty());
    lines.map(|line| prefix(&line).unwrap_or(line)).collect()
}

const NOON: &str = "12:00 Noon Daily named by the rule";

#[test]
fn runs_at_a_constant_step_are_one_line_where_the_first_of_them_is() {
    assert_eq!(
        rows(&job("{ use: Quarters }"), "2026-12-01", &[]),
        [
            "06:00 J Quarters named by the rule; every 15 minutes until 19:45, 56 runs",
            NOON,
            "57 runs"
        ]
    );
    let hours = "{ use: Daily, start: '20:00', recurrence: { restart_offset: { minutes: 60, number_of_runs: 6 } } }";
    assert_eq!(
        rows(&job(hours), "2026-12-01", &[])[1],
        "20:00 J Daily named by the rule; every hour until 01:00+1, 6 runs",
        "a run after midnight belongs to its date"
    );
}

#[test]
fn runs_without_a_step_are_named_when_they_are_few_and_counted_when_not() {
    let times = "{ use: Daily, start: '06:00', recurrence: { recurring_instances: { times: ['12:00', '13:00', '24:00'] } } }";
    assert_eq!(
        rows(&job(times), "2026-12-01", &[])[0],
        "06:00 J Daily named by the rule; also at 12:00, 13:00, 00:00+1, 4 runs"
    );
    assert_eq!(
        rows(&job("{ use: Odd }"), "2026-12-01", &[])[0],
        "06:00 J Odd named by the rule; 7 runs until 22:00"
    );
}

#[test]
fn a_first_run_that_waits_for_another_job_hides_no_step_of_the_others() {
    let text = job("{ use: Daily, start: '13:00', recurrence: { recurring_instances: { times: ['14:00', '15:00', '16:00', '17:00'] } } }")
        .replace("J: { run: null_job,", "J: { run: null_job, depends_on: [{ requires: { job: Noon } }],");
    assert_eq!(
        rows(&text, "2026-12-01", &[]),
        [
            NOON,
            "13:30 J Daily named by the rule; then every hour from 14:00 until 17:00, 5 runs",
            "6 runs"
        ]
    );
}

#[test]
fn a_clock_change_within_the_runs_is_no_constant_step() {
    // 02:00 to 03:00 comes twice, and each local time runs once.
    assert_eq!(
        rows(&job("{ use: Nights }"), "2026-10-25", &[])[0],
        "01:00 J Nights named by the rule; also at 01:30, 02:00, 02:30, 03:00, 03:30, 6 runs"
    );
    assert_eq!(
        rows(&job("{ use: Nights }"), "2026-10-26", &[])[0],
        "01:00 J Nights named by the rule; every 30 minutes until 03:30, 6 runs"
    );
}

#[test]
fn two_runs_keep_their_lines_in_the_order_of_time() {
    let twice =
        "{ use: Daily, start: '06:00', recurrence: { recurring_instances: { times: ['18:00'] } } }";
    assert_eq!(
        rows(&job(twice), "2026-12-01", &[]),
        [
            "06:00 J Daily named by the rule",
            NOON,
            "18:00 J Daily named by the rule; further run",
            "3 runs"
        ]
    );
}

#[test]
fn what_is_wrong_with_the_runs_stays_in_their_line() {
    let text = job("{ use: Quarters }").replace(
        "J: { run: null_job,",
        "Rare: { run: null_job, frequencies: [{ use: Never }] }\n      J: { run: null_job, depends_on: [{ requires: { job: Rare, offset_days: 1 } }],",
    );
    assert_eq!(
        rows(&text, "2026-12-01", &[])[0],
        "06:00 J Quarters named by the rule; waits for `Rare` of Wed 2026-12-02, which is later; every 15 minutes until 19:45, \
         56 runs"
    );
}

#[test]
fn all_runs_have_lines_when_they_are_asked_for_and_always_in_the_forms_for_programs() {
    let text = job("{ use: Quarters }");
    let all = rows(&text, "2026-12-01", &["--all-runs"]);
    assert_eq!(all.len(), 58);
    assert_eq!(
        all[..2],
        [
            "06:00 J Quarters named by the rule".to_owned(),
            "06:15 J Quarters named by the rule; further run".to_owned()
        ]
    );
    let day = folder(&text);
    let line = ["forecast", "day.yaml", "--from", "2026-12-01", "--days", "1", "--output"];
    let of = |form| run(day.path(), &[&line[..], &[form]].concat()).1;
    assert_eq!(of("json").lines().count(), 57);
    assert_eq!(of("ical").matches("BEGIN:VEVENT").count(), 57);
}
