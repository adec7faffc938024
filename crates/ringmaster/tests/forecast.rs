//! `ringmaster forecast`: what it prints for people, for programs and for calendars.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use serde_json::Value;
use support::{DAY, folder, run};

/// The week of Christmas: a holiday, and the first start after midnight.
const WEEK: [&str; 4] = ["forecast", "day.yaml", "--from", "2026-12-24"];

fn forecast(text: &str, more: &[&str]) -> (i32, String, String) {
    let day = folder(text);
    let days: &[&str] = if more.contains(&"--days") { &[] } else { &["--days", "5"] };
    let line: Vec<&str> = WEEK.iter().chain(days).chain(more).copied().collect();
    run(day.path(), &line)
}

#[test]
fn the_table_has_a_line_for_each_run_in_its_order() {
    let (code, out, err) = forecast(DAY, &[]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(
        out,
        r"Times in Europe/Zurich.
Built by hand or by an event only, having no `auto_build`: Nightly, Day.

DATE           START   SCHEDULE  JOB       FREQUENCY WHY
Thu 2026-12-24 22:00   Nightly   Load      Workdays  named by the rule
Thu 2026-12-24 00:30+1 Nightly   Report    Workdays  named by the rule
Mon 2026-12-28 06:00   Day       Load      Poll      named by the rule
Mon 2026-12-28 18:00   Day       Load      Poll      named by the rule; further run
Mon 2026-12-28 22:00   Nightly   Load      Workdays  named by the rule
Mon 2026-12-28 00:30+1 Nightly   Report    Workdays  named by the rule

6 runs
"
    );
}

#[test]
fn what_was_dropped_has_a_line_with_the_reason() {
    let text = DAY.replace("fri] }", "fri], aobn: not_scheduled }");
    let (code, out, err) = forecast(&text, &["--job", "Nightly/Load"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(
        out,
        r"Times in Europe/Zurich.
Built by hand or by an event only, having no `auto_build`: Nightly.

DATE           START   SCHEDULE  JOB       FREQUENCY WHY
Thu 2026-12-24 22:00   Nightly   Load      Workdays  named by the rule
Fri 2026-12-25 -       Nightly   Load      Workdays  dropped: no working day, not scheduled then
Mon 2026-12-28 22:00   Nightly   Load      Workdays  named by the rule

2 runs, 1 dropped, taken away or excluded
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
                        "what": "run",
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
                        "what": "run",
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

/// The week with a date that is dropped.
fn with_a_dropped_date(more: &[&str]) -> String {
    forecast(&DAY.replace("fri] }", "fri], aobn: not_scheduled }"), more).1
}

#[test]
fn all_forms_have_the_same_rows() {
    let table = with_a_dropped_date(&[]);
    let json = with_a_dropped_date(&["--output", "json"]);
    let ical = with_a_dropped_date(&["--output", "ical"]);
    let dropped = json.matches(r#"{"what":"dropped","date":"2026-12-25","expected_start":null,"#);
    assert_eq!((json.lines().count(), dropped.count()), (8, 2), "{json}");
    let rows = table.lines().filter(|line| line.contains(" 2026-12-"));
    assert_eq!(rows.count(), 8, "{table}");
    assert_eq!(ical.matches("BEGIN:VEVENT").count(), 8);
    assert_eq!(ical.matches("DTSTART;VALUE=DATE:20261225\r\nSTATUS:CANCELLED\r\n").count(), 2);
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
        (
            "Load",
            (1, "2 jobs are called `Load`: name the schedule too, as in Nightly/Load, Day/Load"),
        ),
        ("Raport", (3, "there is no job `Raport`; did you mean `Report`?")),
        ("Nightly/Raport", (3, "there is no job `Nightly/Raport`; did you mean `Nightly/Report`?")),
        ("Completely other", (3, "there is no job `Completely other`")),
    ] {
        let (code, expected) = expected;
        assert_eq!(
            forecast(DAY, &["--job", job]),
            (code, String::new(), format!("ringmaster: {expected}\n"))
        );
    }
    assert_eq!(
        forecast(DAY, &["--schedule", "Nigthly"]),
        (
            3,
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

/// A schedule whose jobs wait for another one, whose job excludes one of them, and a subschedule.
const TIED: &str = "\
frequencies: { Daily: { when: { all_weeks: { days: [mon, tue, wed, thu, fri, sat, sun] } } } }
schedules:
  First:
    frequencies: [{ use: Daily }]
    jobs:
      Slow: { run: null_job, depends_on: [{ excludes: { schedule: Second, job: Out } }] }
  Second:
    frequencies: [{ use: Daily, start: 06:00, recurrence: { recurring_instances: { times: [06:30, 12:00] } } }]
    jobs:
      Out: { run: null_job }
      In: { run: { container: { schedule: Inner } }, depends_on: [{ after: { schedule: First, job: Long } }] }
  Inner:
    subschedule: true
    frequencies: [{ use: Daily }]
    jobs:
      Core: { run: null_job }
";

#[test]
fn one_schedule_is_shown_as_it_is_among_all() {
    let text = TIED.replace(
        "    jobs:\n      Slow",
        "    jobs:\n      Long: { run: null_job, frequencies: [] }\n      Slow",
    );
    let text = text.replacen("[{ use: Daily }]", "[{ use: Daily, estimated_run_minutes: 600 }]", 1);
    let of = |schedule: &str| {
        let out = forecast(&text, &["--days", "1", "--output", "json", "--schedule", schedule]).1;
        let rows = out.lines().map(|line| serde_json::from_str(line).unwrap());
        let rows: Vec<Value> = rows.collect();
        rows.iter()
            .map(|row| {
                format!(
                    "{} {}/{} {}",
                    row["what"], row["schedule"], row["job"], row["expected_start"]
                )
                .replace('"', "")
            })
            .collect::<Vec<_>>()
    };
    // The other schedule is waited for until ten, so the run of half past six is the first one.
    let inner = "run Second_In[Inner]/Core 2026-12-24T10:00:00Z";
    assert_eq!(
        of("Second"),
        [
            "run Second/In 2026-12-24T10:00:00Z",
            inner,
            "run Second/In 2026-12-24T12:00:00Z",
            "excluded Second/Out null",
        ]
    );
    assert_eq!(of("Inner"), [inner]);
}

#[test]
fn what_will_not_go_well_is_said_and_every_run_has_its_own_end() {
    let text = "\
frequencies:
  Daily: { when: { all_weeks: { days: [mon, tue, wed, thu, fri, sat, sun] } } }
  Never: { when: { on_day: { day: 30 } } }
schedules:
  S:
    jobs:
      Rare: { run: null_job, frequencies: [{ use: Never }] }
      Stuck: { run: null_job, frequencies: [{ use: Daily }], depends_on: [{ requires: { job: Rare } }] }
      Behind: { run: null_job, frequencies: [{ use: Daily }], depends_on: [{ after: { job: Stuck } }] }
      Again: { run: null_job, frequencies: [{ use: Daily }], depends_on: [{ requires: { job: Rare, offset_days: -1 } }] }
      Ahead: { run: null_job, frequencies: [{ use: Daily }], depends_on: [{ requires: { job: Long, offset_days: 1 } }] }
      Long: { run: null_job, frequencies: [{ use: Daily, start: 01:00, estimated_run_minutes: 120 }] }
      Late: { run: null_job, frequencies: [{ use: Daily, start: 02:00, latest_start: 02:30 }], depends_on: [{ requires: { job: Long } }] }
      Twice:
        run: null_job
        frequencies: [{ use: Daily, start: 05:00, estimated_run_minutes: 10, recurrence: { recurring_instances: { times: [07:00] } } }]
";
    let (code, out, err) = forecast(text, &["--days", "1", "--output", "json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let of = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| row[field].as_str().unwrap_or("-").to_owned();
        format!("{} {} to {}: {}", text("what"), text("job"), text("expected_end"), text("why"))
    };
    assert_eq!(
        out.lines().map(of).collect::<Vec<_>>(),
        [
            "waits Stuck to -: named by the rule; waits for ever: `Rare` is required and not built",
            "waits Behind to -: named by the rule; waits for ever for `Stuck`, which waits too",
            "waits Again to -: named by the rule; waits for ever: `Rare` of Wed 2026-12-23 is required and not built",
            "run Ahead to 2026-12-24T00:01:00Z: named by the rule; waits for `Long` of Fri 2026-12-25, which is later",
            "run Long to 2026-12-24T03:00:00Z: named by the rule",
            "run Late to 2026-12-24T03:01:00Z: named by the rule; expected to miss its latest start",
            "run Twice to 2026-12-24T05:10:00Z: named by the rule",
            "run Twice to 2026-12-24T07:10:00Z: named by the rule; further run",
        ]
    );
}

#[test]
fn what_waits_for_ever_has_no_start_and_is_counted() {
    let text = "\
frequencies:
  Daily: { when: { all_weeks: { days: [mon, tue, wed, thu, fri, sat, sun] } } }
  Never: { when: { on_day: { day: 30 } } }
schedules:
  S:
    jobs:
      Rare: { run: null_job, frequencies: [{ use: Never }] }
      Stuck: { run: null_job, frequencies: [{ use: Daily }], depends_on: [{ requires: { job: Rare } }] }
      Goes: { run: null_job, frequencies: [{ use: Daily }] }
";
    let (code, out, _) = forecast(text, &["--days", "1"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(code, 0);
    assert!(
        lines.iter().any(|line| line.starts_with("Thu 2026-12-24 never   S         Stuck")),
        "{out}"
    );
    assert_eq!(lines.last(), Some(&"1 run, 1 that will wait for ever"));
    let (_, ical, _) = forecast(text, &["--days", "1", "--output", "ical"]);
    assert_eq!(ical.matches("STATUS:TENTATIVE").count(), 1, "{ical}");
}

#[test]
fn what_is_excluded_in_a_container_is_shown_with_that_container() {
    let text = "\
frequencies: { Daily: { when: { all_weeks: { days: [mon, tue, wed, thu, fri, sat, sun] } } } }
schedules:
  A:
    frequencies: [{ use: Daily }]
    jobs: { C: { run: { container: { schedule: Sub } } } }
  B:
    frequencies: [{ use: Daily }]
    jobs:
      C: { run: { container: { schedule: Sub } } }
      Z: { run: null_job, depends_on: [{ excludes: { job: C } }] }
  Sub:
    subschedule: true
    frequencies: [{ use: Daily }]
    jobs: { X: { run: null_job } }
";
    let of = |schedule: &str| {
        let out = forecast(text, &["--days", "1", "--output", "json", "--schedule", schedule]).1;
        let row = |line: &str| {
            let row: Value = serde_json::from_str(line).unwrap();
            format!("{} {}/{}", row["what"], row["schedule"], row["job"]).replace('"', "")
        };
        out.lines().map(row).collect::<Vec<_>>()
    };
    assert_eq!(of("A"), ["run A/C", "run A_C[Sub]/X"]);
    assert_eq!(of("B"), ["run B/Z", "excluded B/C", "excluded B_C[Sub]/X"]);
    assert_eq!(of("Sub"), ["run A_C[Sub]/X", "excluded B_C[Sub]/X"]);
}
