//! What a daily schedule can be, and what that is called.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The group a status belongs to. Clients decide by it what they offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Held back.
    Held,
    /// Not started.
    Waiting,
    /// Jobs may start.
    Running,
    /// Over.
    FinishedOk,
}

impl Category {
    /// The exact text that clients parse.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "Held",
            Self::Waiting => "Waiting",
            Self::Running => "Running",
            Self::FinishedOk => "Finished Ok",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One list makes the type, its texts, its categories and its numbers.
macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $category:ident, $description:literal;)+) => {
        /// What is shown of a daily schedule. The document's `Unknown`, for a schedule whose state
        /// cannot be told, does not exist here: every state has its status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Status { $($(#[$doc])* $name),+ }

        impl Status {
            /// Every status.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The exact text that clients parse.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$name => $description),+ }
            }

            /// The group it belongs to.
            pub const fn category(self) -> Category {
                match self { $(Self::$name => Category::$category),+ }
            }

            /// The number in JSON: 15 is the vendor's, the others are ours, in the order held, waiting,
            /// running, ended.
            pub const fn id(self) -> u16 {
                match self { $(Self::$name => $id),+ }
            }
        }
    };
}

statuses! {
    /// Held back by an operator, an event or its build.
    OnHold = 10, Held, "On Hold";
    /// Held back because a schedule above it is.
    ParentHold = 15, Held, "Parent Hold";
    /// Its start time has not come, or another day of it must end first.
    WaitToStart = 20, Waiting, "Wait to Start";
    /// A subschedule whose container has not started.
    WaitContainerJob = 25, Waiting, "Wait Container Job";
    /// Its start is being worked out.
    Starting = 30, Running, "Starting";
    /// Jobs run or may start.
    InProcess = 40, Running, "In Process";
    /// Completed once, and open again because a job was restarted or added.
    StartedByUser = 45, Running, "Started by User";
    /// A subschedule whose container has just started.
    StartedByContainerJob = 48, Running, "Started by Container Job";
    /// All jobs have ended; its completion events are being processed.
    CompletedProcessingEvents = 50, FinishedOk, "Completed; Processing Events";
    /// Over.
    Completed = 60, FinishedOk, "Completed";
}

impl Status {
    /// The status with this text; none for a text that no status has.
    pub fn from_description(description: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.description() == description)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.description())
    }
}

/// Who has started a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartedBy {
    /// Its time had come.
    Clock,
    /// An operator or an event, before its time.
    User,
    /// Its container job.
    Container,
}

/// Where a held schedule goes on when it is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resume {
    /// Waiting for its time.
    WaitToStart,
    /// Waiting for its container.
    WaitContainerJob,
    /// Its container has started while it was held: it starts.
    StartByContainer,
    /// In process.
    InProcess {
        /// As in [`State::InProcess`].
        is_reopened: bool,
    },
    /// Completed.
    Completed,
}

/// The state of a daily schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waiting for its time.
    WaitToStart,
    /// A subschedule that waits for its container.
    WaitContainerJob,
    /// Held by somebody.
    OnHold {
        /// Where it goes on.
        resume: Resume,
        /// A schedule above it is held, too.
        is_parent_held: bool,
    },
    /// Held with a schedule above it.
    ParentHold {
        /// Where it goes on.
        resume: Resume,
    },
    /// Start times of its jobs are being worked out.
    Starting(StartedBy),
    /// Jobs run or may start.
    InProcess {
        /// It was completed before.
        is_reopened: bool,
    },
    /// All jobs have ended, or somebody has closed it.
    Completed {
        /// Its completion events are being processed.
        is_processing: bool,
    },
}

/// A daily schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Schedule {
    /// Where it is.
    pub state: State,
    /// Completions so far; what is said about the events of one carries its number.
    pub completions: u32,
    /// It was released once: automatic deletion then keeps it when it is held again.
    pub was_released: bool,
}

impl Schedule {
    /// A schedule as it comes out of a build.
    pub const fn built(on_hold: bool, is_subschedule: bool) -> Self {
        let (resume, waiting) = if is_subschedule {
            (Resume::WaitContainerJob, State::WaitContainerJob)
        } else {
            (Resume::WaitToStart, State::WaitToStart)
        };
        let state = if on_hold { State::OnHold { resume, is_parent_held: false } } else { waiting };
        Self { state, completions: 0, was_released: !on_hold }
    }

    /// What is shown of it: one total function.
    pub const fn status(&self) -> Status {
        match self.state {
            State::WaitToStart => Status::WaitToStart,
            State::WaitContainerJob => Status::WaitContainerJob,
            State::OnHold { .. } => Status::OnHold,
            State::ParentHold { .. } => Status::ParentHold,
            State::Starting(StartedBy::Clock | StartedBy::User) => Status::Starting,
            State::Starting(StartedBy::Container) => Status::StartedByContainerJob,
            State::InProcess { is_reopened: false } => Status::InProcess,
            State::InProcess { is_reopened: true } => Status::StartedByUser,
            State::Completed { is_processing: true } => Status::CompletedProcessingEvents,
            State::Completed { is_processing: false } => Status::Completed,
        }
    }

    /// Whether its jobs may start.
    pub const fn is_in_process(&self) -> bool {
        matches!(self.state, State::InProcess { .. })
    }

    /// Whether it has begun and is not over. One that was put on hold in the middle is active: its running jobs go on,
    /// and the others follow when it is released.
    pub const fn is_active(&self) -> bool {
        match self.state {
            State::Starting(_) | State::InProcess { .. } => true,
            State::OnHold { resume, .. } | State::ParentHold { resume } => match resume {
                Resume::InProcess { .. } => true,
                Resume::WaitToStart
                | Resume::WaitContainerJob
                | Resume::StartByContainer
                | Resume::Completed => false,
            },
            State::WaitToStart | State::WaitContainerJob | State::Completed { .. } => false,
        }
    }

    /// Whether automatic deletion may take it once it is old enough: one that has ended, or one that was
    /// built on hold and never released.
    pub const fn may_be_deleted_automatically(&self) -> bool {
        match self.state {
            State::Completed { is_processing } => !is_processing,
            State::OnHold { .. } => !self.was_released,
            State::WaitToStart
            | State::WaitContainerJob
            | State::ParentHold { .. }
            | State::Starting(_)
            | State::InProcess { .. } => false,
        }
    }
}
