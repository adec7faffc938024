//! `/server`, `/pause`, `/resume`.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use scheduler_api::{Accelerated, Because, Done, Node, Paused, Server, Trouble};
use scheduler_app::{App, operate, view};
use scheduler_core::leap::Pace;

use super::caller::Caller;
use super::extract::Body;
use super::failure::Failure;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/server", get(server))
        .route("/pause", post(pause))
        .route("/resume", post(resume))
}

async fn server(State(app): State<App>) -> Result<Json<Server>, Failure> {
    let view::Server { state, options, logs_to_archive, lost, troubles } =
        view::server(&app).await?;
    let paused = state.is_paused.then(|| Paused {
        by: state.paused_by.unwrap_or_default(),
        at: instant(state.paused_at.unwrap_or_default()),
        reason: state.pause_reason.unwrap_or_default(),
    });
    Ok(Json(Server {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        instance: state.instance,
        revision: state.revision,
        now: app.now(),
        time_zone: options.time_zone.0.name().to_owned(),
        logs_to_archive,
        lost,
        troubles: troubles.into_iter().map(trouble).collect(),
        paused,
        accelerated: accelerated(&app),
        nodes: view::nodes(&app).await?.into_iter().map(node).collect(),
    }))
}

fn accelerated(app: &App) -> Option<Accelerated> {
    let clock = app.clock().leaping()?;
    let why = match app.pace() {
        Some(Pace::Real(why)) => Some(why.to_string()),
        Some(Pace::Leap(_)) | None => None,
    };
    Some(Accelerated { ahead_seconds: clock.ahead().as_secs(), stop: clock.stop(), why })
}

fn node(of: view::NodeView) -> Node {
    let view::NodeView { name, is_this, is_alive, lease_until } = of;
    Node { name, is_this, is_alive, lease_until }
}

fn trouble(of: view::Trouble) -> Trouble {
    Trouble { what: of.what.to_owned(), since: of.since, why: of.why }
}

async fn pause(
    State(app): State<App>,
    Caller(caller): Caller,
    Body(asked): Body<Because>,
) -> Result<Json<Done>, Failure> {
    let reason = asked.reason.filter(|reason| !reason.trim().is_empty());
    let reason =
        reason.ok_or_else(|| Failure::bad("`reason` is missing: a pause needs a reason"))?;
    operate::pause(&app, &caller, &reason).await?;
    Ok(Json(Done::new("paused")))
}

async fn resume(
    State(app): State<App>,
    Caller(caller): Caller,
    Body(asked): Body<Because>,
) -> Result<Json<Done>, Failure> {
    operate::resume(&app, &caller, asked.reason.as_deref()).await?;
    Ok(Json(Done::new("running")))
}

/// An instant as it is stored.
pub(super) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}
