//! What an operator or an event may do with a daily schedule in which status.

use std::fmt;

use super::{Category, Status};
use crate::action::Privilege;

/// Something that is asked of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Start no more jobs; running ones go on.
    Hold,
    /// Go on after a hold.
    Release,
    /// Start before its time.
    Start,
    /// Declare it completed, without completion events and without history.
    Close,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 4] = [Self::Hold, Self::Release, Self::Start, Self::Close];

    /// The word in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Start => "start",
            Self::Close => "close",
        }
    }

    /// The action with this word; none for a word that no action has.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// The privilege that it needs.
    pub const fn privilege(self) -> Privilege {
        match self {
            Self::Hold | Self::Close => Privilege::HoldSchedules,
            Self::Release => Privilege::ReleaseSchedules,
            Self::Start => Privilege::ForceStartSchedules,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why an action is not possible now. The text ends with what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Why {
    /// Held already.
    #[error("it is held already")]
    AlreadyHeld,
    /// Held from above.
    #[error("it is held with the schedule above it; release that one")]
    ParentHold,
    /// Not held.
    #[error("it is not held")]
    NotHeld,
    /// The container decides.
    #[error("only its container job starts it; hold or start that job")]
    WaitsForContainer,
    /// Its events run.
    #[error("its completion events are being processed; wait a moment")]
    ProcessingEvents,
    /// It has started.
    #[error("it has started already")]
    Started,
    /// It is completed.
    #[error("it is completed; restart or add a job to open it again")]
    Completed,
    /// It is held.
    #[error("it is held; release it first")]
    Held,
    /// The role does not allow it.
    #[error("you need the privilege {0}")]
    Privilege(Privilege),
}

/// An action that is not possible now: the whole sentence for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("cannot {action} a schedule that is `{status}`: {why}")]
pub struct Refusal {
    /// What was asked.
    pub action: Action,
    /// Of a schedule in which status.
    pub status: Status,
    /// Why not.
    pub why: Why,
}

/// Whether `action` is possible for a schedule in `status`. Privileges are not looked at.
///
/// As the vendor's client has it, with two differences that the vendor's documents ask for: nothing can be
/// done with `Wait Container Job` and `Parent Hold`, and nothing while completion events are processed.
///
/// # Errors
/// Why it is not.
pub fn decide(action: Action, status: Status) -> Result<(), Refusal> {
    let why = match (status, action) {
        (Status::ParentHold, _) => Some(Why::ParentHold),
        (Status::WaitContainerJob, _) => Some(Why::WaitsForContainer),
        (Status::CompletedProcessingEvents, _) => Some(Why::ProcessingEvents),
        (_, Action::Hold) => hold(status),
        (_, Action::Release) => (status.category() != Category::Held).then_some(Why::NotHeld),
        (_, Action::Start) => start(status),
        (_, Action::Close) => (status.category() == Category::FinishedOk).then_some(Why::Completed),
    };
    why.map_or(Ok(()), |why| Err(Refusal { action, status, why }))
}

fn hold(status: Status) -> Option<Why> {
    (status.category() == Category::Held).then_some(Why::AlreadyHeld)
}

fn start(status: Status) -> Option<Why> {
    match status.category() {
        Category::Waiting => None,
        Category::Held => Some(Why::Held),
        Category::Running => Some(Why::Started),
        Category::FinishedOk => Some(Why::Completed),
    }
}

/// Every action with its answer, for somebody of whom `has` knows the privileges.
pub fn available(
    status: Status,
    has: impl Fn(Privilege) -> bool,
) -> [(Action, Result<(), Refusal>); 4] {
    Action::ALL.map(|action| {
        let privilege = action.privilege();
        let answer = if has(privilege) {
            decide(action, status)
        } else {
            Err(Refusal { action, status, why: Why::Privilege(privilege) })
        };
        (action, answer)
    })
}
