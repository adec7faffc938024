//! Completion codes: one list serves as live status and as result.

use std::fmt;
use std::str::FromStr;

/// A status or completion code of a job request, numbered and spelled as the seeds do (`amt-domain 3`).
///
/// 17 and 25 to 98 are not assigned. 23 and 24 are made by clients and never sent by a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum CompletionCode {
    /// Job is idle: known, but held back from its queue.
    Idle = 0,
    /// Waits in an open queue for a free slot.
    Queued = 1,
    /// Runs, started by a controller from its queue.
    Running = 2,
    /// Ended by a kill.
    Killed = 3,
    /// Ended normally. The only success.
    Done = 4,
    /// A queued job that has not started on time; an operator starts or skips it.
    Suspended = 5,
    /// A suspended job that an operator skipped.
    SkippedByOps = 6,
    /// Runs, started by an operator from the Control Center.
    RunManual = 7,
    /// Runs, started by an operator although the job server is halted.
    RunForced = 8,
    /// Runs under a debugger.
    RunDebug = 9,
    /// Deleted from its queue before it ran.
    DelQueue = 10,
    /// Ended in error.
    Error = 11,
    /// Aborted on purpose by the business logic.
    Aborted = 12,
    /// Runs and waits for a file.
    WaitForFile = 13,
    /// Runs and waits for an operator to answer an input request.
    WaitForInputRequest = 14,
    /// Runs and waits for another job to finish.
    WaitForJob = 15,
    /// Runs and waits for a report to finish.
    WaitForReport = 16,
    /// A request to recover from a saved critical point.
    RecoverCp = 18,
    /// The stored state cannot be read.
    Undefined = 19,
    /// Waits for the start time of its queue.
    WaitForQueue = 20,
    /// Started in debug mode and waits for the debugger.
    WaitForDebugger = 21,
    /// Aborted on purpose, and can be recovered from its critical point.
    AbortedWithRecover = 22,
    /// Made by a client: the batch server could not be reached.
    WebServerError = 23,
    /// Made by a client: the credentials were refused.
    AuthenticationError = 24,
    /// The user that the job was to run as does not exist.
    InvalidAmtUser = 99,
}

/// What a code means for someone who waits for the end of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeClass {
    /// The request goes on; keep asking.
    Live,
    /// The request has ended with this code.
    Final,
    /// The stored state cannot be read (19).
    Undefined,
    /// Made by a client (23, 24), never by a server.
    Client,
}

use CompletionCode as C;

impl CompletionCode {
    /// Every code, in numeric order.
    pub const ALL: [Self; 25] = [
        C::Idle,
        C::Queued,
        C::Running,
        C::Killed,
        C::Done,
        C::Suspended,
        C::SkippedByOps,
        C::RunManual,
        C::RunForced,
        C::RunDebug,
        C::DelQueue,
        C::Error,
        C::Aborted,
        C::WaitForFile,
        C::WaitForInputRequest,
        C::WaitForJob,
        C::WaitForReport,
        C::RecoverCp,
        C::Undefined,
        C::WaitForQueue,
        C::WaitForDebugger,
        C::AbortedWithRecover,
        C::WebServerError,
        C::AuthenticationError,
        C::InvalidAmtUser,
    ];

