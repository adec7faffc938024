//! The program `command-stage`: becomes the batch user, runs the pre-run, and becomes the job's program when that succeeded.
//!
//! It is the job's own process: it is in the job's group, its output is the job's output, a kill ends it, and it goes on while the
//! scheduler is away. Its order comes in a variable of its environment, where only its user and root can read it, and which the
//! job does not get. How far it is stands in a file that is opened before the user changes, one entry per line.
//!
//! Until it has become the batch user, the job's variables must mean nothing to it: the system's loader would run what `LD_PRELOAD`
//! names as the scheduler's user. So each comes under a name with [`GIVEN`] before it, and gets its own for the programs only.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::platform::User;

/// The variable with the order.
pub(crate) const VARIABLE: &str = "RINGMASTER_COMMAND_STAGE";
/// Stands before the name of each of the job's variables.
const GIVEN: &str = "RINGMASTER_JOB_";
/// What the runner says about itself; the job cannot set it.
const OF_THE_RUNNER: &str = "AMTJOB_";
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

/// The environment in which the stage is started for a job that is to have these variables.
pub(crate) fn environment(
    order: &Order,
    job: IndexMap<String, String>,
) -> serde_json::Result<Vec<(String, String)>> {
    let order = (VARIABLE.to_owned(), serde_json::to_string(order)?);
    let given = job.into_iter().map(|(name, value)| (format!("{GIVEN}{name}"), value));
    Ok(given.chain([order]).collect())
}

/// The environment of the job's programs. What the runner has put beside the job's variables stays: where both have a variable, the
/// job's counts, unless it is about the runner itself.
fn of_the_job(own: impl Iterator<Item = (OsString, OsString)>) -> Vec<(OsString, OsString)> {
    let (mut below, mut given, mut above) = (Vec::new(), Vec::new(), Vec::new());
    for (name, value) in own {
        if name == VARIABLE {
            continue;
        }
        if let Some(name) = strip(&name, GIVEN) {
            given.push((name, value));
        } else if name.to_string_lossy().starts_with(OF_THE_RUNNER) {
            above.push((name, value));
        } else {
            below.push((name, value));
        }
    }
    below.into_iter().chain(given).chain(above).collect()
}

/// The rest of a name with this beginning. Orders hold text only, so that every name of a job is text.
fn strip(name: &OsString, beginning: &str) -> Option<OsString> {
    Some(name.to_str()?.strip_prefix(beginning)?.into())
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
            // Where there is no room for it, no entry says that the program ran.
            let _ = say(&mut report, &Progress::Failed(why));
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
        say(report, &Progress::PreRunFailed(code, why)).map_err(unsaid)?;
        return Ok(ExitCode::from(u8::try_from(code).unwrap_or(FAILED)));
    }
    // Without this entry, a job that ran well would count as one that never ran.
    say(report, &Progress::Main).map_err(unsaid)?;
    become_job(program, arguments).map_err(|error| format!("{program}: {error}"))
}

/// Runs the pre-run once; the code and how it has failed. One that cannot be started has failed as well: what it needs may come,
/// and the scheduler tries the job again.
#[expect(clippy::disallowed_methods, reason = "this is a job's own process")]
fn pre_run(program: &str, arguments: &[String], report: &mut File) -> Result<(), (i32, String)> {
    say(report, &Progress::PreRun)
        .map_err(|error| (i32::from(FAILED), format!("could not be started: {}", unsaid(error))))?;
    let status = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(of_the_job(std::env::vars_os()))
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
    let environment = of_the_job(std::env::vars_os());
    Err(Command::new(program).args(arguments).env_clear().envs(environment).exec())
}

/// Windows lets no process become another one: it stays and passes the exit code on.
#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "this is a job's own process")]
fn become_job(program: &str, arguments: Vec<String>) -> io::Result<ExitCode> {
    let environment = of_the_job(std::env::vars_os());
    let status = Command::new(program).args(arguments).env_clear().envs(environment).status()?;
    std::process::exit(code(status))
}

/// Adds an entry, whole or not at all.
fn say(report: &mut File, progress: &Progress) -> io::Result<()> {
    let mut line = serde_json::to_vec(progress)?;
    line.push(b'\n');
    let before = report.metadata()?.len();
    report.write_all(&line).inspect_err(|_| {
        // Otherwise the next entry would stand on the same line as a piece of this one.
        let _ = report.set_len(before);
    })
}

fn unsaid(error: io::Error) -> String {
    format!("how far it is cannot be written down: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(all: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        all.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[test]
    fn nothing_of_the_job_means_anything_to_the_stage_and_its_programs_get_it_all() {
        let order = Order {
            report: "/report".into(),
            user: None,
            working_directory: "/".into(),
            pre_run: None,
        };
        let job = [("LD_PRELOAD", "/evil.so"), ("PATH", "/bin"), ("AMTJOB_ATTEMPT", "forged")];
        let job = job.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let stage = environment(&order, job.into_iter().collect()).unwrap();
        assert!(stage.iter().all(|(name, _)| name.starts_with("RINGMASTER_")), "{stage:?}");
        let runner = pairs(&[("AMTJOB_ATTEMPT", "k"), ("SystemRoot", "C:\\Windows")]);
        let stage = stage.into_iter().map(|(name, value)| (name.into(), value.into()));
        let expected = [
            ("SystemRoot", "C:\\Windows"),
            ("LD_PRELOAD", "/evil.so"),
            ("PATH", "/bin"),
            ("AMTJOB_ATTEMPT", "forged"),
            ("AMTJOB_ATTEMPT", "k"),
        ];
        assert_eq!(of_the_job(stage.chain(runner)), pairs(&expected));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_entry_for_which_there_is_no_room_is_an_error() {
        let mut full = OpenOptions::new().append(true).open("/dev/full").unwrap();
        assert!(say(&mut full, &Progress::Main).is_err());
    }
}
