//! One call: who asks, whether it was asked before, and which use case answers.

use std::sync::Arc;

use amt_job::protocol::{Answer, Call, Op, Reply, code};

use super::asker::{Asker, Refusal};
use super::state::State;
use super::{ask, children, files, plain, said, sleep};
use crate::store::job_call;
use crate::store::request::{Request, read};

/// Longest call id.
const CALL_ID_CHARS_MAX: usize = 64;

/// Answers a call.
pub(super) async fn handle(state: &Arc<State>, call: Call) -> Reply {
    match answered(state, call).await {
        Ok(answer) => Reply::Ok(answer),
        Err(Refusal { code, detail }) => Reply::Error { code: code.to_owned(), detail },
    }
}

async fn answered(state: &Arc<State>, call: Call) -> Result<Answer, Refusal> {
    let bad_token = || Refusal {
        code: code::BAD_TOKEN,
        detail: "the token belongs to no running job of this batch server".to_owned(),
    };
    let (id, attempt) = state.tokens.check(call.token.reveal()).ok_or_else(bad_token)?;
    if call.call_id.is_empty() || call.call_id.chars().count() > CALL_ID_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "call_id must have 1 to {CALL_ID_CHARS_MAX} characters"
        )));
    }
    let call_id = call.call_id.clone();
    let (row, known) = state
        .server
        .db
        .read(move |tx| {
            Box::pin(async move {
                let row = read::get(tx, id).await?;
                Ok::<_, sql::Error>((row, job_call::answer(tx, id, &call_id).await?))
            })
        })
        .await?;
    // What was answered once is answered again, even if the run has ended by now.
    if let Some(answer) = known.and_then(|json| serde_json::from_str(&json).ok()) {
        return Ok(answer);
    }
    let runs = |request: &Request| {
        request.attempt == attempt
            && request.state().is_ok_and(batch_core::request::State::is_running)
    };
    let request = row.filter(runs).ok_or_else(bad_token)?;
    let asker = Asker { server: Arc::clone(&state.server), request, call_id: call.call_id };
    if said::is_logged(&call.op) {
        said::until_stored(&asker).await?;
    }
    dispatch(asker, call.op).await
}

async fn dispatch(asker: Asker, op: Op) -> Result<Answer, Refusal> {
    match op {
        Op::Ask { text, timeout_seconds } => ask::ask(asker, text, timeout_seconds).await,
        Op::SetValue { key, value } => plain::set_value(asker, key, value).await,
        Op::GetValue { key, request_id } => plain::get_value(asker, key, request_id).await,
        Op::ListValues { request_id } => plain::list_values(asker, request_id).await,
        Op::Start(child) => children::start(asker, child).await,
        Op::WaitJob { request_id } => children::wait_job(asker, request_id).await,
        Op::WaitFile { path, timeout_seconds } => {
            files::wait_file(asker, path, timeout_seconds).await
        }
        Op::Sleep { seconds } => sleep::sleep(asker, seconds).await,
        Op::WakeUp { report, request_id, data } => {
            sleep::wake_up(asker, report, request_id, data).await
        }
        Op::CriticalPoint { name, data, sleep_seconds } => {
            plain::critical_point(asker, name, data, sleep_seconds).await
        }
        Op::Abort { message, recover, restart } => {
            plain::abort(asker, message, recover, restart).await
        }
        Op::Alert { kind, text } => plain::alert(asker, kind, text).await,
    }
}
