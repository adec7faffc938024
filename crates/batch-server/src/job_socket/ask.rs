//! Questions to the operator (`amt-domain 9`): the accept file answers first, line by line, then a person.

use amt_job::protocol::{Answer, AnswerSource, code};
use batch_core::accept_file::{AcceptFile, Answer as Next};
use batch_core::request::Activity;

use super::call::{Asker, Refusal};
use super::waits;
use crate::store::request::change;
use crate::store::{job_call, message, operator_request};

/// Longest question, in characters.
const TEXT_CHARS_MAX: usize = 4096;

/// Answers from the accept file, or waits for an operator (code 14).
pub(super) async fn ask(
    asker: Asker,
    text: String,
    timeout_seconds: Option<u32>,
) -> Result<Answer, Refusal> {
    if text.trim().is_empty() || text.chars().count() > TEXT_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "the question must have 1 to {TEXT_CHARS_MAX} characters"
        )));
    }
    let timeout_seconds = timeout_seconds.filter(|&seconds| seconds > 0);
    let content = accept_file(&asker).await?;
    let used = usize::try_from(asker.request.accept_line).unwrap_or(usize::MAX);
    let file = match &content {
        Content::None => AcceptFile::NotGiven,
        Content::Missing => AcceptFile::Missing,
        Content::Text(text) => AcceptFile::Content(text),
    };
    match file.next_answer(used) {
        Next::Line(line) => from_file(&asker, &text, line).await,
        Next::AskOperator(_) => from_operator(&asker, text, timeout_seconds).await,
    }
}

enum Content {
    None,
    Missing,
    Text(String),
}

async fn accept_file(asker: &Asker) -> Result<Content, Refusal> {
    let spec = asker.request.spec()?;
    let Some(name) = spec.request_file else { return Ok(Content::None) };
    let catalog = asker.server.catalog.get();
    let Some(application) = catalog.application_by_id(asker.request.application_id) else {
        return Ok(Content::Missing);
    };
    let path = if name.starts_with('/') {
        name
    } else {
        let folder = crate::submit::folder(
            &asker.server.options,
            application,
            &application.extract_path,
            &asker.request.run_as,
        )
        .map_err(|refused| Refusal::invalid(refused.0))?;
        format!("{folder}/{name}")
    };
    Ok(tokio::fs::read_to_string(path).await.map_or(Content::Missing, Content::Text))
}

async fn from_file(asker: &Asker, question: &str, line: &str) -> Result<Answer, Refusal> {
    let answer = Answer::Asked { answer: line.to_owned(), source: AnswerSource::AcceptFile };
    let json =
        serde_json::to_string(&answer).map_err(|error| Refusal::invalid(error.to_string()))?;
    let (request, call_id) = (asker.request.clone(), asker.call_id.clone());
    let now = sql::to_micros(asker.server.clock.now());
    let said = format!("{question} [{line}]");
    // The line is used up and the answer kept in one transaction: a call sent again gets the same line.
    asker
        .server
        .db
        .write(move |tx| {
            let (request, call_id, json, said) =
                (request.clone(), call_id.clone(), json.clone(), said.clone());
            Box::pin(async move {
                if job_call::begin(tx, request.id, &call_id, request.attempt, now).await? {
                    change::use_accept_line(tx, request.id).await?;
                    message::append(tx, request.root(), request.id, &[(now, "I", said)]).await?;
                    job_call::finish(tx, request.id, &call_id, &json).await?;
                }
                Ok::<_, sql::Error>(())
            })
        })
        .await?;
    Ok(answer)
}

async fn from_operator(
    asker: &Asker,
    text: String,
    timeout_seconds: Option<u32>,
) -> Result<Answer, Refusal> {
    let id = asker.request.id;
    let (question, expires) = open(asker, text, timeout_seconds).await?;
    waits::block(asker, Activity::Input, None).await?;
    // What was stored with the question counts: a call sent again after a restart does not wait anew.
    let deadline = expires.map(|at| waits::instant(asker, at));
    loop {
        let watch = asker.server.hub.watch(id);
        let now = asker
            .server
            .db
            .read(move |tx| Box::pin(async move { operator_request::get(tx, question).await }))
            .await?;
        let Some(now) = now else { return Err(Refusal::invalid("the question is gone")) };
        match now.state.as_str() {
            "open" => {}
            "answered" => {
                waits::unblock(asker).await?;
                return keep(
                    asker,
                    Answer::Asked {
                        answer: now.answer.unwrap_or_default(),
                        source: AnswerSource::Operator,
                    },
                )
                .await;
            }
            "timed_out" => return timed_out(asker).await,
            _ => {
                waits::unblock(asker).await?;
                return Err(Refusal::invalid("the question was withdrawn; nobody will answer it"));
            }
        }
        if !waits::change(watch, deadline).await {
            expire(asker, question).await?;
        }
    }
}

/// Opens the question, or finds it when the call is sent again; its id and when it expires.
async fn open(
    asker: &Asker,
    text: String,
    timeout_seconds: Option<u32>,
) -> Result<(i64, Option<i64>), Refusal> {
    let (request, call_id) = (asker.request.clone(), asker.call_id.clone());
    let now = asker.server.clock.now();
    let expires = timeout_seconds
        .map(|seconds| sql::to_micros(now + jiff::SignedDuration::from_secs(i64::from(seconds))));
    let now = sql::to_micros(now);
    let question = asker
        .server
        .db
        .write(move |tx| {
            let (request, call_id, text) = (request.clone(), call_id.clone(), text.clone());
            Box::pin(async move {
                let is_new =
                    job_call::begin(tx, request.id, &call_id, request.attempt, now).await?;
                if is_new {
                    change::count_question(tx, request.id).await?;
                    message::append(tx, request.root(), request.id, &[(now, "I", text.clone())])
                        .await?;
                }
                let question =
                    operator_request::open(tx, request.id, &call_id, &text, now, expires).await?;
                Ok::<_, sql::Error>((question.id, question.expires_at))
            })
        })
        .await?;
    Ok(question)
}

async fn expire(asker: &Asker, question: i64) -> Result<(), Refusal> {
    let now = sql::to_micros(asker.server.clock.now());
    asker
        .server
        .db
        .write(move |tx| {
            Box::pin(async move {
                operator_request::close(tx, question, "timed_out", None, None, now).await
            })
        })
        .await?;
    Ok(())
}

async fn timed_out(asker: &Asker) -> Result<Answer, Refusal> {
    waits::unblock(asker).await?;
    Err(Refusal { code: code::TIMED_OUT, detail: "nobody has answered in time".to_owned() })
}

/// Keeps the answer, so that the same call gets it again.
pub(super) async fn keep(asker: &Asker, answer: Answer) -> Result<Answer, Refusal> {
    let json =
        serde_json::to_string(&answer).map_err(|error| Refusal::invalid(error.to_string()))?;
    let (id, attempt, call_id) = (asker.request.id, asker.request.attempt, asker.call_id.clone());
    let now = sql::to_micros(asker.server.clock.now());
    asker
        .server
        .db
        .write(move |tx| {
            let (call_id, json) = (call_id.clone(), json.clone());
            Box::pin(async move {
                job_call::begin(tx, id, &call_id, attempt, now).await?;
                job_call::finish(tx, id, &call_id, &json).await
            })
        })
        .await?;
    Ok(answer)
}
