//! `DELETE /controllers/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::api::extract::{Authenticated, Id, MaybeIfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::controller;
use crate::server::SharedServer;

/// Removes a controller whose process does not live.
#[utoipa::path(delete, path = "/controllers/{id}", operation_id = "delete_controller", tag = "controllers",
    params(("id" = i64, Path), ("If-Match" = Option<String>, Header, description = "The version that was read")), responses(
    (status = 204), (status = "default", body = Problem)))]
pub(crate) async fn delete(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    MaybeIfMatch(expected): MaybeIfMatch,
) -> Answer<StatusCode> {
    controller::delete(&server, &caller, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
