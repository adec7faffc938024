//! `/audit`.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use jiff::civil::Date;
use scheduler_api::{AuditChain, AuditRecord};
use scheduler_app::audit::{Filter, Record, list, verify};
use scheduler_app::{App, view};
use serde::Deserialize;

use super::caller::Caller;
use super::extract::Asked;
use super::failure::Failure;
use super::server::instant;

/// Records that one answer has at most.
const MAX: u16 = 10_000;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/audit", get(records)).route("/audit/verify", get(chain))
}

/// Which records are listed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    caller: Option<String>,
    action: Option<String>,
    subject: Option<String>,
    /// From this date on.
    since: Option<Date>,
    /// Before this date.
    before: Option<Date>,
    max: Option<u16>,
}

async fn records(
    State(app): State<App>,
    Caller(caller): Caller,
    Asked(which): Asked<Which>,
) -> Result<Json<Vec<AuditRecord>>, Failure> {
    let options = view::server(&app).await?.options;
    let begin = |date: Date| {
        let first = options.time_zone.0.first_instant(date.at(0, 0, 0, 0));
        first.map(jiff::Timestamp::as_microsecond)
    };
    let filter = Filter {
        caller: which.caller,
        action: which.action,
        subject: which.subject,
        since: which.since.and_then(begin),
        before: which.before.and_then(begin),
        max: i64::from(which.max.unwrap_or(100).min(MAX)),
    };
    let record = |of: Record| AuditRecord {
        id: of.id,
        at: instant(of.at),
        caller: of.caller,
        action: of.action,
        subject: of.subject,
        reason: of.reason,
        old_value: of.old_value,
        new_value: of.new_value,
    };
    Ok(Json(list(&app, &caller, filter).await?.into_iter().map(record).collect()))
}

async fn chain(State(app): State<App>) -> Result<Json<AuditChain>, Failure> {
    let chain = verify(app.db()).await.map_err(scheduler_app::Error::from)?;
    let (broken, why) = chain.broken.unzip();
    let why = why.map(ToOwned::to_owned);
    Ok(Json(AuditChain { whole: chain.whole, broken, why, last_hash: chain.last_hash }))
}
