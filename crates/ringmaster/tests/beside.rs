//! A file of a folder that is read alone.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;

use support::{DAY, folder, run, run_with};

/// Needs a frequency and a calendar of the other file twice, and a calendar that nobody has.
const ALONE: &str = "\
schedules:
  Other:
    additional_holidays: [Nowhere]
    jobs:
      A: { run: null_job, frequencies: [{ use: Workdays }, { use: Month end }] }
      B: { run: null_job, frequencies: [{ use: Workdays }], depends_on: [{ after: { schedule: Nightly, job: Load } }] }
";

const HINT: &str = "other files of . define 3 of the names that are missing here: give the folder, ., instead of the file";

#[test]
fn names_that_the_folder_defines_are_counted_once_each_and_the_folder_is_named() {
    let day = folder(DAY);
    fs::write(day.path().join("alone.yaml"), ALONE).unwrap();
    let (code, out, err) = run(day.path(), &["validate", "alone.yaml"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.ends_with(&format!("alone.yaml: 1 file, 5 mistakes\n{HINT}\n")), "{err}");
    let file = day.path().join("alone.yaml");
    let (_, _, err) = run(day.path(), &["validate", file.to_str().unwrap()]);
    let whole = HINT.replace(" .", &format!(" {}", day.path().display()));
    assert!(err.ends_with(&format!("{whole}\n")), "{err}");
    for command in ["check", "forecast"] {
        let (code, out, err) = run(day.path(), &[command, "alone.yaml"]);
        assert_eq!((code, out.as_str()), (1, ""));
        assert!(err.contains(&format!("{HINT}\nringmaster: 5 mistakes in alone.yaml")), "{err}");
    }
    // What the hint says is so.
    let (_, _, err) = run(day.path(), &["validate", "."]);
    assert!(err.ends_with(".: 2 files, 1 mistake\n"), "{err}");
}

#[test]
fn there_is_no_hint_where_the_folder_does_not_define_what_is_missing() {
    let day = folder("frequencies: { Workday: { when: { all_weeks: { days: [mon] } } } }\n");
    fs::write(day.path().join("alone.yaml"), ALONE).unwrap();
    // Neither files that are none of definitions nor hidden ones, nor what lies deeper or cannot be read.
    fs::write(day.path().join("day.txt"), DAY).unwrap();
    fs::write(day.path().join(".day.yaml"), DAY).unwrap();
    fs::create_dir(day.path().join("below")).unwrap();
    fs::write(day.path().join("below/day.yaml"), DAY).unwrap();
    fs::write(day.path().join("broken.yaml"), "a: [").unwrap();
    nix::unistd::mkfifo(&day.path().join("pipe.yaml"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let (code, _, err) = run(day.path(), &["validate", "alone.yaml"]);
    assert!(code == 1 && err.ends_with("alone.yaml: 1 file, 5 mistakes\n"), "{err}");
    fs::write(day.path().join("day.yaml"), DAY).unwrap();
    let (code, _, err) = run_with(day.path(), &["validate", "-"], ALONE);
    assert!(code == 1 && err.ends_with("-: 1 file, 5 mistakes\n"), "{err}");
    // For programs there is the list alone.
    let (code, _, err) = run(day.path(), &["validate", "alone.yaml", "--output", "json"]);
    assert_eq!((code, err.as_str()), (1, ""));
}
