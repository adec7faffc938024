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

use amt_protocol::{CompletionCode, JobAction, JobActionAnswer};
use batch_core::request::State;
use batch_core::rights::Right;

pub(crate) use file::{ScriptPlace, folder, local_folder, script_place};
pub(crate) use prepare::{Origin, Parent, Prepared, prepare};

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::request::insert::NewRequest;
use crate::store::{message, request, task_value};

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
    if action.request_key.is_some() {
        // The key may be known, and the request may have got on since.
        let id = store(server, prepared).await?;
        return answer_of(server, id).await;
    }
    let (code, description) = (code(&prepared.request), prepared.request.description.clone());
    Ok(answer(store(server, prepared).await?, code, description))
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

/// Stores a prepared request and returns its id, or the id that its request key has already.
///
/// # Errors
/// `Conflict` when the key came with other content before.
pub(crate) async fn store(server: &Server, prepared: Prepared) -> Result<i64> {
    let tells_others = server.has_peers();
    let id = server
        .db
        .write(move |tx| {
            let prepared = prepared.clone();
            Box::pin(async move {
                let id = insert(tx, &prepared).await?;
                if tells_others {
                    sql::notify(tx, crate::server::CHANNEL, &format!("requests:{id}")).await?;
                }
                Ok::<_, Error>(id)
            })
        })
        .await?;
    server.changed([id]);
    server.wakes.claim.wake();
    Ok(id)
}

/// Stores a prepared request in a transaction of the caller's, who wakes the controllers after its commit.
pub(crate) async fn insert(tx: &mut sql::Tx<'_>, prepared: &Prepared) -> Result<i64> {
    let new = &prepared.request;
    let Some(id) = request::insert::insert(tx, new).await? else {
        return known_key(tx, new).await;
    };
    for value in &prepared.task_values {
        task_value::set(tx, id, &value.key, &value.value).await?;
    }
    let messages: Vec<_> =
        prepared.messages.iter().map(|text| (new.queued_at, "E", text.clone())).collect();
    message::append(tx, new.root_id.unwrap_or(id), id, &messages).await?;
    Ok(id)
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
