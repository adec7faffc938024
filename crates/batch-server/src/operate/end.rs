//! Ending runs, interrupting them, and letting a debugger in.

use amt_protocol::JobStatus;
use batch_core::request::Event;
use batch_core::rights::Right;

use super::cause;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::monitor;
use crate::server::Server;

/// Ends a request whatever its state (3). Idempotent: a finished request keeps its code.
pub(crate) async fn kill(server: &Server, caller: &Caller, id: i64) -> Result<JobStatus> {
    cause(server, caller, id, Right::Kill, Event::Kill).await
}

/// Asks a run to end; no kill follows. A request that still waits is taken out of its queue (10).
pub(crate) async fn stop(server: &Server, caller: &Caller, id: i64) -> Result<JobStatus> {
    cause(server, caller, id, Right::Stop, Event::Stop).await
}

/// Sends an interrupt to a running job. It changes no state: what follows is the job's affair.
pub(crate) async fn interrupt(server: &Server, caller: &Caller, id: i64) -> Result<JobStatus> {
    caller.require(Right::Interrupt)?;
    let request = monitor::read_visible(server, caller, id).await?;
    if !request.state()?.is_running() {
        return Err(Error::Conflict(format!(
            "request {id} is not running, so it cannot be interrupted"
        )));
    }
    server.interrupts.ask(server, id).await?;
    monitor::status(server, id).await
}

/// Lets a request that waits for a debugger go on (9).
pub(crate) async fn attach_debugger(
    server: &Server,
    caller: &Caller,
    id: i64,
) -> Result<JobStatus> {
    cause(server, caller, id, Right::Operate, Event::DebuggerAttached).await
}
