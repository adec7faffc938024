//! `DELETE /schedules/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::api::extract::{Authenticated, Id, MaybeIfMatch};
use crate::api::problem::{Answer, Problem};
use crate::planner;
use crate::server::SharedServer;

/// Removes a schedule and the record of its starts; requests that it made stay.
#[utoipa::path(delete, path = "/schedules/{id}", operation_id = "delete_schedule", tag = "schedules",
    params(("id" = i64, Path), ("If-Match" = Option<String>, Header, description = "The version that was read")), responses(
    (status = 204), (status = "default", body = Problem)))]
pub(crate) async fn delete(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    MaybeIfMatch(expected): MaybeIfMatch,
) -> Answer<StatusCode> {
    planner::delete(&server, &caller, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
