//! What the tests of commands about definition files share.

#![allow(dead_code, reason = "not every test uses everything")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program with arguments, in a folder of its own.
pub(crate) fn ringmaster(folder: &Path, arguments: &[&str]) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the program under test")]
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringmaster"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

/// Exit code, standard output and standard error.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    texts(&ringmaster(folder, arguments).output().unwrap())
}

/// The same with something on standard input.
pub(crate) fn run_with(folder: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = ringmaster(folder, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    texts(&child.wait_with_output().unwrap())
}

fn texts(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// A folder with one file of definitions.
pub(crate) fn folder(text: &str) -> tempfile::TempDir {
    let folder = testkit::temp_dir();
    std::fs::write(folder.path().join("day.yaml"), text).unwrap();
    folder
}

/// Two schedules of a small site.
pub(crate) const DAY: &str = "\
options: { time_zone: Europe/Zurich }
calendars:
  Master Holiday: { dates: [2026-12-25] }
frequencies:
  Workdays: { when: { all_weeks: { days: [mon, tue, wed, thu, fri] } } }
  Month end: { when: { end_of_period: { period: month } } }
  Poll: { when: { cron: { pattern: '0 6,18 * * mon' } } }
schedules:
  Nightly:
    start_time: 22:00
    jobs:
      Load:
        run: null_job
        frequencies: [{ use: Workdays, estimated_run_minutes: 150 }]
      Report:
        run: null_job
        frequencies: [{ use: Workdays }]
        depends_on: [{ requires: { job: Load } }]
      Close:
        run: null_job
        frequencies: [{ use: Month end }]
  Day:
    jobs:
      Load:
        run: null_job
        frequencies: [{ use: Poll }]
";
