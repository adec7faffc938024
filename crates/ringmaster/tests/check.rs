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
