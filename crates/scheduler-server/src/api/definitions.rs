//! `/definitions`: what is stored, what would change, storing it.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use scheduler_api::{Applied, Apply, Changed};
use scheduler_app::App;
use scheduler_app::definitions::{self, What};
use scheduler_core::definition::Definitions;

use super::caller::Caller;
use super::extract::Body;
use super::failure::Failure;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/definitions", get(export).put(apply))
        .route("/definitions/plan", post(plan))
}

async fn export(State(app): State<App>) -> Result<Json<Definitions>, Failure> {
    Ok(Json(definitions::export(&app).await?))
}

async fn plan(State(app): State<App>, Body(asked): Body<Apply>) -> Result<Json<Applied>, Failure> {
    Ok(Json(applied(&definitions::plan(&app, read(asked.definitions)?).await?)))
}

async fn apply(
    State(app): State<App>,
    Caller(caller): Caller,
    Body(asked): Body<Apply>,
) -> Result<Json<Applied>, Failure> {
    let (expected, reason) = (asked.expected_revision, asked.reason);
    let new = read(asked.definitions)?;
    let done = definitions::apply(&app, &caller, new, expected, reason.as_deref()).await?;
    Ok(Json(applied(&done)))
}

fn read(definitions: serde_json::Value) -> Result<Definitions, Failure> {
    serde_json::from_value(definitions).map_err(|why| Failure::bad(format!("`definitions`: {why}")))
}

fn applied(of: &definitions::Applied) -> Applied {
    let changes = of.changes.changes.iter().map(|change| Changed {
        what: match change.what {
            What::Added => "added",
            What::Changed => "changed",
            What::Removed => "removed",
        }
        .to_owned(),
        kind: change.kind.clone(),
        name: change.name.clone(),
    });
    Applied { revision: of.revision, changes: changes.collect(), is_moved: of.changes.is_moved() }
}
