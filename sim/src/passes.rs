//! What the loops of the scheduler's process do, one pass at a time.

use std::fmt;

use jiff::Timestamp;
use scheduler_app::advance::advance;
use scheduler_app::agents::heartbeat;
use scheduler_app::attempts::kill;
use scheduler_app::auto_build::auto_build;
use scheduler_app::delete::delete;
use scheduler_app::events::perform;

use crate::site::Process;

/// A pass of one of the loops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pass {
    Advance,
    Start,
    Watch,
    Kill,
    Events,
    Archive,
    Heartbeat,
    Build,
    Delete,
    Lease,
}

impl Pass {
    /// Those that are run whenever something may have happened.
    pub(crate) const OFTEN: [Self; 6] =
        [Self::Advance, Self::Start, Self::Watch, Self::Kill, Self::Events, Self::Archive];
    /// Those that are run when their time has come.
    pub(crate) const SELDOM: [Self; 4] = [Self::Heartbeat, Self::Build, Self::Delete, Self::Lease];

    /// Who goes on when it has done something, beside those whom its work has woken: what the loop of a process does around the pass.
    pub(crate) const fn wakes(self) -> &'static [Self] {
        match self {
            // A pass takes up a part of what is there; agents that are there again are news for jobs.
            Self::Advance | Self::Heartbeat => &[Self::Advance],
            Self::Start => &[Self::Start],
            Self::Watch => &[Self::Watch],
            Self::Kill => &[Self::Kill],
            Self::Events => &[Self::Events],
            Self::Archive => &[Self::Archive],
            Self::Delete => &[Self::Delete],
            Self::Build | Self::Lease => &[],
        }
    }

    /// The pass of a loop; none for loops that are not simulated.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let mut all = Self::OFTEN.into_iter().chain(Self::SELDOM);
        all.find(|pass| pass.to_string() == name)
    }

    /// Whether its loop goes on with something else while it waits for an agent.
    pub(crate) const fn waits_beside(self) -> bool {
        matches!(self, Self::Start | Self::Watch | Self::Archive)
    }
}

impl fmt::Display for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Advance => "advance",
            Self::Start => "start",
            Self::Watch => "watch",
            Self::Kill => "kill",
            Self::Events => "events",
            Self::Archive => "archive",
            Self::Heartbeat => "heartbeat",
            Self::Build => "auto build",
            Self::Delete => "delete",
            Self::Lease => "lease",
        })
    }
}

/// What a pass has done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Did {
    /// How much; 0 for nothing.
    pub(crate) handled: usize,
    /// When it has something to do again, where it says so.
    pub(crate) next: Option<Timestamp>,
}

/// Runs a pass.
pub(crate) async fn run(process: &mut Process, pass: Pass) -> scheduler_app::Result<Did> {
    let app = process.app.clone();
    let did = |handled| Did { handled, next: None };
    Ok(match pass {
        Pass::Advance => {
            let done = advance(&app).await?;
            Did { handled: done.steps, next: done.next }
        }
        Pass::Start => did(process.starter.pass().await?),
        Pass::Watch => did(process.watcher.pass().await?.1),
        Pass::Kill => did(kill(&app).await?),
        Pass::Events => did(perform(&app).await?),
        Pass::Archive => did(process.archiver.pass().await?),
        Pass::Heartbeat => {
            let done = heartbeat(&app).await?;
            Did { handled: done.changed, next: done.next }
        }
        Pass::Build => {
            let done = auto_build(&app).await?;
            Did { handled: done.dates, next: done.next }
        }
        Pass::Delete => {
            let done = delete(&app).await?;
            Did { handled: done.schedules, next: done.next }
        }
        Pass::Lease => {
            app.renew_lease().await?;
            did(0)
        }
    })
}
