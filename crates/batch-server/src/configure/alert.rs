//! Alerts to the operators (`amt-domain 2.10`).

use batch_core::rights::Right;
use serde::{Deserialize, Serialize};
use sql::{Tx, from_micros, to_micros};
use utoipa::ToSchema;

use super::check::{self, TEXT_MAX};
use super::{Expected, Page, PageOf};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::{alert, request};

/// How bad it is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AlertKind {
    /// Red.
    Error,
    /// Yellow.
    Warning,
    /// Green.
    Information,
}

impl AlertKind {
    /// The text in the database.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }

    fn stored(text: &str) -> sql::Result<Self> {
        [Self::Error, Self::Warning, Self::Information]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(sql::Error::Corrupt { table: "alert", column: "kind" })
    }
}

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Alert {
    /// Its number.
    pub(crate) id: i64,
    /// How bad it is.
    kind: AlertKind,
    /// What to know.
    text: String,
    /// The request that it is about.
    request_id: Option<i64>,
    /// When it was raised.
    #[schema(value_type = String, format = DateTime)]
    raised_at: jiff::Timestamp,
    /// Who has seen it.
    acknowledged_by: Option<String>,
    /// When it was seen.
    #[schema(value_type = Option<String>, format = DateTime)]
    acknowledged_at: Option<jiff::Timestamp>,
    /// Grows with each change; send it as `If-Match`.
    version: i64,
}

/// What an alert is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertInput {
    /// How bad it is.
    kind: AlertKind,
    /// What to know: 1 to 4000 characters.
    text: String,
    /// The request that it is about; only when it is made.
    #[serde(default)]
    request_id: Option<i64>,
}

fn shown(row: alert::Alert) -> Result<Alert> {
    Ok(Alert {
        id: row.id,
        kind: AlertKind::stored(&row.kind)?,
        text: row.text,
        request_id: row.request_id,
        raised_at: from_micros("alert", "raised_at", row.raised_at)?,
        acknowledged_by: row.acknowledged_by,
        acknowledged_at: row
            .acknowledged_at
            .map(|at| from_micros("alert", "acknowledged_at", at))
            .transpose()?,
        version: row.version,
    })
}

fn checked(input: &AlertInput) -> Result<String> {
    if input.text.trim().is_empty() {
        return Err(Error::invalid("text", "it is empty, say what to know"));
    }
    check::text("text", &input.text, TEXT_MAX)
}

/// The alerts, or those that nobody has acknowledged.
pub(crate) async fn list(
    server: &Server,
    caller: &Caller,
    page: PageOf,
    open_only: bool,
) -> Result<Page<Alert>> {
    caller.require(Right::Monitor)?;
    let rows = server
        .db
        .read(|tx| {
            Box::pin(async move { alert::page(tx, page.start(), page.fetch(), open_only).await })
        })
        .await?;
    let shown = rows.into_iter().map(shown).collect::<Result<Vec<_>>>()?;
    Ok(Page::of(page, shown, |alert| alert.id))
}

/// One alert.
pub(crate) async fn read(server: &Server, caller: &Caller, id: i64) -> Result<Alert> {
    caller.require(Right::Monitor)?;
    let row = server.db.read(|tx| Box::pin(async move { alert::get(tx, id).await })).await?;
    shown(row.ok_or_else(|| Error::not_found("alert", id))?)
}

/// Raises an alert.
pub(crate) async fn create(server: &Server, caller: &Caller, input: &AlertInput) -> Result<Alert> {
    caller.require(Right::Operate)?;
    let (text, kind, request_id) = (checked(input)?, input.kind.as_str(), input.request_id);
    let now = to_micros(server.clock.now());
    let row = server
        .db
        .write(move |tx| {
            let text = text.clone();
            Box::pin(async move {
                if let Some(request_id) = request_id {
                    let known = request::read::get(tx, request_id).await?;
                    known.ok_or_else(|| {
                        Error::invalid("request_id", format!("request {request_id} does not exist"))
                    })?;
                }
                let id = alert::raise(tx, kind, &text, request_id, now).await?;
                found(tx, id).await
            })
        })
        .await?;
    shown(row)
}

/// Replaces kind and text of an alert.
pub(crate) async fn change(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
    input: &AlertInput,
) -> Result<Alert> {
    caller.require(Right::Operate)?;
    let (text, kind, request_id) = (checked(input)?, input.kind.as_str(), input.request_id);
    let row = server
        .db
        .write(move |tx| {
            let text = text.clone();
            Box::pin(async move {
                let stored = found(tx, id).await?;
                expected.check("alert", &id.to_string(), stored.version)?;
                if request_id.is_some() && request_id != stored.request_id {
                    return Err(Error::invalid("request_id", "it cannot be changed; leave it out"));
                }
                alert::update(tx, id, kind, &text).await?;
                found(tx, id).await
            })
        })
        .await?;
    shown(row)
}

/// Notes that the caller has seen an alert. Doing it again changes nothing.
pub(crate) async fn acknowledge(server: &Server, caller: &Caller, id: i64) -> Result<Alert> {
    caller.require(Right::Operate)?;
    let (by, now) = (caller.name.clone(), to_micros(server.clock.now()));
    let row = server
        .db
        .write(move |tx| {
            let by = by.clone();
            Box::pin(async move {
                found(tx, id).await?;
                alert::acknowledge(tx, id, &by, now).await?;
                found(tx, id).await
            })
        })
        .await?;
    shown(row)
}

/// Removes an alert.
pub(crate) async fn delete(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
) -> Result<()> {
    caller.require(Right::Operate)?;
    server
        .db
        .write(move |tx| {
            Box::pin(async move {
                let stored = found(tx, id).await?;
                expected.check("alert", &id.to_string(), stored.version)?;
                Ok::<_, Error>(alert::delete(tx, id).await?)
            })
        })
        .await
}

async fn found(tx: &mut Tx<'_>, id: i64) -> Result<alert::Alert> {
    alert::lock(tx, id).await?.ok_or_else(|| Error::not_found("alert", id))
}
