//! `POST /schedules/{id}/run-now`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::planner::{self, RunView};
use crate::server::SharedServer;

/// Starts the job of a schedule now, enabled or not.
#[utoipa::path(post, path = "/schedules/{id}/run-now", operation_id = "run_schedule_now", tag = "schedules",
    params(("id" = i64, Path)), responses((status = 200, body = RunView), (status = "default", body = Problem)))]
pub(crate) async fn run_now(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<RunView>> {
    Ok(Json(planner::run_now(&server, &caller, id).await?))
}
