//! `PUT /schedules/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Body, Id, IfMatch};
use crate::api::problem::{Answer, Problem};
use crate::planner::{self, ScheduleInput, ScheduleView};
use crate::server::SharedServer;

/// Replaces a schedule. It is planned from now on.
#[utoipa::path(put, path = "/schedules/{id}", operation_id = "change_schedule", tag = "schedules", request_body = ScheduleInput,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "The version that was read, or `*`")), responses(
    (status = 200, body = ScheduleView), (status = "default", body = Problem)))]
pub(crate) async fn change(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    IfMatch(expected): IfMatch,
    Body(input): Body<ScheduleInput>,
) -> Answer<Json<ScheduleView>> {
    Ok(Json(planner::change(&server, &caller, id, expected, &input).await?))
}
