//! `/jobs/…/logs` and `/jobs/…/log`: what jobs have printed.

use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use jiff::civil::Date;
use scheduler_api::{Log, LogText};
use scheduler_app::{App, archive};
use serde::Deserialize;

use super::extract::{Asked, At};
use super::failure::Failure;
use super::jobs::find;

/// Longest wait for more of a log, in seconds.
const WAIT_MAX: u64 = 60;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/jobs/{date}/{schedule}/{job}/logs", get(list))
        .route("/jobs/{date}/{schedule}/{job}/log", get(read))
}

/// Which logs are meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Of {
    /// The attempt; the last one if left out.
    attempt: Option<i64>,
}

async fn list(
    State(app): State<App>,
    At(place): At<(Date, String, String)>,
    Asked(of): Asked<Of>,
) -> Result<Json<Vec<Log>>, Failure> {
    let id = find(&app, place).await?;
    let all = archive::logs(&app, id, of.attempt).await?.into_iter();
    let log = |log: archive::Log| Log {
        name: log.name,
        is_complete: log.is_complete,
        is_archived: log.is_archived,
    };
    Ok(Json(all.map(log).collect()))
}

/// Which part of a log is meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    /// The attempt; the last one if left out.
    attempt: Option<i64>,
    /// The log; the main one if left out.
    name: Option<String>,
    /// Where to go on: what the part before has said.
    from: Option<String>,
    /// Seconds to wait for more of a log that still grows.
    #[serde(default)]
    wait: u64,
}

async fn read(
    State(app): State<App>,
    At(place): At<(Date, String, String)>,
    Asked(of): Asked<Part>,
) -> Result<Json<LogText>, Failure> {
    let id = find(&app, place).await?;
    let wait = Duration::from_secs(of.wait.min(WAIT_MAX));
    let job = (id, of.attempt);
    let part = archive::read_log(&app, job, of.name.as_deref(), of.from.as_deref(), wait).await?;
    Ok(Json(LogText { text: part.text, next: part.next, is_end: part.is_end }))
}
