//! The demo's business day, as a reader of the README tries it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the program in the project's folder; what it prints, which must be all that there is to say.
fn printed(line: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "the program under test")]
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringmaster"));
    command.args(line.split_whitespace()).current_dir(root()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && errors.is_empty(), "ringmaster {line}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The number before a word, as in `54 jobs`.
fn number(text: &str, word: &str) -> u32 {
    let words: Vec<&str> = text.split([' ', ',', ':']).collect();
    let at =
        words.iter().position(|each| *each == word).unwrap_or_else(|| panic!("{word}: {text}"));
    words[at - 1].parse().unwrap()
}

#[test]
fn the_demo_day_is_right_and_large_enough() {
    let text = printed("validate demo/");
    assert!(text.ends_with(": no mistake\n"), "{text}");
    assert!(number(&text, "jobs") >= 40, "{text}");
    // One of the schedules is a subschedule, which has no day of its own.
    assert!(number(&text, "schedules") > 5, "{text}");
}

#[test]
fn nothing_of_the_demo_day_waits_for_ever_or_never_runs() {
    // Two stretches of two years, with every kind of turn of the year and a leap day.
    for from in ["2026-11-22", "2031-01-01"] {
        let text = printed(&format!("check demo/ --from {from} --days 730"));
        let clean = "no loop, no missing predecessor, no job that never runs";
        assert_eq!(text, format!("demo/: 730 days from {from}: {clean}\n"));
    }
}

/// Runs of a day as `schedule/job start`, by the job's time zone.
fn runs(from: &str, days: u32) -> Vec<(String, String, String)> {
    let text = printed(&format!("forecast demo/ --from {from} --days {days} --output json"));
    let run = |line: &str| {
        let run: Value = serde_json::from_str(line).unwrap();
        if run["what"] != "run" {
            return None;
        }
        let text = |field: &str| run[field].as_str().unwrap().to_owned();
        let name = format!("{}/{}", text("schedule"), text("job"));
        Some((text("date"), name, text("expected_start")))
    };
    text.lines().filter_map(run).collect()
}

#[test]
fn policies_are_opened_at_six_on_each_weekday_that_is_no_holiday() {
    // Christmas is a Friday and a Saturday.
    let opened: Vec<(String, String)> = runs("2026-12-21", 10)
        .into_iter()
        .filter(|(_, name, _)| name == "Day start/Open policies")
        .map(|(date, _, start)| (date, start))
        .collect();
    let expected = ["21", "22", "23", "24", "28", "29", "30"]
        .map(|day| (format!("2026-12-{day}"), format!("2026-12-{day}T05:00:00Z")));
    assert_eq!(opened, expected);
}

#[test]
fn a_year_has_every_schedule_with_the_subschedule_in_both_containers() {
    let all = runs("2027-01-01", 365);
    for schedule in [
        "Day start",
        "Claims",
        "Billing",
        "Night",
        "Night_Load Amsterdam[Branch load]",
        "Night_Load Utrecht[Branch load]",
        "Period end",
        "Regions_NORTH",
        "Regions_SOUTH",
        "Housekeeping",
    ] {
        let prefix = format!("{schedule}/");
        assert!(all.iter().any(|(_, name, _)| name.starts_with(&prefix)), "{schedule}");
    }
    let ends = |name: &str| all.iter().filter(|(_, found, _)| found == name).count();
    assert_eq!(ends("Period end/Month report"), 12);
    assert_eq!(ends("Period end/Quarter report"), 4);
    assert_eq!(ends("Period end/Annual statement"), 1);
    // The full backup takes the daily one's place, twelve times.
    let daily = ends("Night/Daily backup_LOCAL");
    assert_eq!(daily + ends("Night/Full backup"), ends("Night/Night end"));
    assert_eq!(ends("Night/Full backup"), 12);
}

#[test]
fn the_demo_uses_every_kind_of_frequency() {
    let text = std::fs::read_to_string(root().join("demo/schedules/common.yaml")).unwrap();
    for kind in [
        "all_weeks",
        "odd_weeks",
        "even_weeks",
        "on_occurrence",
        "on_day",
        "on_intervals",
        "on_request",
        "annual_plan",
        "begin_of_period",
        "end_of_period",
        "mid_of_period",
        "cron",
    ] {
        assert!(text.contains(&format!("\n      {kind}:\n")), "{kind}");
    }
}
