//! `ringmaster forecast` of some jobs or schedules, by all names that it prints.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use serde_json::Value;
use support::{folder, run};

/// Instances of a schedule, copies of a job, and a subschedule in two containers, one of which has copies.
const SITE: &str = "\
frequencies: { Daily: { when: { all_weeks: { days: [mon, tue, wed, thu, fri, sat, sun] } } } }
agents:
  A1: { connection: { command: {} } }
  A2: { connection: { command: {} } }
machine_groups: { Both: { agents: [A1, A2] } }
schedules:
  Regions:
    auto_build: {}
    multi_instance: true
    instances: { named: [NORTH, SOUTH] }
    frequencies: [{ use: Daily }]
    jobs:
      Load: { run: null_job }
      Inside: { run: { container: { schedule: Sub } } }
  Night:
    auto_build: {}
    frequencies: [{ use: Daily }]
    jobs:
      Backup: { run: { command: { line: echo } }, runs_on: { each_of: Both } }
      Load: { run: null_job }
      Copied: { run: { container: { schedule: Sub } }, instances: [{ N: one }, { N: two }] }
  Sub:
    subschedule: true
    frequencies: [{ use: Daily }]
    jobs:
      Core: { run: null_job }
";

fn forecast(text: &str, more: &[&str]) -> (i32, String, String) {
    let day = folder(text);
    let line = ["forecast", "day.yaml", "--from", "2026-12-24", "--days", "1"];
    run(day.path(), &[&line[..], more].concat())
}

/// Schedule and job of each row, sorted.
fn rows(text: &str, more: &[&str]) -> Vec<String> {
    let (code, out, err) = forecast(text, &[more, &["--output", "json"]].concat());
    assert_eq!((code, err.as_str()), (0, ""));
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let what = if row["what"] == "run" { "" } else { row["what"].as_str().unwrap() };
        format!("{what}{}/{}", row["schedule"].as_str().unwrap(), row["job"].as_str().unwrap())
    };
    let mut rows: Vec<String> = out.lines().map(row).collect();
    rows.sort_unstable();
    rows
}

#[test]
fn every_run_is_found_by_the_names_with_which_it_is_printed() {
    let all = rows(SITE, &[]);
    assert_eq!(
        all,
        [
            "Night/Backup_A1",
            "Night/Backup_A2",
            "Night/Copied_one",
            "Night/Copied_two",
            "Night/Load",
            "Night_Copied_one[Sub]/Core",
            "Night_Copied_two[Sub]/Core",
            "Regions_NORTH/Inside",
            "Regions_NORTH/Load",
            "Regions_NORTH_Inside[Sub]/Core",
            "Regions_SOUTH/Inside",
            "Regions_SOUTH/Load",
            "Regions_SOUTH_Inside[Sub]/Core",
        ]
    );
    for row in &all {
        assert_eq!(rows(SITE, &["--job", row]), [row.as_str()]);
        let schedule = row.split_once('/').unwrap().0;
        let inside = format!("{schedule}_");
        let is_in = |other: &&String| {
            other.starts_with(&format!("{schedule}/")) || other.starts_with(&inside)
        };
        let expected: Vec<&String> = all.iter().filter(is_in).collect();
        assert_eq!(rows(SITE, &["--schedule", schedule]).iter().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn the_name_of_a_definition_is_all_of_its_instances_and_copies() {
    assert_eq!(rows(SITE, &["--job", "Backup"]), ["Night/Backup_A1", "Night/Backup_A2"]);
    assert_eq!(rows(SITE, &["--job", "Backup_A2"]), ["Night/Backup_A2"]);
    assert_eq!(
        rows(SITE, &["--job", "Regions/Load"]),
        ["Regions_NORTH/Load", "Regions_SOUTH/Load"]
    );
    assert_eq!(rows(SITE, &["--job", "Core"]).len(), 4);
    assert_eq!(rows(SITE, &["--schedule", "Sub"]).len(), 4);
}

#[test]
fn several_jobs_or_schedules_are_shown_together() {
    assert_eq!(
        rows(SITE, &["--job", "Regions_SOUTH/Load", "--job", "Backup_A1", "--job", "Night/Load"]),
        ["Night/Backup_A1", "Night/Load", "Regions_SOUTH/Load"]
    );
    assert_eq!(
        rows(SITE, &["--schedule", "Regions_SOUTH", "--schedule", "Night_Copied_one[Sub]"]),
        [
            "Night_Copied_one[Sub]/Core",
            "Regions_SOUTH/Inside",
            "Regions_SOUTH/Load",
            "Regions_SOUTH_Inside[Sub]/Core"
        ]
    );
    assert_eq!(rows(SITE, &["--schedule", "Regions", "--schedule", "Night"]), rows(SITE, &[]));
}

#[test]
fn what_was_excluded_is_shown_with_the_instance_that_is_asked_for() {
    let text = SITE.replace(
        "      Load: { run: null_job }\n      Copied",
        "      Load: { run: null_job, depends_on: [{ excludes: { job: Copied } }] }\n      Copied",
    );
    // Both copies of the container are gone, and with each what is in it.
    let gone = ["excludedNight_Copied[Sub]/Core"; 2];
    for name in ["Night_Copied_one[Sub]", "Night_Copied_two[Sub]"] {
        assert_eq!(rows(&text, &["--schedule", name]), gone);
        assert_eq!(rows(&text, &["--job", &format!("{name}/Core")]), gone);
    }
    assert_eq!(
        rows(&text, &["--schedule", "Regions_NORTH_Inside[Sub]"]),
        ["Regions_NORTH_Inside[Sub]/Core"]
    );
}

#[test]
fn a_name_that_is_none_is_answered_with_the_nearest_printed_one() {
    for (option, name, expected) in [
        ("--job", "Backup_A3", "there is no job `Backup_A3`; did you mean `Backup_A1`?"),
        (
            "--job",
            "Regions_NORD/Load",
            "there is no job `Regions_NORD/Load`; did you mean `Regions_NORTH/Load`?",
        ),
        (
            "--job",
            "Load",
            "2 jobs are called `Load`: name the schedule too, as in Regions/Load, Night/Load",
        ),
        (
            "--schedule",
            "Regions_NORD",
            "there is no schedule `Regions_NORD`; did you mean `Regions_NORTH`?",
        ),
        ("--schedule", "Night_Load[Sub]", "there is no schedule `Night_Load[Sub]`"),
    ] {
        let code = if expected.starts_with("there is no") { 3 } else { 1 };
        assert_eq!(
            forecast(SITE, &[option, name]),
            (code, String::new(), format!("ringmaster: {expected}\n"))
        );
    }
}
