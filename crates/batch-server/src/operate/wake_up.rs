//! Waking a sleeping report (`amt-domain 7`).

use amt_protocol::JobStatus;
use batch_core::rights::Right;

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::monitor;
use crate::server::{CHANNEL, Server};
use crate::store::request::read;
use crate::store::wake_up;

/// Wakes a running request up from the Control Center.
pub(crate) async fn wake_up(
    server: &Server,
    caller: &Caller,
    id: i64,
    data: Option<String>,
) -> Result<JobStatus> {
    caller.require(Right::WakeUp)?;
    monitor::read_visible(server, caller, id).await?;
    if !deliver(server, id, data).await? {
        return Err(Error::Conflict(format!(
            "request {id} is not running, so it cannot be woken up"
        )));
    }
    monitor::status(server, id).await
}

/// Leaves a wake-up for a request. False when it does not run, or runs under a debugger: it receives none.
async fn deliver(server: &Server, id: i64, data: Option<String>) -> Result<bool> {
    let (now, tells_others) = (sql::to_micros(server.clock.now()), server.has_peers());
    let delivered = server
        .db
        .write(move |tx| {
            let data = data.clone();
            Box::pin(async move { leave(tx, id, data.as_deref(), now, tells_others).await })
        })
        .await?;
    server.changed([id]);
    Ok(delivered)
}

/// The same in a transaction of the caller's, who wakes the sleeper after its commit.
pub(crate) async fn leave(
    tx: &mut sql::Tx<'_>,
    id: i64,
    data: Option<&str>,
    now: i64,
    tells_others: bool,
) -> sql::Result<bool> {
    let runs = read::lock(tx, id).await?.is_some_and(|request| request.takes_wake_ups());
    if runs {
        wake_up::send(tx, id, data, now).await?;
        if tells_others {
            sql::notify(tx, CHANNEL, &format!("requests:{id}")).await?;
        }
    }
    Ok(runs)
}
