//! What a daily job can be.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Status;

/// What sort of job it is, as far as its life is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// No machine and no process: finished OK as soon as it qualifies.
    Null,
    /// Runs a subschedule, and ends when that has ended.
    Container,
    /// Runs something on a machine.
    Task,
}

/// The first thing that a waiting job waits for, or what it comes from if it was not tested since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Not tested yet, or its schedule does not run.
    Qualifying,
    /// Just released from a hold.
    Released,
    /// Its time has not come.
    StartTime,
    /// A predecessor.
    JobDependency,
    /// A job beside which it may not run.
    JobConflict,
    /// A threshold or a resource.
    ThresholdOrResource,
    /// An expression.
    Expression,
    /// A machine with a free slot.
    Machine,
    /// The next try of its pre-run.
    PrerunFailed,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Qualifying,
        Self::Released,
        Self::StartTime,
        Self::JobDependency,
        Self::JobConflict,
        Self::ThresholdOrResource,
        Self::Expression,
        Self::Machine,
        Self::PrerunFailed,
    ];

    /// What is shown for it.
    pub const fn status(self) -> Status {
        match self {
            Self::Qualifying => Status::Qualifying,
            Self::Released => Status::Released,
            Self::StartTime => Status::WaitStartTime,
            Self::JobDependency => Status::WaitJobDependency,
            Self::JobConflict => Status::WaitJobConflict,
            Self::ThresholdOrResource => Status::WaitThresholdResourceDependency,
            Self::Expression => Status::WaitExpressionDependency,
            Self::Machine => Status::WaitMachine,
            Self::PrerunFailed => Status::PrerunFailed,
        }
    }
}

/// How far an attempt has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its *Start Attempted* events and threshold updates run; nothing was sent.
    Preparing,
    /// Sent to its machine.
    Submitted {
        /// The check of running jobs has found it without an answer.
        is_still_attempting: bool,
    },
    /// Sent, but nobody knows whether it arrived: it is looked for, and never sent again blindly.
    Unknown {
        /// As in [`Stage::Submitted`].
        is_still_attempting: bool,
    },
    /// Its pre-run runs.
    Prerun,
    /// It runs.
    Running,
}

/// How far a kill has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kill {
    /// Nobody asked.
    None,
    /// Asked for, not sent.
    Requested,
    /// Sent; the machine has not confirmed it.
    Sent,
}

/// An attempt that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Live {
    /// Its number, from 1. Every message about it carries the number.
    pub attempt: u32,
    /// How far it has come.
    pub stage: Stage,
    /// When it was taken up.
    pub requested_at: Timestamp,
    /// When it began to run; none before.
    pub started_at: Option<Timestamp>,
    /// An end that was asked for.
    pub kill: Kill,
    /// Whether it was reported as running longer than its maximum.
    pub has_exceeded: bool,
}

/// How a job failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// It ran and failed, or was killed.
    Failed,
    /// Somebody declared it failed.
    MarkedFailed,
    /// It could not be started.
    InitializationError,
}

impl Failure {
    /// Every failure.
    pub const ALL: [Self; 3] = [Self::Failed, Self::MarkedFailed, Self::InitializationError];
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Well.
    FinishedOk,
    /// Declared so.
    MarkedFinishedOk,
    /// Badly.
    Failed(Failure),
    /// Passed over.
    Skipped,
    /// Taken out.
    Cancelled,
    /// Its latest start passed.
    MissedStartTime,
    /// A failure that somebody looks at.
    UnderReview(Failure),
    /// A failure that was put right.
    Fixed(Failure),
}

impl Ending {
    /// Every ending.
    pub const ALL: [Self; 14] = {
        use Failure as F;
        [
            Self::FinishedOk,
            Self::MarkedFinishedOk,
            Self::Failed(F::Failed),
            Self::Failed(F::MarkedFailed),
            Self::Failed(F::InitializationError),
            Self::Skipped,
            Self::Cancelled,
            Self::MissedStartTime,
            Self::UnderReview(F::Failed),
            Self::UnderReview(F::MarkedFailed),
            Self::UnderReview(F::InitializationError),
            Self::Fixed(F::Failed),
            Self::Fixed(F::MarkedFailed),
            Self::Fixed(F::InitializationError),
        ]
    };

    /// Whether there is a short state in which the events of this ending are processed
    /// (`opcon-domain 1.10`).
    pub const fn has_processing(self) -> bool {
        match self {
            Self::FinishedOk
            | Self::MarkedFinishedOk
            | Self::Failed(Failure::Failed | Failure::MarkedFailed)
            | Self::Skipped
            | Self::UnderReview(_)
            | Self::Fixed(_) => true,
            Self::Failed(Failure::InitializationError)
            | Self::Cancelled
            | Self::MissedStartTime => false,
        }
    }

    /// What is shown for it, once its events are processed.
    pub const fn status(self) -> Status {
        match self {
            Self::FinishedOk => Status::FinishedOk,
            Self::MarkedFinishedOk => Status::MarkedFinishedOk,
            Self::Failed(Failure::Failed) => Status::Failed,
            Self::Failed(Failure::MarkedFailed) => Status::MarkedFailed,
            Self::Failed(Failure::InitializationError) => Status::InitializationError,
            Self::Skipped => Status::Skipped,
            Self::Cancelled => Status::Cancelled,
            Self::MissedStartTime => Status::MissedStartTime,
            Self::UnderReview(_) => Status::UnderReview,
            Self::Fixed(_) => Status::Fixed,
        }
    }

