//! The commands about definition files as people and programs start them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;

use support::{DAY, folder, run, run_with};

/// Two mistakes in two jobs.
const WRONG: &str = "\
schedules:
  Nightly:
    jobs:
      Load: { run: null_job, frequencies: [{ use: Daly }] }
      Post: { rum: null_job }
frequencies:
  Daily: { when: { all_weeks: { days: [mon] } } }
";

#[test]
fn what_is_right_is_counted_and_ends_with_0() {
    let day = folder(DAY);
    let counted = "1 file, 2 schedules, 4 jobs, 3 frequencies, 1 calendar: no mistake\n";
    assert_eq!(
        run(day.path(), &["validate", "day.yaml"]),
        (0, format!("day.yaml: {counted}"), String::new())
    );
    assert_eq!(
        run_with(day.path(), &["validate", "-"], DAY),
        (0, format!("-: {counted}"), String::new())
    );
    assert_eq!(
        run(day.path(), &["validate", "day.yaml", "--output", "json"]),
        (0, "[]\n".to_owned(), String::new())
    );
    fs::write(day.path().join("day.yaml"), "").unwrap();
    assert_eq!(
        run(day.path(), &["validate", "."]),
        (0, ".: 1 file: no mistake\n".to_owned(), String::new())
    );
}

