//! What is wrong at many places in the same way.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fmt::Write as _;

use support::{folder, run};

/// Jobs that use the same frequency, which nobody has defined, and one that uses another such.
fn wrong(jobs: usize) -> String {
    let mut text = "schedules:\n  S:\n    jobs:\n".to_owned();
    for number in 0..jobs {
        let _ =
            writeln!(text, "      J{number}: {{ run: null_job, frequencies: [{{ use: Gone }}] }}");
    }
    text.push_str("      Last: { run: null_job, frequencies: [{ use: Other }] }\n");
    text
}

#[test]
fn the_same_mistake_is_shown_once_with_its_first_three_places_and_how_many_more_there_are() {
    let day = folder(&wrong(200));
    let (code, out, err) = run(day.path(), &["validate", "day.yaml"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert_eq!(
        err,
        r"error: no frequency `Gone` is defined
 --> day.yaml:4:49
  |
4 |       J0: { run: null_job, frequencies: [{ use: Gone }] }
  |                                                 ^^^^ schedules.S.jobs.J0.frequencies[0].use
  |
 ::: day.yaml:5:49
  |
5 |       J1: { run: null_job, frequencies: [{ use: Gone }] }
  |                                                 ^^^^ schedules.S.jobs.J1.frequencies[0].use
  |
 ::: day.yaml:6:49
  |
6 |       J2: { run: null_job, frequencies: [{ use: Gone }] }
  |                                                 ^^^^ schedules.S.jobs.J2.frequencies[0].use
  |
  = note: and 197 more places: --all shows each

error: no frequency `Other` is defined
   --> day.yaml:204:51
    |
204 |       Last: { run: null_job, frequencies: [{ use: Other }] }
    |                                                   ^^^^^ schedules.S.jobs.Last.frequencies[0].use

day.yaml: 1 file, 201 mistakes
"
    );
}

#[test]
fn up_to_three_places_leave_nothing_out() {
    let day = folder(&wrong(3));
    let (_, _, err) = run(day.path(), &["validate", "day.yaml"]);
    assert_eq!((err.matches("`Gone`").count(), err.matches(" day.yaml:").count()), (1, 4), "{err}");
    assert!(!err.contains("more place"), "{err}");
    let day = folder(&wrong(4));
    let (_, _, err) = run(day.path(), &["validate", "day.yaml"]);
    assert!(err.contains("= note: and 1 more place: --all shows each\n"), "{err}");
}

#[test]
fn each_place_is_shown_when_all_are_asked_for_and_always_to_programs() {
    let day = folder(&wrong(200));
    let (_, _, err) = run(day.path(), &["validate", "day.yaml", "--all"]);
    assert_eq!(err.matches("error: no frequency `Gone` is defined\n").count(), 200);
    for more in [&[][..], &["--all"]] {
        let line = ["validate", "day.yaml", "--output", "json"];
        let (_, out, _) = run(day.path(), &[&line[..], more].concat());
        assert_eq!(out.matches("\"message\": \"no frequency `Gone` is defined\"").count(), 200);
    }
}

#[test]
fn commands_without_the_option_name_the_one_that_has_it() {
    let day = folder(&wrong(4));
    let (_, _, err) = run(day.path(), &["forecast", "day.yaml"]);
    assert!(err.contains("and 1 more place: `ringmaster validate --all` shows each\n"), "{err}");
    let (_, _, err) = run(day.path(), &["check", "day.yaml"]);
    assert!(err.contains("and 1 more place: --all shows each\n"), "{err}");
    let (_, _, err) = run(day.path(), &["check", "day.yaml", "--all"]);
    assert_eq!(err.matches("no frequency `Gone` is defined").count(), 4, "{err}");
}

#[test]
fn findings_that_are_the_same_are_shown_once_too() {
    let jobs: String =
        (0..5).map(|number| format!("      J{number}: {{ run: null_job }}\n")).collect();
    let day = folder(&format!("schedules:\n  S:\n    jobs:\n{jobs}"));
    let check = |more: &[&str]| {
        let line = ["check", "day.yaml", "--from", "2026-11-02", "--days", "7"];
        let (code, out, err) = run(day.path(), &[&line[..], more].concat());
        assert_eq!(
            (code, out.as_str()),
            (0, "day.yaml: 7 days from 2026-11-02: 5 warnings\n"),
            "{err}"
        );
        (err.matches("warning: never built in 7 days").count(), err)
    };
    let (count, err) = check(&[]);
    assert!(count == 1 && err.contains("and 2 more places: --all shows each\n"), "{err}");
    assert_eq!(check(&["--all"]).0, 5);
}

#[test]
fn places_whose_lines_are_not_shown_have_their_paths() {
    let long = "x".repeat(400);
    let day = folder(&format!(
        "schedules:\n  S:\n    jobs:\n      A: {{ run: null_job, documentation: {long}, frequencies: [{{ use: Gone }}] }}\n      B: {{ run: null_job, frequencies: [{{ use: Gone }}] }}\n"
    ));
    let (_, _, err) = run(day.path(), &["validate", "day.yaml"]);
    assert!(!err.contains(&long), "{err}");
    for part in ["day.yaml:4:", "note: at schedules.S.jobs.A.frequencies[0].use", "day.yaml:5:48"] {
        assert!(err.contains(part), "{part}: {err}");
    }
}
