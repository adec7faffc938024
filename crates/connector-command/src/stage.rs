//! The program `command-stage`: becomes the batch user, runs the pre-run, and becomes the job's program when that succeeded.
//!
//! It is the job's own process: it is in the job's group, its output is the job's output, a kill ends it, and it goes on while the
//! scheduler is away. Its order comes in a variable of its environment, where only its user and root can read it, and which the
//! job does not get. How far it is stands in a file that is opened before the user changes, one entry per line.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use serde::{Deserialize, Serialize};

use crate::platform::User;

/// The variable with the order.
pub(crate) const VARIABLE: &str = "RINGMASTER_COMMAND_STAGE";
/// Says to the programs whether they are the pre-run.
const PRERUN_ACTIVE: &str = "SMA_MSLSAM_PRERUN_ACTIVE";
/// The exit code of a start that failed; the file says why.
const FAILED: u8 = 127;

/// What is to be done. The job's program and arguments are those of this program.
#[derive(Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) report: PathBuf,
    pub(crate) user: Option<User>,
    pub(crate) working_directory: PathBuf,
    /// Program and arguments of the pre-run.
    pub(crate) pre_run: Option<(String, Vec<String>)>,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Progress {
    /// The pre-run runs.
    PreRun,
    /// It has failed with this code, and how; the job's program is not run.
    PreRunFailed(i32, String),
    /// The job's program runs.
    Main,
    /// The job's program could not be started.
    Failed(String),
}

/// The last entry of a stage's file; none while there is none.
pub(crate) fn progress(path: &Path) -> io::Result<Option<Progress>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    Ok(whole.lines().next_back().and_then(|line| serde_json::from_str(line).ok()))
}

/// Runs the program.
#[doc(hidden)]
pub fn main() -> ExitCode {
    let Some(order) = order() else {
        eprintln!("command-stage is started by the scheduler for command jobs");
        return ExitCode::from(2);
    };
    let mut arguments = std::env::args().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("command-stage: the program is missing");
        return ExitCode::from(2);
    };
    let mut report = match OpenOptions::new().create(true).append(true).open(&order.report) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("command-stage: {}: {error}", order.report.display());
            return ExitCode::from(FAILED);
        }
    };
    match run(&order, &mut report, &program, arguments.collect()) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("the job could not be started: {why}");
            say(&mut report, &Progress::Failed(why));
            ExitCode::from(FAILED)
        }
    }
}

fn order() -> Option<Order> {
    serde_json::from_str(&std::env::var(VARIABLE).ok()?).ok()
}

fn run(
    order: &Order,
    report: &mut File,
    program: &str,
    arguments: Vec<String>,
) -> Result<ExitCode, String> {
    if let Some(user) = &order.user {
        user.assume().map_err(|error| format!("becoming the user `{}`: {error}", user.name))?;
    }
    let folder = &order.working_directory;
    std::env::set_current_dir(folder)
        .map_err(|error| format!("the folder {}: {error}", folder.display()))?;
    if let Some((program, arguments)) = &order.pre_run
        && let Err((code, why)) = pre_run(program, arguments, report)
    {
        println!("the pre-run {why}; the job is not run now");
        say(report, &Progress::PreRunFailed(code, why));
        return Ok(ExitCode::from(u8::try_from(code).unwrap_or(FAILED)));
    }
    say(report, &Progress::Main);
    become_job(program, arguments).map_err(|error| format!("{program}: {error}"))
}

/// Runs the pre-run once; the code and how it has failed. One that cannot be started has failed as well: what it needs may come,
/// and the scheduler tries the job again.
#[expect(clippy::disallowed_methods, reason = "this is a job's own process")]
fn pre_run(program: &str, arguments: &[String], report: &mut File) -> Result<(), (i32, String)> {
    say(report, &Progress::PreRun);
    let status = Command::new(program)
        .args(arguments)
        .env_remove(VARIABLE)
        .env(PRERUN_ACTIVE, "TRUE")
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err((code(status), format!("ended with {status}"))),
        Err(error) => Err((i32::from(FAILED), format!("could not be started: {error}"))),
    }
}

#[cfg(unix)]
fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

#[cfg(not(unix))]
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_default()
}

#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "this is a job's own process")]
fn become_job(program: &str, arguments: Vec<String>) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(Command::new(program).args(arguments).env_remove(VARIABLE).exec())
}

/// Windows lets no process become another one: it stays and passes the exit code on.
#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "this is a job's own process")]
fn become_job(program: &str, arguments: Vec<String>) -> io::Result<ExitCode> {
    let status = Command::new(program).args(arguments).env_remove(VARIABLE).status()?;
    std::process::exit(code(status))
}

/// A full disk costs only what is shown.
fn say(report: &mut File, progress: &Progress) {
    if let Ok(mut line) = serde_json::to_vec(progress) {
        line.push(b'\n');
        let _ = report.write_all(&line);
    }
}
