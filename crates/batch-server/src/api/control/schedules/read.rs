//! `GET /schedules/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::planner::{self, ScheduleView};
use crate::server::SharedServer;

/// One schedule.
#[utoipa::path(get, path = "/schedules/{id}", operation_id = "read_schedule", tag = "schedules", params(("id" = i64, Path)), responses(
    (status = 200, body = ScheduleView), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<ScheduleView>> {
    Ok(Json(planner::read(&server, &caller, id).await?))
}
