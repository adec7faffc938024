//! `POST /schedules/{id}/disable`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::planner::{self, ScheduleView};
use crate::server::SharedServer;

/// Switches a schedule off: it starts nothing.
#[utoipa::path(post, path = "/schedules/{id}/disable", operation_id = "disable_schedule", tag = "schedules",
    params(("id" = i64, Path)), responses((status = 200, body = ScheduleView), (status = "default", body = Problem)))]
pub(crate) async fn disable(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<ScheduleView>> {
    Ok(Json(planner::set_enabled(&server, &caller, id, false).await?))
}
