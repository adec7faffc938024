//! Operators and requests that wait (`amt-domain 3`).

use amt_protocol::JobStatus;
use batch_core::request::Event;
use batch_core::rights::Right;

use super::cause;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::monitor;
use crate::server::Server;

/// Holds a waiting request back (code 0).
pub(crate) async fn hold(server: &Server, caller: &Caller, id: i64) -> Result<JobStatus> {
    cause(server, caller, id, Right::Operate, Event::Hold).await
}

/// Lets a held request go on (1, or 20 outside the window of its queue).
pub(crate) async fn release(server: &Server, caller: &Caller, id: i64) -> Result<JobStatus> {
    caller.require(Right::Operate)?;
    let request = monitor::read_visible(server, caller, id).await?;
    let catalog = server.catalog.get();
    let queue = catalog
        .queue_by_id(request.queue_id)
        .ok_or_else(|| Error::not_found("queue", request.queue_id))?;
    let is_window_open = crate::windows::is_open(queue, server.clock.now());
    cause(server, caller, id, Right::Operate, Event::Release { is_window_open }).await
}

/// Starts a waiting request now, whatever its queue says (7); refused while the job server is halted.
pub(crate) async fn start_manual(server: &Server, caller: &Caller, id: i64) -> Result<JobStatus> {
    let is_halted = server.catalog.get().is_halted;
    cause(server, caller, id, Right::Operate, Event::StartManual { is_halted }).await
}

/// Starts a waiting request now, even while the job server is halted (8).
pub(crate) async fn force_start(server: &Server, caller: &Caller, id: i64) -> Result<JobStatus> {
    cause(server, caller, id, Right::Operate, Event::StartForced).await
}

/// Gives up a suspended request (6).
pub(crate) async fn skip(server: &Server, caller: &Caller, id: i64) -> Result<JobStatus> {
    cause(server, caller, id, Right::Operate, Event::Skip).await
}

/// Takes a waiting request out of its queue (10).
pub(crate) async fn delete(server: &Server, caller: &Caller, id: i64) -> Result<JobStatus> {
    cause(server, caller, id, Right::Operate, Event::Delete).await
}
