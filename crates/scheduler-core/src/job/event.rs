//! What can happen to a daily job.

use jiff::Timestamp;

use super::Reason;
use crate::action::Action;

/// The build status of its frequency: how a job comes out of a build (`opcon-domain 1.4.3`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BuiltAs {
    /// Free to run.
    Released,
    /// On hold.
    OnHold,
    /// To be skipped.
    ToBeSkipped,
}

/// The answer of the tests in their order; see [`crate::dependency::qualify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Qualification {
    /// Nothing is missing.
    Qualified,
    /// Its latest start has passed.
    Missed,
    /// The first thing that is missing.
    Waiting(Reason),
}

/// What a restart does with the subschedule of a container (`opcon-domain 1.3`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscheduleRestart {
    /// Delete it and build it anew.
    Rebuild,
    /// Leave it as it is and follow it again.
    Leave,
    /// Restart those of its jobs that have the status for which the container is restarted.
    RestartMatching,
    /// Restart all of its jobs: what a retry and a recurrence do.
    RestartAll,
}

/// How an attempt ended, as its machine or its subschedule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// With this exit code, which the failure criteria judge.
    Code(i32),
    /// Failed without a code.
    NoCode,
    /// Ended by a kill.
    Killed,
    /// The subschedule has ended with so many failed jobs.
    Subschedule {
        /// Jobs that count as failed.
        failed_jobs: u32,
    },
}

/// News of an attempt, from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum News {
    /// Its *Start Attempted* events and threshold updates are done.
    StartPrepared,
    /// They failed: the job goes on hold.
    StartNotPrepared,
    /// The machine has it.
    StartAccepted,
    /// It cannot be started, and was not: a missing field, a bad user, a token without a value.
    StartRefused,
    /// It was sent, and nobody knows whether it arrived.
    StartUnknown,
    /// The search has found it.
    StartFound,
    /// The search is sure that it never arrived.
    StartNotFound,
    /// The check of running jobs finds it without an answer.
    StillAttempting,
    /// Its pre-run runs.
    PrerunStarted,
    /// Its pre-run has ended well.
    PrerunOk,
    /// Its pre-run has failed.
    PrerunFailed,
    /// It runs.
    Running,
    /// It runs longer than its maximum.
    MaxRunTimeExceeded,
    /// The kill is on its way.
    KillSent,
    /// The machine could not or would not kill it.
    KillFailed,
    /// It has ended.
    Exited(Exit),
}

/// Something that happens to a daily job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// Its build has ended.
    Built(BuiltAs),
    /// It was tested. A retry, a next run or a latest start that is due is found by a test, too.
    Tested(Qualification),
    /// It is taken up as the attempt with this number, one more than its last.
    StartRequested {
        /// The number.
        attempt: u32,
    },
    /// News of an attempt.
    News {
        /// Of which.
        attempt: u32,
        /// What.
        news: News,
    },
    /// Its late-to-start time has passed.
    LateToStart,
    /// Its late-to-finish time has passed.
    LateToFinish,
    /// The events of an ending are processed.
    EventsProcessed {
        /// Of which: [`super::Job::endings`] at that time.
        ending: u32,
    },
    /// An operator or an event asks for something.
    Asked {
        /// What.
        action: Action,
        /// For a container that is restarted.
        subschedule: SubscheduleRestart,
    },
    /// An event gives it another start time.
    Rescheduled {
        /// The new time.
        not_before: Timestamp,
        /// Whether it is put on hold as well.
        on_hold: bool,
    },
}
