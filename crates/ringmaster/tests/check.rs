//! `ringmaster check`: what goes wrong although every definition is right.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{DAY, folder, run};

/// Two jobs that wait for each other, and one that waits for nobody who is there.
const LOOP: &str = "\
frequencies:
  Mondays: { when: { all_weeks: { days: [mon] } } }
  Tuesdays: { when: { all_weeks: { days: [tue] } } }
schedules:
  S:
    jobs:
      A: { run: null_job, frequencies: [{ use: Mondays }], depends_on: [{ requires: { job: B } }] }
      B: { run: null_job, frequencies: [{ use: Mondays }], depends_on: [{ requires: { job: A } }] }
      C: { run: null_job, frequencies: [{ use: Tuesdays }], depends_on: [{ requires: { job: A } }] }
";

/// A loop through two schedules, a job of a third that is never built, and a schedule without findings.
const THREE: &str = "\
frequencies:
  Mondays: { when: { all_weeks: { days: [mon] } } }
schedules:
  First:
    frequencies: [{ use: Mondays }]
    jobs:
      A: { run: null_job, depends_on: [{ requires: { schedule: Second, job: B } }] }
  Second:
    frequencies: [{ use: Mondays }]
    jobs:
      B: { run: null_job, depends_on: [{ requires: { schedule: First, job: A } }] }
  Third:
    instances: { named: [ONE, TWO] }
    multi_instance: true
    jobs:
      C: { run: null_job }
  Right:
    frequencies: [{ use: Mondays }]
    jobs:
      D: { run: null_job }
";

#[test]
fn a_loop_is_shown_whole_and_ends_with_1() {
    let day = folder(LOOP);
    let (code, out, err) = run(
        day.path(),
        &["check", "day.yaml", "--from", "2026-11-02", "--days", "14", "--output", "json"],
    );
    assert_eq!((code, err.as_str()), (1, ""));
    let entries: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        entries,
        serde_json::json!([
          {
            "file": "day.yaml",
            "line": 7,
            "column": 7,
            "path": "schedules.S.jobs.A",
            "severity": "error",
            "message": "a loop, on 2 dates, the first Mon 2026-11-02: `A` waits for `B` waits for `A`"
          },
          {
            "file": "day.yaml",
            "line": 9,
            "column": 93,
            "path": "schedules.S.jobs.C.depends_on[0].requires.job",
            "severity": "error",
            "message": "`A` is required but is not built on any of the 2 dates of this job: there this job waits for ever; use the type `after` if it may be missing"
          }
        ])
    );
    let (code, out, err) =
        run(day.path(), &["check", "day.yaml", "--from", "2026-11-02", "--days", "14"]);
    assert_eq!((code, out.as_str()), (1, "day.yaml: 14 days from 2026-11-02: 2 errors\n"));
    assert!(err.contains("--> day.yaml:7:7"), "{err}");
}

#[test]
fn a_check_of_some_schedules_shows_their_findings_and_counts_the_others() {
    let day = folder(THREE);
    let check = |more: &str| {
        let line = "check day.yaml --from 2026-11-02 --days 7";
        let (code, out, err) =
            run(day.path(), &line.split(' ').chain(more.split_whitespace()).collect::<Vec<_>>());
        let titles = |line: &&str| line.starts_with("error") || line.starts_with("warning");
        let kinds = err.lines().filter(titles).map(|line| line.split(':').next().unwrap());
        (
            code,
            out.replace("day.yaml: 7 days from 2026-11-02", ""),
            kinds.collect::<Vec<_>>().join(" "),
        )
    };
    let said = |code: i32, out: &str, kinds: &str| (code, format!("{out}\n"), kinds.to_owned());
    assert_eq!(check(""), said(1, ": 1 error, 1 warning", "error warning"));
    // The loop stands at the job of the first schedule, and goes through the second one too.
    for name in ["First", "Second"] {
        let line = format!(" in `{name}`: 1 error; 1 finding of other schedules not shown");
        assert_eq!(check(&format!("--schedule {name}")), said(1, &line, "error"));
    }
    for name in ["Third", "Third_TWO", "Third_ONE --schedule Third"] {
        assert_eq!(
            check(&format!("--schedule {name}")),
            said(0, " in `Third`: 1 warning; 1 finding of other schedules not shown", "warning")
        );
    }
    assert_eq!(
        check("--schedule Right"),
        said(
            0,
            " in `Right`: no loop, no missing predecessor, no job that never runs; 2 findings of other schedules not shown",
            ""
        )
    );
    assert_eq!(
        check("--schedule Third --schedule First"),
        said(1, " in `First`, `Third`: 1 error, 1 warning", "error warning")
    );
    let entries = |name: &str| {
        let line =
            ["check", "day.yaml", "--from", "2026-11-02", "--output", "json", "--schedule", name];
        let (code, out, _) = run(day.path(), &line);
        (code, out.matches("\"message\"").count())
    };
    assert_eq!((entries("Second"), entries("Right")), ((1, 1), (0, 0)));
    let (code, _, err) = run(day.path(), &["check", "day.yaml", "--schedule", "Secnod"]);
    assert_eq!(
        (code, err.as_str()),
        (3, "ringmaster: there is no schedule `Secnod`; did you mean `Second`?\n")
    );
}

#[test]
fn a_check_without_findings_says_so() {
    let day = folder(DAY);
    assert_eq!(
        run(day.path(), &["check", "day.yaml", "--from", "2026-11-02"]),
        (
            0,
            "day.yaml: 365 days from 2026-11-02: no loop, no missing predecessor, no job that never runs\n".to_owned(),
            String::new()
        )
    );
}

#[test]
fn the_last_date_is_one_of_those_that_are_looked_at() {
    let day = folder(DAY);
    let of = |line: &str| {
        let (code, out, err) = run(day.path(), &line.split(' ').collect::<Vec<_>>());
        (code, if code == 0 { out } else { err })
    };
    for command in ["check", "forecast"] {
        let by_days = of(&format!("{command} day.yaml --from 2026-12-24 --days 5"));
        assert_eq!(by_days, of(&format!("{command} day.yaml --from 2026-12-24 --to 2026-12-28")));
        assert_eq!(by_days.0, 0);
        assert_eq!(
            of(&format!("{command} day.yaml --from 2026-12-24 --days 1")),
            of(&format!("{command} day.yaml --from 2026-12-24 --to 2026-12-24")),
        );
        for (dates, expected) in [
            (
                "--from 2026-12-24 --to 2026-12-23",
                "--to 2026-12-23 is before 2026-12-24, the first date",
            ),
            (
                "--from 2026-12-24 --to 2126-12-25",
                "from 2026-12-24 to 2126-12-25 are more than 36525 days: give an earlier --to",
            ),
        ] {
            assert_eq!(
                of(&format!("{command} day.yaml {dates}")),
                (1, format!("ringmaster: {expected}\n"))
            );
        }
        let (code, text) = of(&format!("{command} day.yaml --to 2000-01-01"));
        assert!(
            code == 1
                && text.contains("--to 2000-01-01 is before 20")
                && text.ends_with(", today: give --from too\n"),
            "{text}"
        );
    }
    let longest = of("check day.yaml --from 2026-12-24 --to 2126-12-23");
    assert!(longest.0 == 0 && longest.1.contains(": 36,524 days from"), "{longest:?}");
}
