//! Calls that are done at once: task values, critical points, aborts, alerts.

use amt_job::protocol::{AlertKind, Answer};
use batch_core::request::Event;

use super::asker::{Asker, Refusal};
use super::once::{Once, answered};
use crate::store::request::change::{self, Also};
use crate::store::request::read;
use crate::store::{alert as alerts, message, task_value};
use crate::transition::{self, Rules};

/// Longest key and value of a task value, and text of an alert, in characters.
const KEY_CHARS_MAX: usize = 128;
const VALUE_CHARS_MAX: usize = 65_536;

/// Stores a task value of this run.
pub(super) async fn set_value(asker: Asker, key: String, value: String) -> Result<Answer, Refusal> {
    let key = key_of(&key)?;
    if value.chars().count() > VALUE_CHARS_MAX || value.contains('\0') {
        return Err(Refusal::invalid(format!(
            "a task value has at most {VALUE_CHARS_MAX} characters and no zero character"
        )));
    }
    let id = asker.request.id;
    asker
        .server
        .db
        .write(move |tx| {
            let (key, value) = (key.clone(), value.clone());
            Box::pin(async move { task_value::set(tx, id, &key, &value).await })
        })
        .await?;
    Ok(Answer::Stored)
}

fn key_of(key: &str) -> Result<String, Refusal> {
    let key = batch_core::names::key(key.trim());
    if key.is_empty() || key.chars().count() > KEY_CHARS_MAX || key.contains(['=', '\0', '\n']) {
        return Err(Refusal::invalid(format!(
            "the key of a task value has 1 to {KEY_CHARS_MAX} characters and no `=`"
        )));
    }
    Ok(key)
}

/// Reads a task value of this run or of one it has started.
pub(super) async fn get_value(
    asker: Asker,
    key: String,
    request_id: Option<i64>,
) -> Result<Answer, Refusal> {
    let key = key_of(&key)?;
    let id = family_member(&asker, request_id).await?;
    let value = asker
        .server
        .db
        .read(move |tx| Box::pin(async move { task_value::get(tx, id, &key).await }))
        .await?;
    Ok(Answer::Value { value })
}

/// Reads all task values of this run or of one it has started.
pub(super) async fn list_values(asker: Asker, request_id: Option<i64>) -> Result<Answer, Refusal> {
    let id = family_member(&asker, request_id).await?;
    let values = asker
        .server
        .db
        .read(move |tx| Box::pin(async move { task_value::all(tx, id).await }))
        .await?;
    Ok(Answer::Values { values: values.into_iter().collect() })
}

async fn family_member(asker: &Asker, request_id: Option<i64>) -> Result<i64, Refusal> {
    let Some(id) = request_id.filter(|&id| id != asker.request.id) else {
        return Ok(asker.request.id);
    };
    let row =
        asker.server.db.read(move |tx| Box::pin(async move { read::get(tx, id).await })).await?;
    match row {
        Some(other) if other.root() == asker.request.root() => Ok(id),
        _ => Err(crate::error::Error::not_found("child request", id).into()),
    }
}

/// Saves a critical point (`amt-domain 7`).
pub(super) async fn critical_point(
    asker: Asker,
    name: Option<String>,
    data: Option<String>,
    sleep_seconds: Option<u32>,
) -> Result<Answer, Refusal> {
    if data
        .as_ref()
        .is_some_and(|data| data.chars().count() > VALUE_CHARS_MAX || data.contains('\0'))
    {
        return Err(Refusal::invalid(format!(
            "the data of a critical point has at most {VALUE_CHARS_MAX} characters"
        )));
    }
    let (request, once) = (asker.request.clone(), Once::of(&asker));
    let answer = asker
        .server
        .db
        .write(move |tx| {
            let (request, once, name, data) =
                (request.clone(), once.clone(), name.clone(), data.clone());
            Box::pin(async move {
                if !once.begin(tx).await? {
                    return once.known(tx).await;
                }
                let number = change::save_critical_point(tx, request.id, data.as_deref()).await?;
                if let Some(name) = name {
                    let said = format!("Critical point {number} saved: {name}");
                    message::append(tx, request.root(), request.id, &[(once.now, "I", said)])
                        .await?;
                }
                let answer = Answer::Saved { number: u32::try_from(number).unwrap_or(u32::MAX) };
                once.finish(tx, &answer).await?;
                Ok::<_, sql::Error>(Some(answer))
            })
        })
        .await?;
    if let Some(seconds) = sleep_seconds {
        tokio::time::sleep(std::time::Duration::from_secs(u64::from(seconds))).await;
    }
    answered(answer)
}

/// Ends this run on purpose (12 or 22); its process group is ended by the runner.
pub(super) async fn abort(
    asker: Asker,
    text: Option<String>,
    recover: bool,
    restart: bool,
) -> Result<Answer, Refusal> {
    if restart && !recover {
        return Err(Refusal::invalid("an abort with restart needs recover as well"));
    }
    if recover && asker.request.critical_point == 0 {
        return Err(Refusal::invalid(
            "save a critical point first: without one there is nothing to recover from",
        ));
    }
    let (id, rules, once) = (asker.request.id, Rules::of(&asker.server), Once::of(&asker));
    let stepped = asker
        .server
        .db
        .write(move |tx| {
            let (text, once) = (text.clone(), once.clone());
            Box::pin(async move {
                if !once.begin(tx).await? {
                    return Ok(None);
                }
                let request = read::lock(tx, id).await?.ok_or(sql::Error::NotFound)?;
                if let Some(text) = &text {
                    message::append(tx, request.root(), id, &[(rules.now, "E", text.clone())])
                        .await?;
                }
                let description = Some(text.unwrap_or_default());
                let also = Also { description, ..Also::default() };
                let event = Event::Abort { recover, restart };
                let stepped = transition::step(tx, &request, event, also, rules).await?;
                once.finish(tx, &Answer::Aborting).await?;
                Ok::<_, sql::Error>(Some(stepped))
            })
        })
        .await?;
    if let Some(stepped) = stepped {
        transition::announce(&asker.server, &stepped);
    }
    Ok(Answer::Aborting)
}

/// Raises an alert for the operators.
pub(super) async fn alert(asker: Asker, kind: AlertKind, text: String) -> Result<Answer, Refusal> {
    if text.trim().is_empty() || text.chars().count() > VALUE_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "the text of an alert has 1 to {VALUE_CHARS_MAX} characters"
        )));
    }
    let kind = match kind {
        AlertKind::Error => "error",
        AlertKind::Warning => "warning",
        AlertKind::Information => "information",
    };
    let (id, once) = (asker.request.id, Once::of(&asker));
    let answer = asker
        .server
        .db
        .write(move |tx| {
            let (text, once) = (text.clone(), once.clone());
            Box::pin(async move {
                if !once.begin(tx).await? {
                    return once.known(tx).await;
                }
                let id = alerts::raise(tx, kind, &text, Some(id), once.now).await?;
                let answer = Answer::Alerted { id };
                once.finish(tx, &answer).await?;
                Ok::<_, sql::Error>(Some(answer))
            })
        })
        .await?;
    answered(answer)
}
