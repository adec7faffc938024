//! `/messages`, `/escalations`.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use scheduler_api::{Acknowledge, Done, Escalation, Message};
use scheduler_app::App;
use scheduler_app::messages::{self, EscalationEntry, MessageEntry};
use serde::Deserialize;

use super::caller::Caller;
use super::extract::{Asked, At, Body};
use super::failure::Failure;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/messages", get(undelivered))
        .route("/escalations", get(escalations))
        .route("/escalations/{id}/acknowledge", post(acknowledge))
}

async fn undelivered(
    State(app): State<App>,
    Caller(caller): Caller,
) -> Result<Json<Vec<Message>>, Failure> {
    let message = |of: MessageEntry| Message {
        id: of.id,
        kind: of.kind,
        subject: of.subject,
        created_at: of.created_at,
        due_at: of.due_at,
        tries: of.tries,
        why: of.why,
    };
    Ok(Json(messages::undelivered(&app, &caller).await?.into_iter().map(message).collect()))
}

/// Which escalations are listed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Those that are acknowledged, too.
    #[serde(default)]
    all: bool,
}

async fn escalations(
    State(app): State<App>,
    Caller(caller): Caller,
    Asked(which): Asked<Which>,
) -> Result<Json<Vec<Escalation>>, Failure> {
    let escalation = |of: EscalationEntry| Escalation {
        id: of.id,
        group: of.group,
        trigger: of.trigger,
        subject: of.subject,
        created_at: of.created_at,
        state: of.state.to_owned(),
        due_at: of.due_at,
        acknowledged_by: of.acknowledged_by,
    };
    let all = messages::escalations(&app, &caller, which.all).await?;
    Ok(Json(all.into_iter().map(escalation).collect()))
}

async fn acknowledge(
    State(app): State<App>,
    Caller(caller): Caller,
    At(id): At<i64>,
    Body(asked): Body<Acknowledge>,
) -> Result<Json<Done>, Failure> {
    messages::acknowledge(&app, &caller, id, asked.reason.as_deref()).await?;
    Ok(Json(Done::new("acknowledged")))
}
