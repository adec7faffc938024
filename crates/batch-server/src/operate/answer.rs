//! Answering the questions of jobs (`amt-domain 9`).

use batch_core::rights::Right;

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::server::{CHANNEL, Server};
use crate::store::operator_request::{self, OperatorRequest};

/// Longest answer, in characters.
const ANSWER_CHARS_MAX: usize = 4096;

/// Gives an operator's answer to an open question; the job goes on with it.
pub(crate) async fn answer(
    server: &Server,
    caller: &Caller,
    id: i64,
    text: &str,
) -> Result<OperatorRequest> {
    if text.chars().count() > ANSWER_CHARS_MAX || text.contains(['\n', '\r', '\0']) {
        return Err(Error::invalid(
            "answer",
            format!("an answer is one line of at most {ANSWER_CHARS_MAX} characters"),
        ));
    }
    close(server, caller, id, "answered", Some(text.to_owned())).await
}

/// Withdraws an open question: the job is told that nobody will answer.
pub(crate) async fn cancel_question(
    server: &Server,
    caller: &Caller,
    id: i64,
) -> Result<OperatorRequest> {
    close(server, caller, id, "cancelled", None).await
}

async fn close(
    server: &Server,
    caller: &Caller,
    id: i64,
    state: &'static str,
    answer: Option<String>,
) -> Result<OperatorRequest> {
    caller.require(Right::Operate)?;
    let question = load(server, id).await?;
    crate::monitor::read_visible(server, caller, question.request_id)
        .await
        .map_err(|_| Error::not_found("operator request", id))?;
    let (by, now) = (caller.name.clone(), sql::to_micros(server.clock.now()));
    let (request_id, tells_others) = (question.request_id, server.has_peers());
    let closed = server
        .db
        .write(move |tx| {
            let (answer, by) = (answer.clone(), by.clone());
            Box::pin(async move {
                let closed =
                    operator_request::close(tx, id, state, answer.as_deref(), Some(&by), now)
                        .await?;
                if closed && tells_others {
                    sql::notify(tx, CHANNEL, &format!("requests:{request_id}")).await?;
                }
                Ok::<_, Error>(closed)
            })
        })
        .await?;
    if !closed {
        let now = load(server, id).await?;
        return Err(Error::Conflict(format!(
            "operator request {id} is not open any more: it is {}",
            now.state
        )));
    }
    server.changed([request_id]);
    load(server, id).await
}

async fn load(server: &Server, id: i64) -> Result<OperatorRequest> {
    let row = server
        .db
        .read(move |tx| Box::pin(async move { operator_request::get(tx, id).await }))
        .await?;
    row.ok_or_else(|| Error::not_found("operator request", id))
}
