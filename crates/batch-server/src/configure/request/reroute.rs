//! Moving a waiting request into another queue.

use batch_core::rights::Right;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{Request, one};
use crate::caller::Caller;
use crate::configure::{Expected, by_name};
use crate::error::{Error, Result};
use crate::monitor;
use crate::server::{CHANNEL, Server};
use crate::store::{queue, request, request_list};

/// What can be changed of a request.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestChange {
    /// The queue that it is to wait in; it must serve the request's application.
    queue: String,
}

/// Puts a request that waits into another queue.
pub(crate) async fn change(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
    input: &RequestChange,
) -> Result<Request> {
    caller.require(Right::Operate)?;
    monitor::read_visible(server, caller, id).await?;
    let (asked, tells_others) = (input.queue.clone(), server.has_peers());
    server
        .db
        .write(move |tx| {
            let asked = asked.clone();
            Box::pin(async move {
                let row = request::read::lock(tx, id)
                    .await?
                    .ok_or_else(|| Error::not_found("request", id))?;
                expected.check("request", &id.to_string(), row.version)?;
                let queues = queue::all(tx).await?;
                let queue_id = by_name("queue", &asked, &queues)?.id;
                let owner = queues
                    .iter()
                    .find(|queue| queue.id == queue_id)
                    .and_then(|queue| queue.application_id);
                if owner.is_some_and(|application| application != row.application_id) {
                    let detail =
                        format!("queue `{asked}` does not serve the application of request {id}");
                    return Err(Error::invalid("queue", detail));
                }
                let state = row.state()?;
                if state.is_running() || state.is_ended() {
                    let text = format!(
                        "request {id} does not wait any more, so it cannot change its queue"
                    );
                    return Err(Error::Conflict(text));
                }
                request_list::move_to_queue(tx, id, row.version, queue_id).await?;
                if tells_others {
                    sql::notify(tx, CHANNEL, &format!("requests:{id}")).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await?;
    server.changed([id]);
    server.wakes.windows.wake();
    server.wakes.claim.wake();
    tracing::info!(
        request.id = id,
        queue.name = input.queue,
        caller.id = caller.user_id,
        "request moved"
    );
    one(server, id).await
}
