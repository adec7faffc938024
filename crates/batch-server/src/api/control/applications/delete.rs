//! `DELETE /applications/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::api::extract::{Authenticated, Id, MaybeIfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::application;
use crate::server::SharedServer;

/// Removes an application that nothing refers to.
#[utoipa::path(delete, path = "/applications/{id}", operation_id = "delete_application", tag = "applications",
    params(("id" = i64, Path), ("If-Match" = Option<String>, Header, description = "The version that was read")), responses(
    (status = 204), (status = "default", body = Problem)))]
pub(crate) async fn delete(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    MaybeIfMatch(expected): MaybeIfMatch,
) -> Answer<StatusCode> {
    application::delete(&server, &caller, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
