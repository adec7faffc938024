//! What commands about definition files do to the terminal, to pipes and to logs.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use support::{DAY, folder, ringmaster, run, run_with};

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let day = folder(DAY);
    // More than a pipe holds.
    let long =
        format!("first\n[[=Replace(\"{}\", \"a\", \"{}\")]]", "a".repeat(500), "x".repeat(1000));
    for line in [
        &["eval", &long][..],
        &["forecast", "day.yaml", "--days", "20000"],
        &["forecast", "day.yaml", "--days", "20000", "--output", "json"],
        &["forecast", "day.yaml", "--days", "20000", "--output", "ical"],
        &["forecast", "day.yaml", "--days", "20000", "--job", "Nightly/Load"],
        &["explain-frequency", "day.yaml", "Workdays", "--months", "1200"],
        &["schema"],
    ] {
        let mut child = ringmaster(day.path(), line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(!first.is_empty(), "{line:?}");
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), err.as_str()), (Some(0), ""), "{line:?}");
    }
}

#[test]
fn the_value_of_an_encrypted_property_is_refused_and_not_shown() {
    let day = folder("properties:\n  Key: { value: s3cret, encrypted: true }\n");
    for line in [&["validate", "day.yaml"][..], &["validate", "day.yaml", "--output", "json"]] {
        let (code, out, err) = run(day.path(), line);
        let text = format!("{out}{err}");
        assert!(code == 1 && text.contains("does not belong into a file"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
    fs::write(day.path().join("context.yaml"), "encrypted: { Pin: 4711 }\n").unwrap();
    let (code, out, err) = run(day.path(), &["eval", "--context", "context.yaml", "[[Pin]]"]);
    let text = format!("{out}{err}");
    assert!(code == 1 && text.contains("write it in quotes") && !text.contains("4711"), "{text}");
    // A name without a value may well be the value.
    for (context, place) in [
        ("encrypted: { S3CRET }", "encrypted: "),
        ("encrypted: { S3CRET: }", "encrypted: "),
        ("encrypted: { S3CRET, S3CRET }", "encrypted: "),
        (
            "schedule: { name: S, date: 2026-12-01, encrypted: { S3CRET: ~ } }",
            "schedule.encrypted: ",
        ),
    ] {
        fs::write(
            day.path().join("context.yaml"),
            format!("now: 2026-12-01T00:00:00Z\n{context}\n"),
        )
        .unwrap();
        let (code, out, err) = run(day.path(), &["eval", "--context", "context.yaml", "[[Pin]]"]);
        let text = format!("{out}{err}");
        assert!(
            code == 1 && text.contains(&format!("{place}a name, which is not shown")),
            "{text}"
        );
        assert!(!text.contains("S3CRET"), "{text}");
    }
}

#[test]
fn a_standard_error_that_cannot_be_written_changes_no_exit_code() {
    let day = folder("a: 1\n");
    for line in [
        &["validate", "day.yaml"][..],
        &["check", "day.yaml"],
        &["eval", "[[X]]"],
        &["validate", "no.yaml"],
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let status =
            ringmaster(day.path(), line).stdout(Stdio::null()).stderr(full).status().unwrap();
        assert_eq!(status.code(), Some(1), "{line:?}");
    }
}

#[test]
fn names_in_files_do_nothing_to_a_terminal_and_secrets_beside_a_mistake_are_not_shown() {
    let day = folder(
        "\"a\\e]0;x\\a\\u202e\": 1\nproperties: { P: { value: s3cret, encrypted: true, x: 1 } }\nbatch_users: { A: { target: Command, password: s3cret } }\n",
    );
    fs::rename(day.path().join("day.yaml"), day.path().join("day\u{1b}[2J.yaml")).unwrap();
    let (code, out, err) = run(day.path(), &["validate", "."]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("unknown field `x`") && err.contains("password"), "{err}");
    assert!(!err.contains("s3cret"), "{err}");
    let others = err.chars().filter(|c| *c != '\n' && core_kit::text::is_invisible(*c));
    assert_eq!(others.collect::<Vec<_>>(), [' '; 0], "{err:?}");
    let (_, out, err) = run_with(
        day.path(),
        &["validate", "-", "--output", "json"],
        "properties: { P: { encrypted: s3cret } }\n",
    );
    assert!(out.contains("expected true or false") && !out.contains("s3cret"), "{out}{err}");
}
