//! `/agents`.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use scheduler_api::Agent;
use scheduler_app::{App, view};

use super::failure::Failure;
use super::server::instant;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/agents", get(list))
}

async fn list(State(app): State<App>) -> Result<Json<Vec<Agent>>, Failure> {
    let agent = |state: scheduler_store::agent_state::AgentState| Agent {
        name: state.agent,
        communication: state.communication,
        status: state.status,
        why: state.why,
        since: instant(state.since),
        running: state.running,
    };
    Ok(Json(view::agents(&app).await?.into_iter().map(agent).collect()))
}
