//! `/jobs/…/logs` and `/jobs/…/log`: what jobs have printed; `/attempts/…` the same for one attempt, whose job may be gone.

use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use jiff::civil::Date;
use scheduler_api::{Log, LogText};
use scheduler_app::{App, archive, history};
use scheduler_store::attempt::Attempt;
use serde::Deserialize;

use super::extract::{Asked, At};
use super::failure::Failure;
use super::jobs;

/// Longest wait for more of a log, in seconds.
const WAIT_MAX: u64 = 60;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/jobs/{date}/{schedule}/{job}/logs", get(list))
        .route("/jobs/{date}/{schedule}/{job}/log", get(read))
        .route("/attempts/{job}/{number}/logs", get(list_of_attempt))
        .route("/attempts/{job}/{number}/log", get(read_of_attempt))
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
    let (job, attempt) = find(&app, place, of.attempt).await?;
    logs(&app, job, attempt).await
}

async fn list_of_attempt(
    State(app): State<App>,
    At((job, number)): At<(i64, i64)>,
) -> Result<Json<Vec<Log>>, Failure> {
    logs(&app, job, Some(number)).await
}

async fn logs(app: &App, job: i64, attempt: Option<i64>) -> Result<Json<Vec<Log>>, Failure> {
    let all = archive::logs(app, job, attempt).await?.into_iter();
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
    let job = find(&app, place, of.attempt).await?;
    part(&app, job, &of).await
}

async fn read_of_attempt(
    State(app): State<App>,
    At((job, number)): At<(i64, i64)>,
    Asked(of): Asked<Part>,
) -> Result<Json<LogText>, Failure> {
    part(&app, (job, Some(number)), &of).await
}

async fn part(app: &App, job: (i64, Option<i64>), of: &Part) -> Result<Json<LogText>, Failure> {
    let wait = Duration::from_secs(of.wait.min(WAIT_MAX));
    let part = archive::read_log(app, job, of.name.as_deref(), of.from.as_deref(), wait).await?;
    Ok(Json(LogText { text: part.text, next: part.next, is_end: part.is_end }))
}

/// The job of that name and the attempt that is meant; of a job that is not in the plan any more the last one that history knows.
async fn find(
    app: &App,
    place: (Date, String, String),
    attempt: Option<i64>,
) -> Result<(i64, Option<i64>), Failure> {
    let error = match jobs::find(app, place.clone()).await {
        Ok(id) => return Ok((id, attempt)),
        Err(error) if error.is_unknown() => error,
        Err(error) => return Err(error),
    };
    let past = history::past(app, place.0, &place.1, &place.2).await?;
    let is_meant = |each: &&Attempt| attempt.is_none_or(|number| number == each.number);
    let found = past.attempts.iter().rfind(is_meant);
    found.map(|each| (each.job_id, Some(each.number))).ok_or(error)
}
