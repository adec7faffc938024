//! Storing the end of a run: the rest of its output and its final state in one transaction.

use std::sync::Arc;

use super::ended::Ended;
use super::ingest::Mark;
use super::{SharedController, ingest};
use crate::store::request::{Request, change, read};
use crate::store::{message, task_value};
use crate::transition::{self, Rules, Stepped};

/// Stores an end, unless another life or attempt has the request by now.
pub(super) async fn store(
    controller: &SharedController,
    request: &Request,
    mark: Mark,
    ended: &Ended,
) -> anyhow::Result<()> {
    let server = &controller.server;
    let chunk = ingest::read(controller, mark)?;
    let rules = Rules::of(server);
    let mut lines = chunk.lines;
    lines.extend(ended.lines.iter().cloned());
    let shared = Arc::new((request.clone(), ended.clone(), lines));
    let stored = server
        .db
        .write_together(move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (request, ended, lines) = &*shared;
                let id = request.id;
                if chunk.end != mark.offset {
                    change::advance_spool(tx, id, mark.attempt, mark.offset, chunk.end).await?;
                }
                message::append(tx, mark.root_id, id, lines).await?;
                if let Some(code) = ended.exit_code.filter(|_| request.kind == "executable") {
                    task_value::set(tx, id, "EXITCODE", &code.to_string()).await?;
                }
                step(tx, request, ended, rules).await
            })
        })
        .await;
    match stored {
        Ok(stepped) => transition::announce(server, &stepped),
        Err(NotStored::Stale) => {
            tracing::debug!(
                request.id = request.id,
                "the end of an older attempt of request {} is stale",
                request.id
            );
        }
        Err(NotStored::Failed(error)) => return Err(error.into()),
    }
    Ok(())
}

/// Why an end was not stored.
#[derive(Debug)]
enum NotStored {
    /// Another life or another attempt has the request.
    Stale,
    Failed(sql::Error),
}

impl From<sql::Error> for NotStored {
    fn from(error: sql::Error) -> Self {
        Self::Failed(error)
    }
}

/// The end as a step of the request. Mostly nobody has touched a run since it was claimed, so that the row of the claim still
/// holds, which its version proves; otherwise it is read again.
async fn step(
    tx: &mut sql::Tx<'_>,
    request: &Request,
    ended: &Ended,
    rules: Rules,
) -> Result<Stepped, NotStored> {
    match transition::step(tx, request, ended.event, ended.also(request), rules).await {
        Err(sql::Error::NotFound) => {}
        stepped => return Ok(stepped?),
    }
    let now = read::lock(tx, request.id).await?.ok_or(NotStored::Stale)?;
    if now.attempt != request.attempt || now.fence != request.fence || !now.state()?.is_running() {
        return Err(NotStored::Stale);
    }
    Ok(transition::step(tx, &now, ended.event, ended.also(&now), rules).await?)
}

/// The mark as the database knows it now; none when the request is no longer ours to settle.
pub(super) async fn still_ours(controller: &SharedController, request: &Request) -> Option<Mark> {
    let id = request.id;
    let row =
        controller.server.db.read(move |tx| Box::pin(async move { read::get(tx, id).await })).await;
    match row {
        Ok(Some(now)) if now.attempt == request.attempt && now.fence == request.fence => {
            Some(Mark::resume(&now))
        }
        Ok(_) => None,
        // The database is away: keep trying with what is known.
        Err(_) => Some(Mark::resume(request)),
    }
}
