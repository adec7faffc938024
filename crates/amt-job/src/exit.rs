//! How `amtjob` ends.

use std::process::ExitCode;

/// The exit codes, part of the contract with scripts (`docs/guide/amtjob.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It is done, or the answer is yes.
    Ok = 0,
    /// The answer is no: the file did not come, the wake-up found nobody, the child did not end with DONE, there is
    /// no such value, this is not a recovery start.
    No = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The time given ran out.
    TimedOut = 3,
    /// The batch server or the runner refused.
    Refused = 4,
    /// Not run inside a job, or its batch server or runner cannot be reached.
    Unreachable = 5,
    /// Standard input cannot be read or standard output cannot be written.
    Local = 6,
    /// An abort was accepted, but nobody ended the process.
    Aborted = 12,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An exit with something to say on standard error.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The code to end with.
    pub(crate) exit: Exit,
    /// What was wrong and what to do.
    pub(crate) text: String,
}

impl Failure {
    /// A wrong command line.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, text: text.into() }
    }

    /// Standard input or output that does not work.
    pub(crate) fn local(doing: &str, error: &std::io::Error) -> Self {
        Self { exit: Exit::Local, text: format!("cannot {doing}: {error}") }
    }
}

impl From<amt_job::environment::Error> for Failure {
    fn from(error: amt_job::environment::Error) -> Self {
        Self { exit: Exit::Unreachable, text: error.to_string() }
    }
}

impl From<amt_job::runner::Error> for Failure {
    fn from(error: amt_job::runner::Error) -> Self {
        let exit = match error {
            amt_job::runner::Error::Refused(_) => Exit::Refused,
            amt_job::runner::Error::Unreachable(_) => Exit::Unreachable,
        };
        Self { exit, text: error.to_string() }
    }
}

impl From<amt_job::server::Error> for Failure {
    fn from(error: amt_job::server::Error) -> Self {
        use amt_job::protocol::code::TIMED_OUT;
        use amt_job::server::Error;
        let exit = match &error {
            Error::Refused { code, .. } if code == TIMED_OUT => Exit::TimedOut,
            Error::Refused { .. } | Error::Unexpected => Exit::Refused,
            Error::Unreachable { .. } => Exit::Unreachable,
            Error::TooLong => Exit::Usage,
        };
        Self { exit, text: error.to_string() }
    }
}
