//! The decision about one action, and what follows from it.

use super::{Action, Privilege};
use crate::job::{Category, Kind, Status};

/// What decides besides the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facts {
    /// What sort of job it is.
    pub kind: Kind,
    /// The machine that it was sent to; none before that.
    pub start_machine: Option<StartMachine>,
}

/// What counts of the machine on which a job was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StartMachine {
    /// *Allow Kill Job* of the machine; off unless it was set by hand (`opcon-domain 1.11`).
    pub allows_kill: bool,
}

/// Why an action is not possible now. The text ends with what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Why {
    /// Its build has not ended.
    #[error("its build has not ended; wait a moment")]
    UnderConstruction,
    /// Its events run.
    #[error("the events of its end are being processed; wait a moment")]
    ProcessingEvents,
    /// It is held.
    #[error("it is held already")]
    AlreadyHeld,
    /// It is not held.
    #[error("it is not held")]
    NotHeld,
    /// It will be skipped.
    #[error("it is to be skipped; cancel, start or restart it instead")]
    ToBeSkipped,
    /// It has been sent to its machine, or runs.
    #[error("it is running; kill it, or mark it as finished OK or failed")]
    Running,
    /// It does not run.
    #[error("it is not running")]
    NotRunning,
    /// Nothing was sent to a machine yet.
    #[error("it has not been sent to its machine yet; wait a moment")]
    NotSent,
    /// A kill is under way.
    #[error("a kill is about to be sent already")]
    KillPending,
    /// It has no process.
    #[error("a null job has nothing to kill")]
    NullJob,
    /// It has no process.
    #[error("a container has nothing to kill; kill the jobs of its subschedule")]
    ContainerJob,
    /// Its subschedule decides.
    #[error("its subschedule runs and decides how it ends; close the subschedule, or end its jobs")]
    ContainerRunning,
    /// Nobody knows where it is.
    #[error("the machine on which it was started is not known")]
    MachineUnknown,
    /// The machine does not allow it.
    #[error("its machine does not allow kills; set Allow Kill Job of the machine")]
    KillNotAllowed,
    /// It has ended.
    #[error("it has ended; restart it instead")]
    Ended,
    /// It has not ended.
    #[error("it has not run yet")]
    NotEnded,
    /// It has missed its start.
    #[error("it has missed its start; start it instead")]
    MissedStart,
    /// It already is what is asked for.
    #[error("it is that already")]
    Already,
    /// Only failures.
    #[error("it has not failed")]
    NotFailed,
    /// The role does not allow it.
    #[error("you need the privilege {0}")]
    Privilege(Privilege),
}

/// An action that is not possible now: the whole sentence for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("cannot {} a job that is `{status}`: {why}", .action.verb())]
pub struct Refusal {
    /// What was asked.
    pub action: Action,
    /// Of a job in which status.
    pub status: Status,
    /// Why not.
    pub why: Why,
}

/// Whether `action` is possible for a job in `status`. Privileges are not looked at.
///
/// Follows the vendor's client where it and the vendor's documents differ, because clients are what the
/// server must agree with; two things are stricter: a kill needs a machine that allows it and a job that
/// was sent, and a job under construction cannot be touched.
///
/// # Errors
/// Why it is not.
pub fn decide(action: Action, status: Status, facts: Facts) -> Result<(), Refusal> {
    let why = match action {
        _ if status == Status::UnderConstruction => Some(Why::UnderConstruction),
        _ if status.is_processing_events() => Some(Why::ProcessingEvents),
        Action::Hold => hold(status),
        Action::Release => (status.category() != Category::Held).then_some(Why::NotHeld),
        Action::Cancel => cancel(status),
        Action::Skip => skip(status),
        Action::Start => start(status),
        Action::Kill => kill(status, facts),
        Action::Restart | Action::RestartOnHold | Action::ForceRestart => restart(status),
        Action::MarkFinishedOk => mark_finished_ok(status, facts.kind),
        Action::MarkFailed => mark_failed(status, facts.kind),
        Action::MarkUnderReview => mark_under_review(status),
        Action::MarkFixed => mark_fixed(status),
    };
    why.map_or(Ok(()), |why| Err(Refusal { action, status, why }))
}

/// Every action with its answer, for somebody of whom `has` knows the privileges.
pub fn available(
    status: Status,
    facts: Facts,
    has: impl Fn(Privilege) -> bool,
) -> [(Action, Result<(), Refusal>); 13] {
    Action::ALL.map(|action| {
        let missing = action.privileges().iter().copied().find(|privilege| !has(*privilege));
        let answer = match missing {
            Some(privilege) => Err(Refusal { action, status, why: Why::Privilege(privilege) }),
            None => decide(action, status, facts),
        };
        (action, answer)
    })
}

/// Whether the job may be taken out of its daily schedule: not while it runs (`$JOB:DELETE`).
///
/// # Errors
/// Why it may not.
pub fn may_be_deleted(status: Status) -> Result<(), Why> {
    match status.category() {
        Category::Running => Err(Why::Running),
        _ if status.is_processing_events() => Err(Why::ProcessingEvents),
        _ => Ok(()),
    }
}

