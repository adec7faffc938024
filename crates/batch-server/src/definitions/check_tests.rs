//! What one check says about a file with many mistakes.

use std::path::Path;

use super::*;
use crate::options::Role;

/// What a check of `text` finds, in a folder that holds application DEMO2 with `reports/REPORT` and `scripts/RUN.sh`.
fn checked(options: &Options, text: &str) -> (Vec<String>, Vec<String>) {
    let folder = testkit::temp_dir();
    for path in ["DEMO2/reports", "DEMO2/scripts"] {
        std::fs::create_dir_all(folder.path().join(path)).unwrap();
    }
    for path in ["DEMO2/reports/REPORT", "DEMO2/scripts/RUN.sh"] {
        std::fs::write(folder.path().join(path), "").unwrap();
    }
    let file = folder.path().join("d.toml");
    std::fs::write(&file, text).unwrap();
    let place = format!("{}/", folder.path().display());
    let short = |lines: Vec<String>| -> Vec<String> {
        lines.into_iter().map(|line| line.replace(&place, "")).collect()
    };
    let checked = check(options, Path::new(&file)).unwrap();
    (short(checked.mistakes), short(checked.doubts))
}

fn mistakes(text: &str) -> Vec<String> {
    checked(&Options::default(), text).0
}

fn assert_starts(found: &[String], expected: &[&str]) {
    let all = found.join("\n");
    assert_eq!(found.len(), expected.len(), "{all}");
    for (line, expected) in found.iter().zip(expected) {
        assert!(line.starts_with(expected), "{expected} is not in\n{all}");
    }
}

const FILES: &str = r#"
[[application]]
name = "DEMO2"
base_path = "DEMO2"
report_path = "reports"
script_path = "scripts"

[[application.job]]
name = "REPORT"

[[application.job]]
name = "RUN"
kind = "script"

[[application.job]]
name = "FULL"
kind = "script"
file = "NOSUCH.sh"

[[application.job]]
name = "ABSENT"
kind = "executable"

[[application.job]]
name = "BARE"
kind = "script"

[[application.job]]
name = "WINDOWS"
kind = "script"
file = 'F:\scripts\RUN.ps1'
"#;

#[test]
fn a_job_without_its_file_is_named_with_the_line() {
    let found = mistakes(FILES);
    let expected = [
        "d.toml:18: job `FULL`: key `file`: file DEMO2/scripts/NOSUCH.sh does not exist; create it, or correct the key",
        "d.toml:21: job `ABSENT`: key `file`: file DEMO2/reports/ABSENT does not exist; create it",
        "d.toml:25: job `BARE`: key `file`: file DEMO2/scripts/BARE.ps1 (or ",
        r"d.toml:31: job `WINDOWS`: key `file`: `F:\scripts\RUN.ps1` is a Windows path and `F:` is not mapped",
    ];
    assert_starts(&found, &expected);
    let api = Options {
        role: Role::Api,
        database: Some(crate::options::DatabaseUrl::new("postgres://batch@db/amt")),
        ..Options::default()
    };
    assert_eq!(checked(&api, FILES), (vec![], found), "other processes may see the files");
}

#[test]
fn a_missing_folder_is_named_once_and_not_each_file_in_it() {
    let text = FILES.replace("\"reports\"", "\"no/such\"\nextract_path = \"extracts\"");
    let found = mistakes(&text).join("\n");
    for expected in [
        "d.toml:5: application `DEMO2`: key `report_path`: folder DEMO2/no/such does not exist; create or mount it",
        "d.toml:6: application `DEMO2`: key `extract_path`: folder DEMO2/extracts does not exist",
        "d.toml:19: job `FULL`",
    ] {
        assert!(found.contains(expected), "{expected} is not in\n{found}");
    }
    assert!(!found.contains("job `REPORT`") && !found.contains("job `ABSENT`"), "{found}");
    let scripts = FILES.replace("\"scripts\"", "\"DEMO2.txt\"");
    assert!(mistakes(&scripts).concat().contains("key `script_path`: folder DEMO2/DEMO2.txt"));

    let gone = mistakes(&FILES.replace("\"DEMO2\"\nreport", "\"gone/DEMO2\"\nreport"));
    assert_starts(
        &gone,
        &["d.toml:4: application `DEMO2`: key `base_path`: folder gone/DEMO2", "d.toml:31"],
    );
    let of_the_user = FILES.replace("\"reports\"", "\"%APPROOT%/%USER%\"");
    let found = mistakes(&of_the_user).join("\n");
    assert!(!found.contains("ABSENT") && !found.contains("report_path"), "{found}");
}

