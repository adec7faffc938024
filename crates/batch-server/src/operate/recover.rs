//! Restarting an aborted request from its critical point.

use amt_protocol::JobStatus;
use batch_core::request::{FinalCode, StartKind, State};
use batch_core::rights::Right;

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::monitor;
use crate::server::Server;
use crate::store::request::Request;
use crate::store::request::insert::NewRequest;
use crate::submit::{self, Prepared};

/// Makes a new request (18) that goes on where a request with code 22 saved its last critical point. Done twice it answers
/// the same new request: one recovery for each abort.
pub(crate) async fn recover(server: &Server, caller: &Caller, id: i64) -> Result<JobStatus> {
    caller.require(Right::Operate)?;
    let old = monitor::read_visible(server, caller, id).await?;
    if old.state()? != State::Ended(FinalCode::AbortedWithRecover) {
        return Err(Error::Conflict(format!(
            "request {id} has not ended with code 22, so there is nothing to recover"
        )));
    }
    let request = continuation(server, caller, &old);
    let prepared =
        Prepared { request, task_values: task_values(server, id).await?, messages: Vec::new() };
    let new = submit::store(server, prepared).await?.id;
    tracing::info!(
        request.id = new,
        recovers = id,
        "{} recovers request {id} as request {new}",
        caller.name
    );
    monitor::status(server, new).await
}

fn continuation(server: &Server, caller: &Caller, old: &Request) -> NewRequest {
    let kind = match old.kind.as_str() {
        "report" => "report",
        "script" => "script",
        _ => "executable",
    };
    // The key makes it exactly one recovery, also when the answer was lost and the operator tries again.
    let key = format!("recover:{}", old.id);
    NewRequest {
        application_id: old.application_id,
        queue_id: old.queue_id,
        job_id: old.job_id,
        job_name: old.job_name.clone(),
        kind,
        report_key: old.report_key.clone(),
        batch_id: old.batch(),
        parent_id: None,
        root_id: None,
        recovers_id: Some(old.id),
        submit_user: old.submit_user.clone(),
        station: old.station.clone(),
        run_as: old.run_as.clone(),
        token_id: Some(caller.token_id),
        request_digest: Some(key.clone()),
        request_key: Some(key),
        spec: old.spec.clone(),
        state: State::Queued(StartKind::Recover).as_str(),
        start_kind: StartKind::Recover.as_str(),
        final_code: None,
        description: String::new(),
        critical_point: old.critical_point,
        critical_data: old.critical_data.clone(),
        queued_at: sql::to_micros(server.clock.now()),
        start_by: None,
        ended_at: None,
    }
}

async fn task_values(server: &Server, id: i64) -> Result<Vec<batch_core::parameters::TaskValue>> {
    let values = server
        .db
        .read(move |tx| Box::pin(async move { crate::store::task_value::all(tx, id).await }))
        .await?;
    Ok(values
        .into_iter()
        .map(|(key, value)| batch_core::parameters::TaskValue { key, value })
        .collect())
}
