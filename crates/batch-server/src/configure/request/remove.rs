//! Taking requests away.

use batch_core::rights::Right;
use sql::{Tx, to_micros};

use crate::caller::Caller;
use crate::configure::Expected;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::request::{self, Request as Row};
use crate::store::request_list;
use crate::{monitor, operate};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Takes a waiting request out of its queue (it ends with code 10), or an ended one out of the history, together with its
/// children and their job log.
pub(crate) async fn remove(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
) -> Result<()> {
    caller.require(Right::Operate)?;
    let row = monitor::read_visible(server, caller, id).await?;
    expected.check("request", &id.to_string(), row.version)?;
    let state = row.state();
    if state.as_ref().is_ok_and(|state| state.is_running()) {
        return Err(Error::Conflict(format!("request {id} is running; kill it first")));
    }
    if state.is_ok_and(|state| !state.is_ended()) {
        operate::delete(server, caller, id).await?;
        return Ok(());
    }
    caller.require(Right::Administer)?;
    let youngest_key = to_micros(server.clock.now())
        - i64::from(server.options.retention.request_key_days).saturating_mul(MICROS_PER_DAY);
    let purged = server.db.write(move |tx| Box::pin(purge(tx, id, expected, youngest_key))).await?;
    server.changed(purged);
    tracing::info!(request.id = id, caller.id = caller.user_id, "request removed from the history");
    Ok(())
}

async fn purge(
    tx: &mut Tx<'_>,
    id: i64,
    expected: Expected,
    youngest_key: i64,
) -> Result<Vec<i64>> {
    let row = found(tx, id).await?;
    expected.check("request", &id.to_string(), row.version)?;
    if row.root() != id {
        let text = format!(
            "request {id} belongs to the job log of request {}; remove that one",
            row.root()
        );
        return Err(Error::Conflict(text));
    }
    let family: Vec<i64> =
        request::read::family(tx, id).await?.into_iter().map(|member| member.0).collect();
    for member in request::read::get_many(tx, &family).await? {
        if member.state != "ended" {
            return Err(Error::Conflict(format!(
                "request {id} has the child {} that is not over",
                member.id
            )));
        }
        if member.request_key.is_some() && member.queued_at > youngest_key {
            return Err(Error::Conflict(format!(
                "request {} has a request key that must be remembered, so that the same submission is not run twice; \
                 the retention removes it later",
                member.id
            )));
        }
    }
    request_list::purge_messages(tx, id).await?;
    request_list::purge(tx, &family).await?;
    Ok(family)
}

/// Empties the job log of an ended request and of its children.
pub(crate) async fn purge_messages(server: &Server, caller: &Caller, id: i64) -> Result<()> {
    caller.require(Right::Administer)?;
    let row = monitor::read_visible(server, caller, id).await?;
    if row.state != "ended" {
        return Err(Error::Conflict(format!("request {id} is not over, so its messages stay")));
    }
    if row.root() != id {
        let text = format!(
            "the messages of request {id} are in the job log of request {}; empty that one",
            row.root()
        );
        return Err(Error::Conflict(text));
    }
    server
        .db
        .write(move |tx| Box::pin(async move { request_list::purge_messages(tx, id).await }))
        .await?;
    server.changed([id]);
    tracing::info!(request.id = id, caller.id = caller.user_id, "messages removed");
    Ok(())
}

async fn found(tx: &mut Tx<'_>, id: i64) -> Result<Row> {
    request::read::lock(tx, id).await?.ok_or_else(|| Error::not_found("request", id))
}
