//! What an operator or an event may do with a job in which status: the one table behind the state
//! machine, the API and the screens (`opcon-domain 1.10`).
//!
//! [`decide`] answers for one action; [`available`] for all of them, with the reason of each refusal, so
//! that a screen can say why a button is grey. [`table`] prints both for people.

mod gate;
mod privilege;
mod table;

pub use gate::{
    Facts, Refusal, StartMachine, Why, available, decide, may_be_deleted, may_be_rescheduled,
};
pub use privilege::Privilege;
pub use table::table;

#[cfg(test)]
mod tests;

use std::fmt;

/// Something that is asked of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Keep it from starting.
    Hold,
    /// Let a held one go on.
    Release,
    /// Take it out: dependants are not satisfied.
    Cancel,
    /// Pass over it once it qualifies: dependants are satisfied.
    Skip,
    /// Start it at once, whatever it waits for.
    Start,
    /// End it on its machine.
    Kill,
    /// Run it again, once everything is as it should be.
    Restart,
    /// Run it again, once it is released.
    RestartOnHold,
    /// Run it again at once, whatever it would wait for.
    ForceRestart,
    /// Declare it finished OK.
    MarkFinishedOk,
    /// Declare it failed.
    MarkFailed,
    /// Say that somebody looks at its failure.
    MarkUnderReview,
    /// Say that its failure was put right.
    MarkFixed,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 13] = [
        Self::Hold,
        Self::Release,
        Self::Cancel,
        Self::Skip,
        Self::Start,
        Self::Kill,
        Self::Restart,
        Self::RestartOnHold,
        Self::ForceRestart,
        Self::MarkFinishedOk,
        Self::MarkFailed,
        Self::MarkUnderReview,
        Self::MarkFixed,
    ];

    /// The word in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Cancel => "cancel",
            Self::Skip => "skip",
            Self::Start => "start",
            Self::Kill => "kill",
            Self::Restart => "restart",
            Self::RestartOnHold => "restartOnHold",
            Self::ForceRestart => "forceRestart",
            Self::MarkFinishedOk => "markFinishedOk",
            Self::MarkFailed => "markFailed",
            Self::MarkUnderReview => "markUnderReview",
            Self::MarkFixed => "markFixed",
        }
    }

    /// The action with this word; none for a word that no action has.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// The privileges that are all needed, in the job's department.
    pub const fn privileges(self) -> &'static [Privilege] {
        match self {
            Self::Hold => &[Privilege::HoldJobs],
            Self::Release => &[Privilege::ReleaseJobs],
            Self::Cancel => &[Privilege::CancelJobs],
            Self::Skip => &[Privilege::SkipJobs],
            Self::Start => &[Privilege::ForceStartJobs],
            Self::Kill => &[Privilege::KillJobs],
            Self::Restart | Self::RestartOnHold => &[Privilege::RestartJobs],
            Self::ForceRestart => &[Privilege::ForceStartJobs, Privilege::RestartJobs],
            Self::MarkFinishedOk | Self::MarkFixed => &[Privilege::MarkJobsFinishedOk],
            Self::MarkFailed | Self::MarkUnderReview => &[Privilege::MarkJobsFailed],
        }
    }

    /// What it does, after "cannot".
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Cancel => "cancel",
            Self::Skip => "skip",
            Self::Start => "start",
            Self::Kill => "kill",
            Self::Restart => "restart",
            Self::RestartOnHold => "restart on hold",
            Self::ForceRestart => "restart by force",
            Self::MarkFinishedOk => "mark as finished OK",
            Self::MarkFailed => "mark as failed",
            Self::MarkUnderReview => "put under review",
            Self::MarkFixed => "mark as fixed",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
