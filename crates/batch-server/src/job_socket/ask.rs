//! Questions to the operator (`amt-domain 9`): the accept file answers first, line by line, then a person.

use amt_job::protocol::{Answer, AnswerSource, code};
use batch_core::accept_file::{AcceptFile, Answer as Next};
use batch_core::request::Activity;

use super::asker::{Asker, Refusal};
use super::once::keep;
use super::{place, waits};
use crate::store::request::{change, read};
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
    let file = match &content {
        Content::None => AcceptFile::NotGiven,
        Content::Missing(_) => AcceptFile::Missing,
        Content::Text(text) => AcceptFile::Content(text),
    };
    let mut used = asker.request.accept_line;
    loop {
        let Next::Line(line) = file.next_answer(usize::try_from(used).unwrap_or(usize::MAX)) else {
            return from_operator(&asker, text, content.why_missing(), timeout_seconds).await;
        };
        match from_file(&asker, &text, used, line).await? {
            FromFile::Answered(answer) => return Ok(answer),
            FromFile::LineTaken => used = lines_used(&asker).await?,
            FromFile::AskedBefore => {
                return from_operator(&asker, text, None, timeout_seconds).await;
            }
        }
    }
}

enum Content {
    None,
    /// With the reason, for the job log: an operator who is asked at night wants to know why.
    Missing(String),
    Text(String),
}

impl Content {
    fn why_missing(&self) -> Option<String> {
        match self {
            Self::Missing(why) => Some(why.clone()),
            Self::None | Self::Text(_) => None,
        }
    }
}

async fn accept_file(asker: &Asker) -> Result<Content, Refusal> {
    let spec = asker.request.spec()?;
    let Some(name) = spec.request_file else { return Ok(Content::None) };
    let missing = |why: &str| Content::Missing(format!("Accept file [{name}] is not used: {why}"));
    let path = match place::of(asker, &name, |application| &application.extract_path) {
        Ok(path) => path,
        Err(why) => return Ok(missing(&why)),
    };
    Ok(match tokio::fs::read_to_string(path).await {
        Ok(text) => Content::Text(text),
        Err(error) => missing(&error.to_string()),
    })
}

/// What became of answering from the accept file.
enum FromFile {
    Answered(Answer),
    /// Another call of this run has used the line meanwhile.
    LineTaken,
    /// This call was asked before and waits for an operator.
    AskedBefore,
}

async fn from_file(
    asker: &Asker,
    question: &str,
    used: i64,
    line: &str,
) -> Result<FromFile, Refusal> {
    let answer = Answer::Asked { answer: line.to_owned(), source: AnswerSource::AcceptFile };
    let json =
        serde_json::to_string(&answer).map_err(|error| Refusal::invalid(error.to_string()))?;
    let (request, call_id) = (asker.request.clone(), asker.call_id.clone());
    let now = sql::to_micros(asker.server.clock.now());
    let said = format!("{question} [{line}]");
    // The line is used up and the answer kept in one transaction: a call sent again gets the same line, and two calls at
    // once get two lines.
    let stored = asker
        .server
        .db
        .write(move |tx| {
            let (request, call_id, json, said) =
                (request.clone(), call_id.clone(), json.clone(), said.clone());
            Box::pin(async move {
                if !job_call::begin(tx, request.id, &call_id, request.attempt, now).await? {
                    return job_call::answer(tx, request.id, &call_id).await;
                }
                change::use_accept_line(tx, request.id, used).await?;
                message::append(tx, request.root(), request.id, &[(now, "I", said)]).await?;
                job_call::finish(tx, request.id, &call_id, &json).await?;
                Ok(Some(json))
            })
        })
        .await;
    match stored {
        Ok(Some(json)) => {
            let kept = serde_json::from_str(&json);
            Ok(FromFile::Answered(kept.map_err(|error| Refusal::invalid(error.to_string()))?))
        }
        Ok(None) => Ok(FromFile::AskedBefore),
        Err(sql::Error::NotFound) => Ok(FromFile::LineTaken),
        Err(error) => Err(error.into()),
    }
}

async fn lines_used(asker: &Asker) -> Result<i64, Refusal> {
    let id = asker.request.id;
    let row = asker.server.db.read(move |tx| Box::pin(async move { read::get(tx, id).await }));
    let row = row.await?.ok_or(sql::Error::NotFound)?;
    Ok(row.accept_line)
}

async fn from_operator(
    asker: &Asker,
    text: String,
    remark: Option<String>,
    timeout_seconds: Option<u32>,
) -> Result<Answer, Refusal> {
    let id = asker.request.id;
    let (question, expires) = open(asker, text, remark, timeout_seconds).await?;
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
    remark: Option<String>,
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
            let remark = remark.clone();
            Box::pin(async move {
                let is_new =
                    job_call::begin(tx, request.id, &call_id, request.attempt, now).await?;
                if is_new {
                    change::count_question(tx, request.id).await?;
                    let said = remark.into_iter().map(|remark| (now, "W", remark));
                    let said: Vec<_> = said.chain([(now, "I", text.clone())]).collect();
                    message::append(tx, request.root(), request.id, &said).await?;
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
