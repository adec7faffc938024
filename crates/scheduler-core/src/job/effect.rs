//! What an event makes of a job, and what the outside world must then do.

use jiff::Timestamp;

use super::{Ending, Job, SubscheduleRestart};
use crate::action;
use crate::event::JobStatusTrigger;

/// What notifications can be about (`opcon-domain 1.14`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notice {
    /// It waits for a machine.
    WaitMachine,
    /// It is late to start.
    LateToStart,
    /// It is late to finish.
    LateToFinish,
    /// It was sent to its machine.
    Submitted,
    /// It was sent, and there is no answer.
    StillAttempting,
    /// It could not be started.
    InitializationError,
    /// Its pre-run failed.
    PrerunFailed,
    /// It missed its start.
    MissedStartTime,
    /// It runs.
    Running,
    /// A kill was asked for.
    ToBeKilled,
    /// It runs longer than its maximum.
    ExceededMaxRunTime,
    /// It finished OK.
    FinishedOk,
    /// It failed.
    Failed,
    /// It was declared finished.
    MarkedFinishedOk,
    /// It was declared failed.
    MarkedFailed,
    /// It was cancelled.
    Cancelled,
    /// It was restarted.
    Restarted,
    /// It was skipped.
    Skipped,
    /// It is under review.
    UnderReview,
    /// It was fixed.
    Fixed,
}

/// Something that must be done, stored in the same transaction as the job. Each may be performed more than
/// once and must then change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Take the machine's slot and the units of its resources.
    Occupy {
        /// For this attempt.
        attempt: u32,
    },
    /// Give them back.
    Vacate {
        /// Of this attempt.
        attempt: u32,
    },
    /// Run the *Start Attempted* events and threshold updates, and say how it went.
    PrepareStart {
        /// Of this attempt.
        attempt: u32,
    },
    /// Send it to its machine, or start its subschedule.
    Start {
        /// As this attempt. Never repeated for the same number.
        attempt: u32,
    },
    /// Find out whether the machine has it.
    FindOut {
        /// As this attempt.
        attempt: u32,
    },
    /// Kill it.
    Kill {
        /// This attempt.
        attempt: u32,
    },
    /// Stop following it: somebody has said how it ended.
    StopFollowing {
        /// This attempt.
        attempt: u32,
    },
    /// Set back the subschedule of the container.
    PrepareSubschedule(SubscheduleRestart),
    /// Run the events and the threshold and resource updates that are attached to this.
    Fire(JobStatusTrigger),
    /// Run the events of its ending (exit description, feedback, expressions included), then say that
    /// they are processed.
    ProcessEvents {
        /// The number of the ending.
        ending: u32,
    },
    /// Run the events of a good run after which the job runs again: those for an exit description, feedback or an
    /// expression, besides what [`Effect::Fire`] says. Nobody waits for them.
    ProcessRunEvents {
        /// The number of the attempt that was the run.
        attempt: u32,
    },
    /// Write a row of history.
    Record {
        /// The attempt; none when it never started.
        attempt: Option<u32>,
        /// When it began to run.
        started: Timestamp,
        /// When it ended.
        ended: Timestamp,
        /// How.
        ending: Ending,
    },
    /// Go through its out-edges: it has ended (`Some`), or has not any more (`None`).
    TellDependants(Option<Ending>),
    /// Count the jobs of its schedule: one has ended.
    CountSchedule,
    /// Open its schedule again if that is completed.
    ReopenSchedule,
    /// Send what notifications are defined for this.
    Notify(Notice),
}

/// What an event makes of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The job changes.
    Advance {
        /// What it becomes.
        next: Job,
        /// What must be done, in this order.
        effects: Vec<Effect>,
    },
    /// A late or repeated message: nothing changes, nobody is to blame.
    Stale,
    /// Not possible now; whoever sent it is told why.
    Illegal {
        /// Why.
        why: Illegal,
    },
}

/// Why an event is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Illegal {
    /// The action table refuses it.
    #[error(transparent)]
    Action(action::Refusal),
    /// It cannot get another start time.
    #[error("cannot reschedule the job: {0}")]
    Reschedule(action::Why),
    /// A number that was never given.
    #[error("attempt {said} is not known; the last one is {last}")]
    UnknownAttempt {
        /// The number in the message.
        said: u32,
        /// The last attempt.
        last: u32,
    },
    /// A number that was never given.
    #[error("ending {said} is not known; the last one is {last}")]
    UnknownEnding {
        /// The number in the message.
        said: u32,
        /// The last ending.
        last: u32,
    },
    /// News of something that was not sent.
    #[error("attempt {attempt} has not been sent to a machine, so there can be no such news of it")]
    NotSent {
        /// Which.
        attempt: u32,
    },
}
