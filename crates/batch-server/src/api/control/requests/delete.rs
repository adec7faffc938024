//! `DELETE /requests/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::api::extract::{Authenticated, Id, MaybeIfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::request;
use crate::server::SharedServer;

/// Takes a waiting request out of its queue (code 10), or an ended one with its children and its job log out of the history.
#[utoipa::path(delete, path = "/requests/{id}", operation_id = "delete_request", tag = "requests",
    params(("id" = i64, Path), ("If-Match" = Option<String>, Header, description = "The version that was read")), responses(
    (status = 204), (status = "default", body = Problem)))]
pub(crate) async fn delete(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    MaybeIfMatch(expected): MaybeIfMatch,
) -> Answer<StatusCode> {
    request::remove(&server, &caller, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
