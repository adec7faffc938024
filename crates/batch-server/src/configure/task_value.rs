//! Task values of requests (`amt-domain 6.6`).

use amt_protocol::{Action, JobAction};
use batch_core::parameters::Parameters;
use batch_core::rights::Right;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::monitor;
use crate::server::Server;
use crate::store::task_value;

/// Task values of one request at most.
const COUNT_MAX: usize = 1000;

/// A task value.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskValue {
    /// Its key, in upper case.
    pub(crate) name: String,
    /// Its value.
    value: String,
}

/// A new task value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskValueInput {
    /// Its key: a letter or `_`, then letters, digits, `_`, `-` and `.`; case does not count.
    name: String,
    /// Its value: one line of at most 4096 characters.
    value: String,
}

/// Another value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskValueChange {
    /// The value: one line of at most 4096 characters.
    value: String,
}

/// All task values of a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskValues {
    /// By name.
    items: Vec<TaskValue>,
    /// Always null: they fit one page.
    next: Option<i64>,
}

/// The rules are those of a start, so they are asked there.
fn checked(name: &str, value: &str) -> Result<(String, String)> {
    if name.starts_with(['\'', '"']) || name.contains('=') {
        return Err(Error::invalid(
            "name",
            "use letters, digits, `_`, `-` and `.`, a letter or `_` first",
        ));
    }
    let action =
        JobAction { task_values: vec![format!("{name}={value}")], ..JobAction::new(Action::Start) };
    let parameters = Parameters::from_action(&action)
        .map_err(|error| Error::invalid("name", error.to_string()))?;
    match parameters.task_values.into_iter().next() {
        Some(checked) => Ok((checked.key, checked.value)),
        None => Err(Error::invalid("name", "it is empty, give it a name")),
    }
}

/// The task values of a request.
pub(crate) async fn list(server: &Server, caller: &Caller, request_id: i64) -> Result<TaskValues> {
    caller.require(Right::Monitor)?;
    monitor::read_visible(server, caller, request_id).await?;
    let rows =
        server.db.read(|tx| Box::pin(async move { task_value::all(tx, request_id).await })).await?;
    let items = rows.into_iter().map(|(name, value)| TaskValue { name, value }).collect();
    Ok(TaskValues { items, next: None })
}

/// One task value.
pub(crate) async fn read(
    server: &Server,
    caller: &Caller,
    request_id: i64,
    name: &str,
) -> Result<TaskValue> {
    caller.require(Right::Monitor)?;
    monitor::read_visible(server, caller, request_id).await?;
    let key = batch_core::names::key(name);
    let wanted = key.clone();
    let value = server
        .db
        .read(|tx| Box::pin(async move { task_value::get(tx, request_id, &wanted).await }))
        .await?;
    Ok(TaskValue { value: value.ok_or_else(|| Error::not_found("task value", &key))?, name: key })
}

/// Adds a task value to a request that is not over.
pub(crate) async fn create(
    server: &Server,
    caller: &Caller,
    request_id: i64,
    input: &TaskValueInput,
) -> Result<TaskValue> {
    let (name, value) = checked(&input.name, &input.value)?;
    set(server, caller, request_id, name, value, false).await
}

/// Replaces the value of a task value.
pub(crate) async fn change(
    server: &Server,
    caller: &Caller,
    request_id: i64,
    name: &str,
    input: &TaskValueChange,
) -> Result<TaskValue> {
    let (name, value) = checked(name, &input.value).map_err(|error| match error {
        Error::Invalid { detail, .. } => Error::invalid("value", detail),
        other => other,
    })?;
    set(server, caller, request_id, name, value, true).await
}

async fn set(
    server: &Server,
    caller: &Caller,
    request_id: i64,
    name: String,
    value: String,
    must_exist: bool,
) -> Result<TaskValue> {
    caller.require(Right::Operate)?;
    refuse_ended(server, caller, request_id).await?;
    let (key, new) = (name.clone(), value.clone());
    server
        .db
        .write(move |tx| {
            let (key, new) = (key.clone(), new.clone());
            Box::pin(async move {
                let known = task_value::get(tx, request_id, &key).await?.is_some();
                match (known, must_exist) {
                    (false, true) => return Err(Error::not_found("task value", &key)),
                    (true, false) => {
                        return Err(Error::Conflict(format!("task value `{key}` exists already")));
                    }
                    _ => {}
                }
                if !known && task_value::all(tx, request_id).await?.len() >= COUNT_MAX {
                    return Err(Error::Conflict(format!(
                        "request {request_id} has {COUNT_MAX} task values already"
                    )));
                }
                Ok(task_value::set(tx, request_id, &key, &new).await?)
            })
        })
        .await?;
    server.changed([request_id]);
    Ok(TaskValue { name, value })
}

/// Removes a task value.
pub(crate) async fn delete(
    server: &Server,
    caller: &Caller,
    request_id: i64,
    name: &str,
) -> Result<()> {
    caller.require(Right::Operate)?;
    refuse_ended(server, caller, request_id).await?;
    let key = batch_core::names::key(name);
    let wanted = key.clone();
    let removed = server
        .db
        .write(move |tx| {
            let wanted = wanted.clone();
            Box::pin(async move { task_value::remove(tx, request_id, &wanted).await })
        })
        .await?;
    if removed { Ok(()) } else { Err(Error::not_found("task value", &key)) }
}

async fn refuse_ended(server: &Server, caller: &Caller, request_id: i64) -> Result<()> {
    let request = monitor::read_visible(server, caller, request_id).await?;
    if request.state == "ended" {
        return Err(Error::Conflict(format!(
            "request {request_id} is over, so its task values stay as they are"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_follow_the_rules_of_a_start() {
        assert_eq!(checked("year", "20=26").unwrap(), ("YEAR".to_owned(), "20=26".to_owned()));
        for (name, value) in
            [("", "x"), ("a b", "x"), ("1", "x"), ("'a", "x"), ("a=b", "x"), ("a", "x\ny")]
        {
            assert!(checked(name, value).is_err(), "{name:?} {value:?}");
        }
    }
}
