//! `ringmaster forecast`: what it prints for people, for programs and for calendars.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use serde_json::Value;
use support::{DAY, folder, run};

/// The week of Christmas: a holiday, and the first start after midnight.
const WEEK: [&str; 6] = ["forecast", "day.yaml", "--from", "2026-12-24", "--days", "5"];

fn forecast(text: &str, more: &[&str]) -> (i32, String, String) {
    let day = folder(text);
    let line: Vec<&str> = WEEK.iter().chain(more).copied().collect();
    run(day.path(), &line)
}

#[test]
fn the_table_has_a_line_for_each_run_in_its_order() {
    let (code, out, err) = forecast(DAY, &[]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(
        out,
        r"DATE           START   SCHEDULE  JOB       FREQUENCY WHY
Thu 2026-12-24 22:00   Nightly   Load      Workdays  named by the rule
Thu 2026-12-24 00:30+1 Nightly   Report    Workdays  named by the rule
Mon 2026-12-28 06:00   Day       Load      Poll      named by the rule
Mon 2026-12-28 18:00   Day       Load      Poll      named by the rule; further run
Mon 2026-12-28 22:00   Nightly   Load      Workdays  named by the rule
Mon 2026-12-28 00:30+1 Nightly   Report    Workdays  named by the rule
"
    );
}

#[test]
fn one_job_is_shown_with_what_was_moved_or_dropped() {
    let text = DAY.replace("fri] }", "fri], aobn: not_scheduled }");
    let (code, out, err) = forecast(&text, &["--job", "Nightly/Load"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(
        out,
        r"Load of Nightly, times in Europe/Zurich: 2 runs

DATE           START              FREQUENCY WHY
Thu 2026-12-24 22:00   runs       Workdays  named by the rule
Fri 2026-12-25         dropped    Workdays  no working day, not scheduled then
Mon 2026-12-28 22:00   runs       Workdays  named by the rule
"
    );
}

#[test]
fn json_has_an_object_on_each_line() {
    let (code, out, err) = forecast(DAY, &["--output", "json", "--job", "Report"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let runs: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        Value::from(runs),
        serde_json::json!([
                {
                        "date": "2026-12-24",
                        "expected_start": "2026-12-24T23:30:00Z",
                        "time_zone": "Europe/Zurich",
                        "schedule": "Nightly",
                        "job": "Report",
                        "frequency": "Workdays",
                        "why": "named by the rule",
                        "further": false,
                        "latest_start": null,
                        "expected_end": "2026-12-24T23:31:00Z"
                },
                {
                        "date": "2026-12-28",
                        "expected_start": "2026-12-28T23:30:00Z",
                        "time_zone": "Europe/Zurich",
                        "schedule": "Nightly",
                        "job": "Report",
                        "frequency": "Workdays",
                        "why": "named by the rule",
                        "further": false,
                        "latest_start": null,
                        "expected_end": "2026-12-28T23:31:00Z"
                }
        ])
    );
}

#[test]
fn all_forms_have_the_same_runs() {
    let table = forecast(DAY, &[]).1;
    let json = forecast(DAY, &["--output", "json"]).1;
    let ical = forecast(DAY, &["--output", "ical"]).1;
    let runs = json.lines().count();
    assert_eq!(runs, 6);
    assert_eq!(table.lines().count(), runs + 1, "a head and a line for each");
    assert_eq!(ical.matches("BEGIN:VEVENT").count(), runs);
}

/// What a calendar program reads: lines of at most 75 bytes that go on where one begins with a blank.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.strip_suffix("\r\n").unwrap().split("\r\n") {
        assert!(line.len() <= 75 && !line.contains('\n'), "{line}");
        match line.strip_prefix(' ') {
            Some(rest) => lines.last_mut().unwrap().push_str(rest),
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

#[test]
fn a_calendar_has_an_event_for_each_run() {
    let text =
        DAY.replace("Report:", "A report with a long name and signs - é ü 中文 - that is folded:");
    let (code, out, err) = forecast(&text, &["--output", "ical"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let lines = unfolded(&out);
    assert_eq!(
        lines[..3],
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Ringmaster//forecast//EN"]
    );
    assert_eq!(lines.last().unwrap(), "END:VCALENDAR");
    let events: Vec<&[String]> = lines.split(|line| line == "BEGIN:VEVENT").skip(1).collect();
    let mut ids = Vec::new();
    for event in &events {
        let value = |name: &str| {
            event
                .iter()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .map(str::to_owned)
        };
        let start = value("DTSTART").unwrap();
        assert!(start.ends_with('Z') && value("SUMMARY").is_some() && value("DTSTAMP").is_some());
        // An end lies after the start.
        assert!(value("DTEND").is_none_or(|end| end > start), "{event:?}");
        ids.push(value("UID").unwrap());
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), events.len(), "every event has an id of its own");
    assert!(
        lines.iter().any(|line| line
            == "SUMMARY:A report with a long name and signs - é ü 中文 - that is folded (Nightly)"),
        "{lines:#?}"
    );
    // The same run has the same id in a forecast of other dates.
    let day = folder(&text);
    let other = run(
        day.path(),
        &["forecast", "day.yaml", "--from", "2026-12-20", "--days", "20", "--output", "ical"],
    )
    .1;
    let other = unfolded(&other);
    assert!(ids.iter().all(|id| other.contains(&format!("UID:{id}"))));
}

#[test]
fn a_calendar_without_runs_is_a_calendar() {
    let (code, out, err) = forecast("schedules: {}\n", &["--output", "ical"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(
        unfolded(&out),
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Ringmaster//forecast//EN",
            "CALSCALE:GREGORIAN",
            "END:VCALENDAR"
        ]
    );
}

#[test]
fn dates_without_runs_are_said() {
    assert_eq!(
        forecast("schedules: {}\n", &[]),
        (0, "nothing is planned on these dates\n".to_owned(), String::new())
    );
    assert_eq!(
        forecast("schedules: {}\n", &["--output", "json"]),
        (0, String::new(), String::new())
    );
}

#[test]
fn a_job_is_named_so_that_one_is_meant() {
    for (job, expected) in [
        ("Load", "2 jobs are called `Load`: name the schedule too, as in Nightly/Load, Day/Load"),
        ("Raport", "there is no job `Raport`; did you mean `Report`?"),
        ("Nightly/Raport", "there is no job `Nightly/Raport`; did you mean `Nightly/Report`?"),
        ("Completely other", "there is no job `Completely other`"),
    ] {
        assert_eq!(
            forecast(DAY, &["--job", job]),
            (1, String::new(), format!("ringmaster: {expected}\n"))
        );
    }
    assert_eq!(
        forecast(DAY, &["--schedule", "Nigthly"]),
        (
            1,
            String::new(),
            "ringmaster: there is no schedule `Nigthly`; did you mean `Nightly`?\n".to_owned()
        )
    );
}

#[test]
fn one_schedule_alone_has_its_runs() {
    let all = forecast(DAY, &["--output", "json"]).1;
    let of = |name: &str| forecast(DAY, &["--output", "json", "--schedule", name]).1;
    let mut both: Vec<String> = [of("Nightly"), of("Day")]
        .iter()
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let mut all: Vec<String> = all.lines().map(str::to_owned).collect();
    both.sort_unstable();
    all.sort_unstable();
    assert_eq!(both, all);
}
