//! `/agents`, `/integrations`.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use scheduler_api::{Agent, AgentOrder, Communication, Done, Integration};
use scheduler_app::App;
use scheduler_app::agents::{self, AgentEntry, IntegrationEntry, IntegrationStatus};

use super::caller::Caller;
use super::extract::{At, Body};
use super::failure::Failure;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/agents", get(list))
        .route("/agents/{name}/communication", post(communicate))
        .route("/integrations", get(integrations))
}

async fn list(State(app): State<App>, Caller(caller): Caller) -> Result<Json<Vec<Agent>>, Failure> {
    let agent = |of: AgentEntry| Agent {
        name: of.name,
        integration: of.integration,
        communication: of.communication,
        status: of.status,
        why: of.why,
        since: of.since,
        running: of.running,
        max_jobs: of.max_jobs,
        groups: of.groups,
        warnings: of.warnings,
    };
    Ok(Json(agents::list(&app, &caller).await?.into_iter().map(agent).collect()))
}

async fn communicate(
    State(app): State<App>,
    Caller(caller): Caller,
    At(name): At<String>,
    Body(asked): Body<AgentOrder>,
) -> Result<Json<Done>, Failure> {
    let (wanted, status) = match asked.communication {
        Communication::Full => (agents::Communication::Full, "full"),
        Communication::Limited => (agents::Communication::Limited, "limited"),
        Communication::Disabled => (agents::Communication::Disabled, "disabled"),
    };
    agents::set_communication(&app, &caller, &name, wanted, asked.reason.as_deref()).await?;
    Ok(Json(Done::new(status.to_owned())))
}

async fn integrations(
    State(app): State<App>,
    Caller(caller): Caller,
) -> Result<Json<Vec<Integration>>, Failure> {
    let all = agents::integrations(&app, &caller)?.into_iter();
    let integration = |of: IntegrationEntry| Integration {
        name: of.name,
        version: of.version,
        applications: of.applications,
        place: of.place,
        status: match of.status {
            IntegrationStatus::Ready => "ready",
            IntegrationStatus::Starting => "starting",
            IntegrationStatus::Faulty => "faulty",
        }
        .to_owned(),
        why: of.why,
    };
    Ok(Json(all.map(integration).collect()))
}
