//! The status object of requests, at once or after a change.

use std::collections::HashSet;
use std::time::Duration;

use amt_protocol::{CompletionCode, JobStatus, MonitorAnswer, MonitorRequest};
use batch_core::rights::Right;
use tokio::time::Instant;

use crate::caller::Caller;
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::hub::Changes;
use crate::server::Server;
use crate::store::request::{Request, read};

/// A row as clients see it. A row that cannot be read shows as 19 (`amt-domain 3`).
pub(crate) fn view(catalog: &Catalog, request: &Request) -> JobStatus {
    let code = request.state().map_or(CompletionCode::Undefined, batch_core::request::State::code);
    let time = |micros: Option<i64>| {
        micros.and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok())
    };
    let description = match code {
        CompletionCode::Undefined => "the stored state cannot be read".to_owned(),
        _ => request.description.clone(),
    };
    JobStatus {
        batch_request_id: request.id,
        job_id: request.job_id,
        batch_id: request.batch(),
        parent_request_id: request.parent_id,
        code: code.number(),
        status: code.name().to_owned(),
        description,
        exit_code: request.exit_code.and_then(|code| i32::try_from(code).ok()),
        version: request.version,
        queue_name: catalog
            .queue_by_id(request.queue_id)
            .map(|queue| queue.name.clone())
            .unwrap_or_default(),
        controller: request
            .controller_id
            .and_then(|id| catalog.controller_name(id))
            .map(str::to_owned),
        request_key: request.request_key.clone(),
        queued_at: time(Some(request.queued_at)),
        started_at: time(request.started_at),
        ended_at: time(request.ended_at),
    }
}

/// A request's row.
pub(crate) async fn load(server: &Server, id: i64) -> Result<Request> {
    let row =
        server.db.read_one(move |tx| Box::pin(async move { read::get(tx, id).await })).await?;
    row.ok_or_else(|| Error::not_found("request", id))
}

/// A request that the caller may see.
pub(crate) async fn read_visible(server: &Server, caller: &Caller, id: i64) -> Result<Request> {
    let request = load(server, id).await?;
    if sees(caller, &request) { Ok(request) } else { Err(Error::not_found("request", id)) }
}

/// What it submitted itself, and the jobs that its roles list.
fn sees(caller: &Caller, request: &Request) -> bool {
    caller.may_use(request.job_id) || request.token_id == Some(caller.token_id)
}

/// The status of one request, without asking who wants to know.
pub(crate) async fn status(server: &Server, id: i64) -> Result<JobStatus> {
    Ok(view(&server.catalog.get(), &load(server, id).await?))
}

/// The status of one request; with a known version it waits for a newer one, at most `wait`.
pub(crate) async fn poll(
    server: &Server,
    caller: &Caller,
    id: i64,
    known_version: Option<i64>,
    wait: Duration,
) -> Result<JobStatus> {
    caller.require(Right::Monitor)?;
    let deadline = Instant::now() + wait;
    loop {
        let watch = server.hub.watch(id);
        let request = read_visible(server, caller, id).await?;
        let is_news = known_version.is_none_or(|known| request.version > known);
        if is_news || tokio::time::timeout_at(deadline, watch.changed()).await.is_err() {
            return Ok(view(&server.catalog.get(), &request));
        }
    }
}

/// Those of many requests that have changed since the cursor; waits for the first change, at most `wait`.
pub(crate) async fn many(
    server: &Server,
    caller: &Caller,
    asked: &MonitorRequest,
    wait: Duration,
) -> Result<MonitorAnswer> {
    caller.require(Right::Monitor)?;
    let deadline = Instant::now() + wait;
    let ids: HashSet<i64> = asked.batch_request_ids.iter().copied().collect();
    let mut cursor = asked.cursor.clone();
    loop {
        let watch = server.hub.watch_any();
        let next = server.hub.cursor().to_string();
        let wanted: Vec<i64> = match cursor.as_deref().map(|cursor| server.hub.since(cursor)) {
            None | Some(Changes::Everything) => ids.iter().copied().collect(),
            Some(Changes::Of(changed)) => ids.intersection(&changed).copied().collect(),
        };
        let items = statuses(server, caller, wanted).await?;
        if !items.is_empty() || cursor.is_none() {
            return Ok(MonitorAnswer { items, cursor: next });
        }
        if tokio::time::timeout_at(deadline, watch.changed()).await.is_err() {
            return Ok(MonitorAnswer { items, cursor: next });
        }
        cursor = Some(next);
    }
}

async fn statuses(server: &Server, caller: &Caller, ids: Vec<i64>) -> Result<Vec<JobStatus>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = server
        .db
        .read_one(move |tx| Box::pin(async move { read::get_many(tx, &ids).await }))
        .await?;
    rows.retain(|request| sees(caller, request));
    rows.sort_unstable_by_key(|request| request.id);
    let catalog = server.catalog.get();
    Ok(rows.iter().map(|request| view(&catalog, request)).collect())
}

/// The request of a request key.
pub(crate) async fn find(server: &Server, caller: &Caller, key: &str) -> Result<JobStatus> {
    caller.require(Right::Monitor)?;
    let wanted = key.to_owned();
    let row = server
        .db
        .read_one(move |tx| Box::pin(async move { read::by_key(tx, &wanted).await }))
        .await?;
    row.filter(|request| sees(caller, request) && !request.is_void())
        .map(|request| view(&server.catalog.get(), &request))
        .ok_or_else(|| Error::not_found("request with key", key))
}
