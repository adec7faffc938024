//! What people and programs do to a request after it was submitted. Each use case authorises itself.

mod answer;
mod end;
mod recover;
mod waiting;
mod wake_up;

pub(crate) use answer::{answer, cancel_question};
pub(crate) use end::{attach_debugger, interrupt, kill, stop};
pub(crate) use recover::recover;
pub(crate) use waiting::{delete, force_start, hold, release, skip, start_manual};
pub(crate) use wake_up::{leave, wake_up};

use amt_protocol::JobStatus;
use batch_core::request::Event;
use batch_core::rights::Right;

use crate::caller::Caller;
use crate::error::Result;
use crate::monitor;
use crate::server::Server;
use crate::store::request::change::Also;
use crate::transition;

/// An event that a caller with the right causes on a request it can see; answers the status after it.
async fn cause(
    server: &Server,
    caller: &Caller,
    id: i64,
    right: Right,
    event: Event,
) -> Result<JobStatus> {
    caller.require(right)?;
    monitor::read_visible(server, caller, id).await?;
    transition::happen(server, id, event, Also::default()).await?;
    let done = done(event);
    tracing::info!(
        request.id = id,
        caller.id = caller.user_id,
        "{} {done} request {id}",
        caller.name
    );
    monitor::status(server, id).await
}

/// What an event was, as the server's log says it.
const fn done(event: Event) -> &'static str {
    match event {
        Event::Hold => "held",
        Event::Release { .. } => "released",
        Event::Skip => "skipped",
        Event::Delete => "deleted",
        Event::StartManual { .. } => "started",
        Event::StartForced => "forced the start of",
        Event::DebuggerAttached => "attached a debugger to",
        Event::Kill => "killed",
        Event::Stop => "stopped",
        Event::WindowClosed
        | Event::WindowOpened
        | Event::StartMissed
        | Event::Claimed
        | Event::NeverStarted
        | Event::Block(_)
        | Event::Unblock
        | Event::Abort { .. }
        | Event::Exited { .. }
        | Event::StartFailed
        | Event::Lost => "changed",
    }
}
