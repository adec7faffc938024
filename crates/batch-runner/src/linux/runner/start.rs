//! The last steps before the job's program, in the job's own process.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio, exit};

use rustix::fs::Mode;
use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{
    Resource, Signal, getpid, getrlimit, kill_process, setpgid, setrlimit, umask,
};

use super::signals::Signals;
use crate::Order;
use crate::runner::{EXIT_BAD_ORDER, complain, platform_text};

/// The variable that holds the job's own process id (`amt-domain 6.3`), which only its own process knows in time.
const PROCESS_ID_VARIABLE: &str = "AMTPROCESSJOBID";

/// `batch-runner --stopped program arguments`: waits for a debugger before it becomes the program.
pub(super) const STOPPED: &str = "--stopped";

/// The file of this program, even if another version stands under its name by now.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// The exit code of a start that failed; the runner goes by the text in the pipe.
const FAILED: u8 = 127;

/// Becomes the job's program. `output` is the job's, `report` takes the reason of a start that fails, and is closed by one that
/// succeeds.
///
/// Until then this process holds all that the runner holds, the lock of the claim included. That is
/// wanted: the attempt counts as alive until its marker can be seen in the environment of the process.
#[expect(clippy::disallowed_methods, reason = "a copy of the runner must not return into its code")]
pub(super) fn become_job(order: &Order, output: OwnedFd, report: OwnedFd) -> ! {
    let mut report = File::from(report);
    let error = match command(order, output, &report) {
        Ok(mut command) => {
            let _ = setpgid(None, None);
            if let Some(mask) = order.umask {
                umask(Mode::from_raw_mode(mask & 0o777));
            }
            limit_open_files(order.open_files_max);
            Signals::release();
            command.exec()
        }
        Err(error) => error,
    };
    tell(&mut report, &error);
    exit(FAILED.into())
}

/// A server has many files open, and raises its limit; old programs break where theirs is large.
fn limit_open_files(most: u64) {
    let mut limit = getrlimit(Resource::Nofile);
    if most > 0 && limit.current.is_none_or(|current| current > most) {
        limit.current = Some(most);
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where jobs are started")]
fn command(order: &Order, output: OwnedFd, report: &File) -> io::Result<Command> {
    let mut command = if order.is_stopped_for_debugger {
        // A stopped process must not hold the lock of the claim: it would look alive without its runner.
        let mut command = Command::new(OWN_PROGRAM);
        command.arg(STOPPED).arg(&order.program).stdin(Stdio::from(report.try_clone()?));
        command
    } else {
        let mut command = Command::new(&order.program);
        command.stdin(Stdio::null());
        command
    };
    command
        .args(&order.arguments)
        .current_dir(&order.working_directory)
        .env_clear()
        .envs(order.environment.iter().map(|(name, value)| (name, value)))
        .env("AMTJOB_ATTEMPT", &order.attempt)
        .env("AMTJOB_RUNNER", &order.message_socket)
        .env("AMTJOB_TOKEN", &order.token)
        .stdout(Stdio::from(output.try_clone()?))
        .stderr(Stdio::from(output));
    if order.environment.iter().any(|(name, _)| name == PROCESS_ID_VARIABLE) {
        command.env(PROCESS_ID_VARIABLE, std::process::id().to_string());
    }
    Ok(command)
}

/// Waits, stopped, and then becomes the program. The way to report a start that fails is standard input.
#[expect(clippy::disallowed_methods, reason = "becomes the job's program")]
pub(super) fn run(arguments: &[OsString]) -> ExitCode {
    let Some((program, arguments)) = arguments.split_first() else {
        complain("batch-runner: the program after --stopped is missing");
        return ExitCode::from(EXIT_BAD_ORDER);
    };
    let Ok(mut report) = fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3).map(File::from) else {
        complain("batch-runner: --stopped needs a pipe as its standard input");
        return ExitCode::from(EXIT_BAD_ORDER);
    };
    let _ = kill_process(getpid(), Signal::STOP);
    let error = Command::new(program).args(arguments).stdin(Stdio::null()).exec();
    tell(&mut report, &error);
    ExitCode::from(FAILED)
}

fn tell(report: &mut File, error: &io::Error) {
    let _ = report.write_all(platform_text(error).as_bytes());
}
