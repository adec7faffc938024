//! The last step before the job's program, in the job's own process: `batch-runner [--numbered] [--stopped] -- program
//! arguments`.
//!
//! `--numbered` puts the process id into `AMTPROCESSJOBID` (amt-domain 6.3), which only this process knows in time.
//! `--stopped` waits for a debugger. A failed start is told to the runner through a pipe in place of standard input.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{Signal, getpid, kill_process};

/// The variable that holds the job's own process id.
pub(super) const PROCESS_ID_VARIABLE: &str = "AMTPROCESSJOBID";

/// The exit code of a start that failed; the runner goes by the text in the pipe.
const FAILED: u8 = 127;

/// Does what the arguments say; returns only if the program could not be started.
#[expect(clippy::disallowed_methods, reason = "becomes the job's program")]
pub(super) fn run(arguments: &[OsString]) -> ExitCode {
    let Some(end) = arguments.iter().position(|argument| argument == "--") else {
        super::complain("batch-runner: -- and a program are missing");
        return ExitCode::from(super::EXIT_BAD_ORDER);
    };
    let (options, rest) = (&arguments[..end], &arguments[end + 1..]);
    let Some((program, arguments)) = rest.split_first() else {
        super::complain("batch-runner: the program after -- is missing");
        return ExitCode::from(super::EXIT_BAD_ORDER);
    };
    // Closed by a successful start: the runner then reads nothing.
    let report = fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3).map(File::from);
    let mut command = Command::new(program);
    command.args(arguments);
    if options.iter().any(|option| option == "--numbered") {
        command.env(PROCESS_ID_VARIABLE, std::process::id().to_string());
    }
    let error = match File::open("/dev/null").map(|null| rustix::stdio::dup2_stdin(&null)) {
        Ok(Ok(())) => {
            if options.iter().any(|option| option == "--stopped") {
                let _ = kill_process(getpid(), Signal::STOP);
            }
            command.exec()
        }
        Ok(Err(error)) => error.into(),
        Err(error) => error,
    };
    if let Ok(mut report) = report {
        let _ = report.write_all(super::platform_text(&error).as_bytes());
    }
    ExitCode::from(FAILED)
}
