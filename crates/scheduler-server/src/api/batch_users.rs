//! `/batch-users`. Passwords go in and never come out.

use axum::extract::State;
use axum::routing::{get, put};
use axum::{Json, Router};
use kit::Secret;
use scheduler_api::{BatchUser, Because, Done, Password};
use scheduler_app::App;
use scheduler_app::batch_users::{self, BatchUserEntry};

use super::caller::Caller;
use super::extract::{Asked, At, Body};
use super::failure::Failure;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/batch-users", get(list))
        .route("/batch-users/{name}/password", put(set).delete(remove))
}

async fn list(
    State(app): State<App>,
    Caller(caller): Caller,
) -> Result<Json<Vec<BatchUser>>, Failure> {
    let user = |of: BatchUserEntry| BatchUser {
        name: of.name,
        target: of.target,
        identifier: of.identifier,
        has_password: of.has_password,
        changed: of.changed_at,
        agents: of.agents,
    };
    Ok(Json(batch_users::list(&app, &caller).await?.into_iter().map(user).collect()))
}

async fn set(
    State(app): State<App>,
    Caller(caller): Caller,
    At(name): At<String>,
    Body(asked): Body<Password>,
) -> Result<Json<Done>, Failure> {
    let password = Secret::new(asked.password);
    batch_users::set_password(&app, &caller, &name, password, asked.reason.as_deref()).await?;
    Ok(Json(Done::new("password set")))
}

async fn remove(
    State(app): State<App>,
    Caller(caller): Caller,
    At(name): At<String>,
    Asked(because): Asked<Because>,
) -> Result<Json<Done>, Failure> {
    batch_users::remove_password(&app, &caller, &name, because.reason.as_deref()).await?;
    Ok(Json(Done::new("password removed")))
}