#[test]
fn mistakes_are_shown_with_their_lines_and_end_with_1() {
    let wrong = folder(WRONG);
    let (code, out, err) = run(wrong.path(), &["validate", "day.yaml"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert_eq!(
        err,
        r"error: no frequency `Daly` is defined; did you mean `Daily`?
 --> day.yaml:4:51
  |
4 |       Load: { run: null_job, frequencies: [{ use: Daly }] }
  |                                                   ^^^^ schedules.Nightly.jobs.Load.frequencies[0].use

error: field `run` is missing
 --> day.yaml:5:13
  |
5 |       Post: { rum: null_job }
  |             ^^^^^ schedules.Nightly.jobs.Post

error: unknown field `rum`; did you mean `run`?
 --> day.yaml:5:15
  |
5 |       Post: { rum: null_job }
  |               ^^^ schedules.Nightly.jobs.Post.rum

day.yaml: 1 file, 3 mistakes
"
    );
}

#[test]
fn a_mistake_at_a_wide_blank_is_shown() {
    for blank in ['\u{a0}', '\u{3000}'] {
        let wide = folder(&format!("{blank}: x\n"));
        let (code, out, err) = run(wide.path(), &["validate", "day.yaml"]);
        assert_eq!((code, out.as_str()), (1, ""), "{err}");
        assert!(err.ends_with("day.yaml: 1 file, 1 mistake\n"), "{err}");
    }
}

#[test]
fn mistakes_for_programs_have_file_line_column_path_and_message() {
    let wrong = folder(WRONG);
    let (code, out, err) = run(wrong.path(), &["validate", "day.yaml", "--output", "json"]);
    assert_eq!((code, err.as_str()), (1, ""));
    let entries: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        entries,
        serde_json::json!([
          {
            "file": "day.yaml",
            "line": 4,
            "column": 51,
            "path": "schedules.Nightly.jobs.Load.frequencies[0].use",
            "severity": "error",
            "message": "no frequency `Daly` is defined; did you mean `Daily`?"
          },
          {
            "file": "day.yaml",
            "line": 5,
            "column": 13,
            "path": "schedules.Nightly.jobs.Post",
            "severity": "error",
            "message": "field `run` is missing"
          },
          {
            "file": "day.yaml",
            "line": 5,
            "column": 15,
            "path": "schedules.Nightly.jobs.Post.rum",
            "severity": "error",
            "message": "unknown field `rum`; did you mean `run`?"
          }
        ])
    );
}

#[test]
fn other_commands_show_the_mistakes_and_end_with_1() {
    let wrong = folder(WRONG);
    for line in [
        &["check", "day.yaml"][..],
        &["forecast", "day.yaml"],
        &["explain-frequency", "day.yaml", "Daily"],
    ] {
        let (code, out, err) = run(wrong.path(), line);
        assert_eq!((code, out.as_str()), (1, ""), "{line:?}");
        assert!(err.contains("no frequency `Daly` is defined; did you mean `Daily`?"), "{err}");
        assert!(err.ends_with("ringmaster: 3 mistakes in day.yaml: mend them first: the definitions cannot be used\n"), "{err}");
    }
}

#[test]
fn what_cannot_be_read_is_named_and_ends_with_1() {
    let day = folder(DAY);
    fs::create_dir(day.path().join("none")).unwrap();
    nix::unistd::mkfifo(&day.path().join("pipe.yaml"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    for (path, expected) in [
        ("missing.yaml", "cannot read missing.yaml: No such file or directory (os error 2)"),
        // A name is no reason to think of a server.
        (
            "unavailable.yaml",
            "cannot read unavailable.yaml: No such file or directory (os error 2)",
        ),
        ("none", "none has no files *.yaml or *.yml"),
        ("pipe.yaml", "pipe.yaml is neither a file nor a folder; use - for standard input"),
        ("/dev/zero", "/dev/zero is neither a file nor a folder; use - for standard input"),
    ] {
        for command in ["validate", "check", "forecast"] {
            assert_eq!(
                run(day.path(), &[command, path]),
                (1, String::new(), format!("ringmaster: {expected}\n"))
            );
        }
    }
}

#[test]
fn wrong_command_lines_end_with_2() {
    let day = folder(DAY);
    for (line, expected) in [
        ("validate", "<PATH>"),
        ("validate a b", "unexpected argument 'b'"),
        ("validate day.yaml --output xml", "[possible values: text, json]"),
        ("forecast day.yaml --days 0", "0 is not in 1..=36525"),
        ("forecast day.yaml --days 36526", "36526 is not in 1..=36525"),
        (
            "forecast day.yaml --to 2026-12-31 --days 3",
            "'--to <DATE>' cannot be used with '--days <N>'",
        ),
        (
            "check day.yaml --to 2026-12-31 --days 365",
            "'--to <DATE>' cannot be used with '--days <N>'",
        ),
        ("forecast day.yaml --from 2026-02-31", "February 2026 has 28 days"),
        ("check day.yaml --from yesterday", "invalid value 'yesterday'"),
        ("forecast day.yaml --job A --schedule B", "cannot be used with"),
        ("explain-frequency", "required arguments were not provided"),
        ("explain-frequency day.yaml Workdays --months 0", "0 is not in 1..=1200"),
        ("import crontab", "<FILE>"),
        ("import crontab - --time-zone Zurich", "invalid value 'Zurich'"),
        ("import nothing", "unrecognized subcommand"),
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let (code, out, err) = run(day.path(), &arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{line}: {err}");
        assert!(err.contains(expected), "{line}: {err}");
    }
}

#[test]
fn a_check_for_programs_prints_mistakes_as_it_prints_findings() {
    let wrong = folder(WRONG);
    let (code, out, err) = run(wrong.path(), &["check", "day.yaml", "--output", "json"]);
    let validated = run(wrong.path(), &["validate", "day.yaml", "--output", "json"]).1;
    assert_eq!((code, out), (1, validated));
    assert_eq!(
        err,
        "ringmaster: 3 mistakes in day.yaml: mend them first: the definitions cannot be used\n"
    );
}

#[test]
fn a_crontab_becomes_definitions_that_validate() {
    let day = folder("agents: { HOST1: { connection: { command: {} } } }\n");
    let table = "# every night\n0 2 * * * [[ -d /srv ]] && /opt/backup.sh\n@reboot /opt/start\n";
    let line = ["import", "crontab", "-", "--agent", "HOST1", "--time-zone", "Europe/Zurich"];
    let (code, out, err) = run_with(day.path(), &line, table);
    assert_eq!(code, 1, "a line was refused");
    assert_eq!(
        out,
        r#"frequencies:
  Crontab-1:
    when:
      cron:
        pattern: 0 2 * * *
schedules:
  Crontab:
    time_zone: Europe/Zurich
    auto_build: {}
    jobs:
      backup:
        documentation: every night
        run:
          command:
            line: /bin/sh -c '[[="[" + "["]] -d /srv ]] && /opt/backup.sh'
        runs_on:
          agents:
          - HOST1
        frequencies:
        - use: Crontab-1
"#
    );
    assert_eq!(
        err,
        r"ringmaster: not taken over: line 3: @reboot has no time: let the system's own service manager start it
ringmaster: 1 job taken over, 1 line refused
ringmaster: define the command agent `HOST1` in a file beside this one, then run `ringmaster validate`
"
    );
    fs::write(day.path().join("cron.yaml"), out).unwrap();
    assert_eq!(
        run(day.path(), &["validate", "."]),
        (
            0,
            ".: 2 files, 1 schedule, 1 job, 1 frequency, 1 agent: no mistake\n".to_owned(),
            String::new()
        )
    );
    assert_eq!(run_with(day.path(), &line, "@daily x\n").0, 0, "nothing was refused");
    let (code, _, err) = run(day.path(), &["import", "crontab", "no-table"]);
    assert_eq!(
        (code, err.as_str()),
        (1, "ringmaster: reading no-table: No such file or directory (os error 2)\n")
    );
}

#[test]
fn a_context_is_read_whole_or_refused() {
    let folder = folder(DAY);
    let mut text = "now: 2026-12-31T06:00:00Z\nproperties: { City: Basel }\n".to_owned();
    fs::write(folder.path().join("small.yaml"), &text).unwrap();
    let said = run(folder.path(), &["eval", "--context", "small.yaml", "to [[City]]"]);
    assert_eq!(said, (0, "to Basel\n".to_owned(), String::new()));
    let said = run_with(folder.path(), &["eval", "--context", "-", "[[City]]"], &text);
    assert_eq!(said, (0, "Basel\n".to_owned(), String::new()));
    text.extend(std::iter::repeat_n("# a line that says nothing\n", 700_000));
    fs::write(folder.path().join("large.yaml"), &text).unwrap();
    assert_eq!(
        run(folder.path(), &["eval", "--context", "large.yaml", "[[City]]"]),
        (1, String::new(), "ringmaster: large.yaml has more than 16777216 bytes\n".to_owned())
    );
}

#[test]
fn every_kind_of_frequency_is_explained() {
    let day = folder(DAY);
    for (rule, words) in [
        ("{ all_weeks: { days: [mon, fri] } }", "On Monday and Friday of every week."),
        ("{ odd_weeks: { days: [tue] } }", "  Nov 2026  Tue 10  Tue 24\n"),
        ("{ even_weeks: { days: [tue] } }", "  Nov 2026  Tue 03  Tue 17\n"),
        ("{ on_occurrence: { days: [tue], occurrence: 3 } }", "On the 3rd Tuesday of each month."),
        ("{ on_day: { day: 31 } }", "On the 31st working day of each month."),
        (
            "{ on_intervals: { start: 2026-11-02, every: 10 } }",
            "  Fri 2026-11-20  from Sun 2026-11-22, no working day, to the first one before it\n",
        ),
        (
            "{ on_request: { date: 2026-12-24 } }",
            "1 date in the 3 months from 2026-11-01 to 2027-01-31:\n  Dec 2026  Thu 24\n",
        ),
        ("{ begin_of_period: { period: quarter } }", "  Jan 2027  Fri 01\n"),
        (
            "{ end_of_period: { period: month, offset: -1 } }",
            "  Fri 2026-11-27  from Mon 2026-11-30, then 1 working day back\n",
        ),
        ("{ mid_of_period: { period: month } }", "  Nov 2026  Fri 13*\n"),
        ("{ cron: { pattern: '0 6 * * mon-fri' } }", "At 06:00 on Monday to Friday."),
    ] {
        let (code, out, err) = run(
            day.path(),
            &["explain-frequency", "--rule", rule, "--from", "2026-11-01", "--months", "3"],
        );
        assert_eq!((code, err.as_str()), (0, ""), "{rule}");
        assert!(out.starts_with("This rule:\n"), "{rule}: {out}");
        assert!(out.contains(words), "{rule}: {out}");
    }
}

#[test]
fn a_frequency_that_is_not_there_is_named_with_the_nearest() {
    let day = folder(DAY);
    for (line, expected) in [
        (
            &["explain-frequency", "day.yaml", "Workday"][..],
            "there is no frequency `Workday`; did you mean `Workdays`?",
        ),
        (
            &["explain-frequency", "day.yaml", "Workdays", "--schedule", "Nightli"],
            "there is no schedule `Nightli`; did you mean `Nightly`?",
        ),
        (
            &["explain-frequency", "--rule", "{ on_day: { day: 32 } }"],
            "reading the rule: on_day.day: expected a whole number from 1 to 31, found the number 32",
        ),
        (
            &["explain-frequency", "--rule", "{ all_week: {} }"],
            "reading the rule: all_week: unknown name `all_week`; did you mean `all_weeks`?",
        ),
    ] {
        let code = if expected.starts_with("there is no") { 3 } else { 1 };
        let expected = format!("ringmaster: {expected}\n");
        assert_eq!(run(day.path(), line), (code, String::new(), expected));
    }
}

#[test]
fn the_schema_is_printed() {
    let day = folder(DAY);
    let (code, out, err) = run(day.path(), &["schema"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let schema: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(schema["properties"]["schedules"].is_object());
}

/// The commands about definition files.
const COMMANDS: [&str; 6] =
    ["validate", "check", "forecast", "explain-frequency", "import", "schema"];

#[test]
fn help_has_examples_and_completions_and_manual_pages_have_every_command() {
    let day = folder(DAY);
    for line in ["validate", "check", "forecast", "explain-frequency", "import crontab", "schema"] {
        let arguments: Vec<&str> = line.split(' ').chain(["--help"]).collect();
        let (code, out, err) = run(day.path(), &arguments);
        assert_eq!((code, err.as_str()), (0, ""), "{line}");
        assert!(
            out.contains(&format!("\n  ringmaster {line}"))
                || out.contains(&format!("| ringmaster {line}")),
            "{line}: {out}"
        );
        assert!(out.lines().all(|line| line.chars().count() <= 120), "{line}: {out}");
    }
    let (_, completions, _) = run(day.path(), &["completions", "bash"]);
    let (_, manual, _) = run(day.path(), &["man"]);
    assert_eq!(run(day.path(), &["man", "pages"]).0, 0);
    for command in COMMANDS {
        assert!(completions.contains(&format!("ringmaster,{command})")), "{command}");
        assert!(manual.contains(&command.replace('-', "\\-")), "{command}");
        let page =
            fs::read_to_string(day.path().join(format!("pages/ringmaster-{command}.1"))).unwrap();
        assert!(page.contains("ringmaster"), "{command}");
    }
    assert!(day.path().join("pages/ringmaster-import-crontab.1").is_file());
}
