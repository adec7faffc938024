//! Questions of jobs to the operators (`amt-domain 9`).

use std::collections::HashSet;

use batch_core::rights::Right;
use serde::Serialize;
use sql::from_micros;
use utoipa::ToSchema;

use super::{Page, PageOf};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::monitor;
use crate::server::Server;
use crate::store::operator_request as store;
use crate::store::request;

/// A question of a job, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OperatorRequest {
    /// Its number.
    pub(crate) id: i64,
    /// The request whose job asks.
    request_id: i64,
    /// The question.
    text: String,
    /// `open`, `answered`, `timed_out` or `cancelled`.
    state: String,
    /// The answer.
    answer: Option<String>,
    /// Who has answered or cancelled it.
    answered_by: Option<String>,
    /// When the job has asked.
    #[schema(value_type = String, format = DateTime)]
    asked_at: jiff::Timestamp,
    /// Until when the job waits; null for ever.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<jiff::Timestamp>,
    /// When it was answered, cancelled or timed out.
    #[schema(value_type = Option<String>, format = DateTime)]
    answered_at: Option<jiff::Timestamp>,
    /// Grows with each change.
    version: i64,
}

/// A row as the Control Center shows it.
pub(crate) fn shown(row: store::OperatorRequest) -> Result<OperatorRequest> {
    let time = |column, at: Option<i64>| {
        at.map(|at| from_micros("operator_request", column, at)).transpose()
    };
    Ok(OperatorRequest {
        id: row.id,
        request_id: row.request_id,
        text: row.text,
        state: row.state,
        answer: row.answer,
        answered_by: row.answered_by,
        asked_at: from_micros("operator_request", "asked_at", row.asked_at)?,
        expires_at: time("expires_at", row.expires_at)?,
        answered_at: time("answered_at", row.answered_at)?,
        version: row.version,
    })
}

/// The questions of the jobs that the caller may see, the open ones or all. A page may have fewer items than asked for.
pub(crate) async fn list(
    server: &Server,
    caller: &Caller,
    page: PageOf,
    open_only: bool,
) -> Result<Page<OperatorRequest>> {
    caller.require(Right::Monitor)?;
    let (rows, requests) = server
        .db
        .read(|tx| {
            Box::pin(async move {
                let rows = store::page(tx, page.start(), page.fetch(), open_only).await?;
                let ids: Vec<i64> = rows.iter().map(|row| row.request_id).collect();
                let requests = request::read::get_many(tx, &ids).await?;
                Ok::<_, sql::Error>((rows, requests))
            })
        })
        .await?;
    let seen: HashSet<i64> = requests
        .iter()
        .filter(|request| {
            caller.may_use(request.job_id) || request.token_id == Some(caller.token_id)
        })
        .map(|request| request.id)
        .collect();
    let shown = rows.into_iter().map(shown).collect::<Result<Vec<_>>>()?;
    Ok(Page::of(page, shown, |question| question.id)
        .filter(|question| seen.contains(&question.request_id)))
}

/// One question.
pub(crate) async fn read(server: &Server, caller: &Caller, id: i64) -> Result<OperatorRequest> {
    caller.require(Right::Monitor)?;
    let row = server.db.read(|tx| Box::pin(async move { store::get(tx, id).await })).await?;
    let row = row.ok_or_else(|| Error::not_found("operator request", id))?;
    let hidden = |_| Error::not_found("operator request", id);
    monitor::read_visible(server, caller, row.request_id).await.map_err(hidden)?;
    shown(row)
}