/// One of each kind of mistake.
const MANY: &str = r#"
[[application]]
name = "DEMO2"
base_path = "DEMO3"
scriptpath = "scripts"
report_path = "../reports"
default_user = "NOBODY"
default_queue = "DAY"

[[application.job]]
name = "REPORT"
kind = "raport"
queue = "NIGHT"
run_as = "BATHC"

[[application.job]]
name = "report"
queue = "NOWHERE"

[[queue]]
name = "DAY"
application = "DEMO3"
priority = "urgent"
time_zone = "UTC+1"

[[queue]]
name = "NIGHT"
start_time = "25:00"
end_time = "06:00"
controllers = ["THERE"]

[[queue]]
name = "night"
same_report_twice = "no"

[[user]]
name = "BATCH"

[[user]]
name = "batch"
"#;

#[test]
fn one_check_names_every_mistake_and_nothing_that_only_follows_from_one() {
    let expected = [
        "d.toml:4: application `DEMO2`: key `base_path`: its last folder must be `DEMO2`",
        "d.toml:5: application `DEMO2`: unknown key `scriptpath`",
        "d.toml:6: application `DEMO2`: key `report_path`: remove `..`",
        "d.toml:7: application `DEMO2`: key `default_user`: user `NOBODY` does not exist",
        "d.toml:12: job `REPORT`: key `kind` cannot be `raport`",
        "d.toml:14: job `REPORT`: key `run_as`: user `BATHC` does not exist",
        "d.toml:17: job `report` is defined twice, first in line 11; remove one of them",
        "d.toml:18: job `report`: queue `NOWHERE` does not exist",
        "d.toml:22: queue `DAY`: application `DEMO3` does not exist; did you mean `DEMO2`?",
        "d.toml:23: queue `DAY`: key `priority` cannot be `urgent`",
        "d.toml:24: queue `DAY`: key `time_zone`: `UTC+1` is not a time zone",
        "d.toml:28: queue `NIGHT`: key `start_time`: `25:00` is not a time of day",
        "d.toml:30: queue `NIGHT`: key `controllers`: controller `THERE` does not exist",
        "d.toml:33: queue `night` is defined twice, first in line 27; remove one of them",
        "d.toml:34: queue `night`: key `same_report_twice` is of type string",
        "d.toml:40: user `batch` is defined twice, first in line 37; remove one of them",
    ];
    assert_starts(&mistakes(MANY), &expected);
}

#[test]
fn a_name_that_may_belong_to_a_broken_part_is_not_called_unknown() {
    let application = "[[application]]\nname = 'DEMO2'\nbase_path = 'DEMO2'\ndefault_user = 'BATCH'\n\
                       default_queue = 'DAY'\n[[application.job]]\nname = 'REPORT'\nfile = 'reports/REPORT'\nqueue = 'DAY'\n";
    let with = |rest: &str| mistakes(&format!("{application}{rest}"));
    let unnamed = "[[queue]]\nnmae = 'DAY'\napplication = 'DEMO2'\n[[user]]\nname = 5\n";
    assert_starts(
        &with(unnamed),
        &[
            "d.toml:10: queue: key `name` is missing",
            "d.toml:11: queue: unknown key `nmae`",
            "d.toml:14: user: key `name` is of type integer",
        ],
    );
    assert_starts(
        &with("[[quue]]\nname = 'DAY'\n[[usr]]\nname = 'BATCH'\n"),
        &["d.toml:10: the file: unknown key `quue`", "d.toml:12: the file: unknown key `usr`"],
    );
    let broken = "[[queue]]\nname = 'DAY'\napplication = 7\n[[user]]\nname = 'BATCH'\nmail = ''\n";
    assert_starts(
        &with(broken),
        &[
            "d.toml:12: queue `DAY`: key `application` is of type integer",
            "d.toml:15: user `BATCH`: unknown key `mail`",
        ],
    );
}

#[test]
fn the_second_one_and_the_line_of_the_first_are_named() {
    let job = "[[application.job]]\nname = 'LOAD'\nfile = 'reports/REPORT'\n";
    let queue = |name: &str| format!("[[queue]]\nname = '{name}'\ndefault = true\n");
    let text = format!(
        "[[application]]\nname = 'DEMO2'\nbase_path = 'DEMO2'\n{job}{job}[[application]]\nname = 'Demo2'\nbase_path = 'DEMO2'\n{}{}",
        queue("A"),
        queue("B")
    );
    assert_starts(
        &mistakes(&text),
        &[
            "d.toml:8: job `LOAD` is defined twice, first in line 5; remove one of them",
            "d.toml:11: application `Demo2` is defined twice, first in line 2; remove one of them",
            "d.toml:17: queue `B`: every application has another default queue already, `A` in line 14; leave only one",
        ],
    );
}
