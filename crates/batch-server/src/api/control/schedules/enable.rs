//! `POST /schedules/{id}/enable`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::planner::{self, ScheduleView};
use crate::server::SharedServer;

/// Switches a schedule on: it is planned from now on.
#[utoipa::path(post, path = "/schedules/{id}/enable", operation_id = "enable_schedule", tag = "schedules",
    params(("id" = i64, Path)), responses((status = 200, body = ScheduleView), (status = "default", body = Problem)))]
pub(crate) async fn enable(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<ScheduleView>> {
    Ok(Json(planner::set_enabled(&server, &caller, id, true).await?))
}
