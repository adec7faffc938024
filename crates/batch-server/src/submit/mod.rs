//! Submitting: from an `OpConJobAction` (or a child start, or a planned run) to a durable request.
//!
//! [`prepare`] resolves and checks, [`store`] writes. What can never run (unknown user, missing file) is stored all the
//! same and ends at once, so that it has an id, a status and messages like any other run.

mod digest;
mod file;
mod known;
mod prepare;
#[cfg(test)]
pub(crate) mod tests;
mod texts;
mod void;

use std::sync::Arc;

use amt_protocol::{CompletionCode, JobAction, JobActionAnswer};
use batch_core::request::State;
use batch_core::rights::Right;

pub(crate) use file::{ScriptPlace, folder, local_folder, script_place};
pub(crate) use prepare::{Origin, Parent, Prepared, prepare};
pub(crate) use void::void;

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::request::insert::NewRequest;
use crate::store::{message, request, task_value};

/// A request that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) id: i64,
    /// It was before: its key has come again.
    pub(crate) was_known: bool,
}

/// Why nothing was stored. The text is for the requester.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(pub(crate) String);

/// A start over the API: stored and answered with its id, or refused with id 0. `predefined_station` is that of a start which
/// names none.
pub(crate) async fn start(
    server: &Server,
    caller: &Caller,
    action: &JobAction,
    predefined_station: Option<String>,
) -> Result<JobActionAnswer> {
    caller.require(Right::Submit)?;
    if let Some(id) = known::own(server, caller, action).await? {
        return answer_of(server, id).await;
    }
    let origin =
        Origin { token_id: Some(caller.token_id), predefined_station, ..Origin::default() };
    let prepared = match prepare(server, action, &origin, |job_id| caller.may_use(job_id)).await {
        Ok(prepared) => prepared,
        Err(refused) => return Ok(refusal(&refused)),
    };
    let (code, description) = (code(&prepared.request), prepared.request.description.clone());
    let stored = store(server, prepared).await?;
    if stored.was_known {
        // It may have got on since.
        return answer_of(server, stored.id).await;
    }
    Ok(answer(stored.id, code, description))
}

async fn answer_of(server: &Server, id: i64) -> Result<JobActionAnswer> {
    let status = crate::monitor::status(server, id).await?;
    Ok(answer(id, status.completion(), status.description))
}

fn answer(id: i64, code: CompletionCode, description: String) -> JobActionAnswer {
    JobActionAnswer {
        batch_request_id: Some(id),
        code: Some(code.number()),
        status: Some(code.name().to_owned()),
        description: Some(description),
    }
}

/// The code of a request that is stored just now.
fn code(new: &NewRequest) -> CompletionCode {
    State::from_columns(new.state, new.start_kind, "working", new.final_code)
        .map_or(CompletionCode::Undefined, State::code)
}

/// Stores a prepared request, unless its request key is known.
///
/// # Errors
/// `Conflict` when the key came with other content before.
pub(crate) async fn store(server: &Server, prepared: Prepared) -> Result<Stored> {
    let tells_others = server.has_peers();
    let is_row_alone =
        prepared.task_values.is_empty() && prepared.messages.is_empty() && !tells_others;
    let prepared = Arc::new(prepared);
    let stored = if is_row_alone {
        let insert = server.db.write_one(move |tx| {
            let prepared = Arc::clone(&prepared);
            Box::pin(async move { insert(tx, &prepared).await })
        });
        insert.await?
    } else {
        let insert = server.db.write(move |tx| {
            let prepared = Arc::clone(&prepared);
            Box::pin(async move { insert_and_tell(tx, &prepared, tells_others).await })
        });
        insert.await?
    };
    server.changed([stored.id]);
    server.wakes.claim.wake();
    Ok(stored)
}

async fn insert_and_tell(
    tx: &mut sql::Tx<'_>,
    prepared: &Prepared,
    tells_others: bool,
) -> Result<Stored> {
    let stored = insert(tx, prepared).await?;
    if tells_others {
        let told = format!("requests:{}", stored.id);
        sql::notify(tx, crate::server::CHANNEL, &told).await?;
    }
    Ok(stored)
}

/// Stores a prepared request in a transaction of the caller's, who wakes the controllers after its commit.
pub(crate) async fn insert(tx: &mut sql::Tx<'_>, prepared: &Prepared) -> Result<Stored> {
    let new = &prepared.request;
    let Some(id) = request::insert::insert(tx, new).await? else {
        return Ok(Stored { id: known_key(tx, new).await?, was_known: true });
    };
    for value in &prepared.task_values {
        task_value::set(tx, id, &value.key, &value.value).await?;
    }
    let messages: Vec<_> =
        prepared.messages.iter().map(|text| (new.queued_at, "E", text.clone())).collect();
    message::append(tx, new.root_id.unwrap_or(id), id, &messages).await?;
    Ok(Stored { id, was_known: false })
}

async fn known_key(tx: &mut sql::Tx<'_>, new: &NewRequest) -> Result<i64> {
    let key = new.request_key.as_deref().unwrap_or_default();
    let known = request::read::by_key(tx, key).await?.ok_or(sql::Error::NotFound)?;
    known::same(&known, new.request_digest.as_deref())
}

/// How a refused start is answered: id 0, since the known clients test `BatchRequestId > 0`.
pub(crate) fn refusal(refused: &Refused) -> JobActionAnswer {
    JobActionAnswer {
        batch_request_id: Some(0),
        code: Some(CompletionCode::Error.number()),
        status: Some(CompletionCode::Error.name().to_owned()),
        description: Some(refused.0.clone()),
    }
}