/// Whether the job may get another start time: not while it runs (`$JOB:RESCHEDULE`).
///
/// # Errors
/// Why it may not.
pub fn may_be_rescheduled(status: Status) -> Result<(), Why> {
    match status.category() {
        _ if status == Status::UnderConstruction => Err(Why::UnderConstruction),
        Category::Running => Err(Why::Running),
        _ if status.is_processing_events() => Err(Why::ProcessingEvents),
        _ => Ok(()),
    }
}

fn hold(status: Status) -> Option<Why> {
    match status.category() {
        Category::Waiting if status == Status::JobToBeSkipped => Some(Why::ToBeSkipped),
        Category::Waiting => None,
        Category::Held => Some(Why::AlreadyHeld),
        Category::Running => Some(Why::Running),
        Category::MissedStartTime => Some(Why::MissedStart),
        Category::Failed
        | Category::FinishedOk
        | Category::Skipped
        | Category::Cancelled
        | Category::UnderReview
        | Category::Fixed => Some(Why::Ended),
    }
}

fn cancel(status: Status) -> Option<Why> {
    match status.category() {
        Category::Held
        | Category::Waiting
        | Category::MissedStartTime
        | Category::Failed
        | Category::UnderReview => None,
        Category::Running => Some(Why::Running),
        Category::Cancelled => Some(Why::Already),
        Category::FinishedOk | Category::Skipped | Category::Fixed => Some(Why::Ended),
    }
}

fn skip(status: Status) -> Option<Why> {
    match status.category() {
        _ if status == Status::JobToBeSkipped => Some(Why::Already),
        Category::Skipped => Some(Why::Already),
        Category::Cancelled => Some(Why::Ended),
        Category::Held
        | Category::Waiting
        | Category::Running
        | Category::Failed
        | Category::FinishedOk
        | Category::MissedStartTime
        | Category::UnderReview
        | Category::Fixed => cancel(status),
    }
}

fn start(status: Status) -> Option<Why> {
    match status.category() {
        Category::Held | Category::Waiting | Category::MissedStartTime => None,
        Category::Running => Some(Why::Running),
        Category::Failed
        | Category::FinishedOk
        | Category::Skipped
        | Category::Cancelled
        | Category::UnderReview
        | Category::Fixed => Some(Why::Ended),
    }
}

fn kill(status: Status, facts: Facts) -> Option<Why> {
    match facts.kind {
        Kind::Null => return Some(Why::NullJob),
        Kind::Container => return Some(Why::ContainerJob),
        Kind::Task => {}
    }
    match status {
        Status::AttemptToStart => Some(Why::NotSent),
        Status::JobRunningToBeTerminated => Some(Why::KillPending),
        _ if status.category() != Category::Running => Some(Why::NotRunning),
        _ => match facts.start_machine {
            None => Some(Why::MachineUnknown),
            Some(StartMachine { allows_kill: false }) => Some(Why::KillNotAllowed),
            Some(StartMachine { allows_kill: true }) => None,
        },
    }
}

fn restart(status: Status) -> Option<Why> {
    match status.category() {
        Category::Cancelled
        | Category::FinishedOk
        | Category::Fixed
        | Category::Failed
        | Category::UnderReview
        | Category::Skipped => None,
        Category::Waiting if status == Status::JobToBeSkipped => None,
        Category::Held | Category::Waiting => Some(Why::NotEnded),
        Category::Running => Some(Why::Running),
        Category::MissedStartTime => Some(Why::MissedStart),
    }
}

fn mark_finished_ok(status: Status, kind: Kind) -> Option<Why> {
    match status.category() {
        Category::Running if kind == Kind::Container => Some(Why::ContainerRunning),
        Category::Held
        | Category::Waiting
        | Category::Running
        | Category::Failed
        | Category::UnderReview
        | Category::MissedStartTime
        | Category::Fixed => None,
        Category::FinishedOk => Some(Why::Already),
        Category::Skipped | Category::Cancelled => Some(Why::Ended),
    }
}

fn mark_failed(status: Status, kind: Kind) -> Option<Why> {
    match status.category() {
        Category::Running if kind == Kind::Container => Some(Why::ContainerRunning),
        Category::Held
        | Category::Waiting
        | Category::Running
        | Category::FinishedOk
        | Category::Fixed
        | Category::MissedStartTime
        | Category::UnderReview => None,
        Category::Failed => Some(Why::Already),
        Category::Skipped | Category::Cancelled => Some(Why::Ended),
    }
}

fn mark_under_review(status: Status) -> Option<Why> {
    match status.category() {
        Category::Failed => None,
        Category::UnderReview => Some(Why::Already),
        Category::Held
        | Category::Waiting
        | Category::Running
        | Category::FinishedOk
        | Category::Skipped
        | Category::Cancelled
        | Category::MissedStartTime
        | Category::Fixed => Some(Why::NotFailed),
    }
}

fn mark_fixed(status: Status) -> Option<Why> {
    match status.category() {
        Category::Failed | Category::UnderReview => None,
        Category::Fixed => Some(Why::Already),
        Category::Held
        | Category::Waiting
        | Category::Running
        | Category::FinishedOk
        | Category::Skipped
        | Category::Cancelled
        | Category::MissedStartTime => Some(Why::NotFailed),
    }
}