    /// The number on the wire and in exit codes.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The name exactly as the seeds spell it, blanks and underscores included.
    pub const fn name(self) -> &'static str {
        match self {
            C::Idle => "IDLE",
            C::Queued => "QUEUED",
            C::Running => "RUNNING",
            C::Killed => "KILLED",
            C::Done => "DONE",
            C::Suspended => "SUSPENDED",
            C::SkippedByOps => "SKIPPED_BY_OPS",
            C::RunManual => "RUN_MANUAL",
            C::RunForced => "RUN_FORCED",
            C::RunDebug => "RUN_DEBUG",
            C::DelQueue => "DEL_QUEUE",
            C::Error => "ERROR",
            C::Aborted => "ABORTED",
            C::WaitForFile => "WAIT FOR FILE",
            C::WaitForInputRequest => "WAIT FOR INPUT REQUEST",
            C::WaitForJob => "WAIT FOR JOB",
            C::WaitForReport => "WAIT FOR REPORT",
            C::RecoverCp => "RECOVER_CP",
            C::Undefined => "UNDEFINED",
            C::WaitForQueue => "WAIT_FOR QUEUE",
            C::WaitForDebugger => "WAIT_FOR_DEBUGGER",
            C::AbortedWithRecover => "ABORTED_WITH_RECOVER",
            C::WebServerError => "WEB_SERVER_ERROR",
            C::AuthenticationError => "AUTHENTICATION_ERROR",
            C::InvalidAmtUser => "INVALID AMT USER",
        }
    }

    /// Whether a monitor goes on, stops, or has to worry.
    pub const fn class(self) -> CodeClass {
        match self {
            C::Killed
            | C::Done
            | C::SkippedByOps
            | C::DelQueue
            | C::Error
            | C::Aborted
            | C::AbortedWithRecover
            | C::InvalidAmtUser => CodeClass::Final,
            C::Undefined => CodeClass::Undefined,
            C::WebServerError | C::AuthenticationError => CodeClass::Client,
            C::Idle
            | C::Queued
            | C::Running
            | C::Suspended
            | C::RunManual
            | C::RunForced
            | C::RunDebug
            | C::WaitForFile
            | C::WaitForInputRequest
            | C::WaitForJob
            | C::WaitForReport
            | C::RecoverCp
            | C::WaitForQueue
            | C::WaitForDebugger => CodeClass::Live,
        }
    }

    /// True for the codes a request ends with.
    pub const fn is_final(self) -> bool {
        matches!(self.class(), CodeClass::Final)
    }

    /// True for 4 alone (`amt-domain 3.2`).
    pub const fn is_success(self) -> bool {
        matches!(self, C::Done)
    }
}

impl fmt::Display for CompletionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A number or name that no source assigns to a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a completion code")]
pub struct UnknownCode(pub String);

impl TryFrom<u16> for CompletionCode {
    type Error = UnknownCode;

    fn try_from(number: u16) -> Result<Self, UnknownCode> {
        Self::ALL
            .into_iter()
            .find(|code| code.number() == number)
            .ok_or_else(|| UnknownCode(number.to_string()))
    }
}

impl FromStr for CompletionCode {
    type Err = UnknownCode;

    /// Reads a name in any case, with blanks or underscores, since the seeds mix both.
    fn from_str(name: &str) -> Result<Self, UnknownCode> {
        let folded = fold(name);
        Self::ALL
            .into_iter()
            .find(|code| fold(code.name()) == folded)
            .ok_or_else(|| UnknownCode(name.to_owned()))
    }
}

fn fold(name: &str) -> String {
    name.trim().replace(' ', "_").to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_and_name_reads_back() {
        for code in CompletionCode::ALL {
            assert_eq!(CompletionCode::try_from(code.number()), Ok(code));
            assert_eq!(code.name().parse(), Ok(code));
            assert_eq!(code.name().replace(' ', "_").to_lowercase().parse(), Ok(code));
        }
    }

    #[test]
    fn unassigned_numbers_are_refused() {
        for number in (0..=200u16).filter(|n| *n == 17 || (25..99).contains(n) || *n > 99) {
            assert!(CompletionCode::try_from(number).is_err(), "{number}");
        }
    }

    #[test]
    fn live_and_final_sets_are_those_of_the_interface_page() {
        let numbers = |class| {
            CompletionCode::ALL
                .into_iter()
                .filter(|code| code.class() == class)
                .map(CompletionCode::number)
                .collect::<Vec<_>>()
        };
        assert_eq!(numbers(CodeClass::Live), [0, 1, 2, 5, 7, 8, 9, 13, 14, 15, 16, 18, 20, 21]);
        assert_eq!(numbers(CodeClass::Final), [3, 4, 6, 10, 11, 12, 22, 99]);
        assert_eq!(numbers(CodeClass::Undefined), [19]);
        assert_eq!(numbers(CodeClass::Client), [23, 24]);
    }
}