    const fn processing_status(self) -> Status {
        match self {
            Self::FinishedOk => Status::FinishedOkProcessingEvents,
            Self::MarkedFinishedOk => Status::MarkedFinishedOkProcessingEvents,
            Self::Failed(Failure::Failed) => Status::FailedProcessingEvents,
            Self::Failed(Failure::MarkedFailed) => Status::MarkedFailedProcessingEvents,
            Self::Skipped => Status::SkippedProcessingEvents,
            Self::UnderReview(_) => Status::UnderReviewProcessingEvents,
            Self::Fixed(_) => Status::FixedProcessingEvents,
            Self::Failed(Failure::InitializationError)
            | Self::Cancelled
            | Self::MissedStartTime => self.status(),
        }
    }
}

/// The state of a daily job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its build has not ended.
    UnderConstruction,
    /// Held back.
    Held {
        /// Since when: a held job loses its lock on a resource after two minutes.
        since: Timestamp,
    },
    /// Something is missing.
    Waiting {
        /// What.
        reason: Reason,
    },
    /// It will be skipped when it qualifies.
    ToBeSkipped,
    /// It has all it needs, or was started by force, and is taken up next.
    Ready,
    /// An attempt is under way. Stored before anything is done.
    Live(Live),
    /// It is over, until somebody restarts it.
    Ended {
        /// How.
        ending: Ending,
        /// Since when.
        at: Timestamp,
        /// Its events are being processed.
        is_processing: bool,
    },
}

/// A daily job: its state, and what must be known over several attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Job {
    /// Where it is.
    pub state: State,
    /// Attempts so far; the number of the last one. Never falls.
    pub attempts: u32,
    /// Endings so far. What is said about the processing of an ending's events carries the number.
    pub endings: u32,
    /// Automatic restarts after failures, since it last ran well or was restarted by hand.
    pub retries: u16,
    /// Runs that ended well, as recurrence counts them.
    pub runs: u32,
    /// Times of its recurring instances that are used up.
    pub instances_used: u32,
    /// A time before which it does not start, and which stands instead of its start offset: the next try, the next
    /// run, or what a reschedule asked for. It stays, whatever the job waits for or is held for, until the job ends or
    /// is started by force.
    pub not_before: Option<Timestamp>,
    /// Started by force: neither time nor dependencies count.
    pub is_forced: bool,
    /// Reported as late to start.
    pub is_late_to_start: bool,
    /// Reported as late to finish.
    pub is_late_to_finish: bool,
}

impl Job {
    /// A job whose build begins.
    pub const fn new() -> Self {
        Self {
            state: State::UnderConstruction,
            attempts: 0,
            endings: 0,
            retries: 0,
            runs: 0,
            instances_used: 0,
            not_before: None,
            is_forced: false,
            is_late_to_start: false,
            is_late_to_finish: false,
        }
    }

    /// What is shown of it: one total function (`opcon-domain 1.10`).
    pub const fn status(&self) -> Status {
        match self.state {
            State::UnderConstruction => Status::UnderConstruction,
            State::Held { .. } => Status::OnHold,
            State::Waiting { .. } if self.is_late_to_start => Status::LateToStart,
            State::Waiting { reason } => reason.status(),
            State::ToBeSkipped => Status::JobToBeSkipped,
            State::Ready if self.is_forced => Status::WaitToStartForced,
            State::Ready => Status::WaitToStart,
            State::Live(live) => self.live_status(live),
            State::Ended { ending, is_processing: true, .. } => ending.processing_status(),
            State::Ended { ending, is_processing: false, .. } => ending.status(),
        }
    }

    const fn live_status(&self, live: Live) -> Status {
        match (live.stage, live.kill) {
            (Stage::Preparing, _) => Status::AttemptToStart,
            (
                Stage::Submitted { is_still_attempting: false }
                | Stage::Unknown { is_still_attempting: false },
                _,
            ) => Status::StartAttempted,
            (
                Stage::Submitted { is_still_attempting: true }
                | Stage::Unknown { is_still_attempting: true },
                _,
            ) => Status::StillAttemptingStart,
            (Stage::Prerun, _) => Status::PrerunActive,
            (Stage::Running, Kill::Requested) => Status::JobRunningToBeTerminated,
            (Stage::Running, Kill::None | Kill::Sent) if self.is_late_to_finish => {
                Status::JobRunningLateToFinish
            }
            (Stage::Running, Kill::None | Kill::Sent) => Status::JobRunning,
        }
    }

    /// The attempt that is under way.
    pub const fn live(&self) -> Option<Live> {
        match self.state {
            State::Live(live) => Some(live),
            State::UnderConstruction
            | State::Held { .. }
            | State::Waiting { .. }
            | State::ToBeSkipped
            | State::Ready
            | State::Ended { .. } => None,
        }
    }

    /// How it ended, once its events are processed: what its dependants and its schedule go by.
    pub const fn ending(&self) -> Option<Ending> {
        match self.state {
            State::Ended { ending, is_processing: false, .. } => Some(ending),
            State::Ended { is_processing: true, .. }
            | State::UnderConstruction
            | State::Held { .. }
            | State::Waiting { .. }
            | State::ToBeSkipped
            | State::Ready
            | State::Live(_) => None,
        }
    }

    /// Whether its latest start counts: it guards the first start of the day, and gives way to a time
    /// that somebody asked for. Silent in the sources for restarts; an operator who restarts a job
    /// means it to run.
    pub const fn is_bound_by_latest_start(&self) -> bool {
        self.attempts == 0 && !self.is_forced && self.not_before.is_none()
    }
}

impl Default for Job {
    fn default() -> Self {
        Self::new()
    }
}
