//! `DELETE /users/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::api::extract::{Authenticated, Id, MaybeIfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::user;
use crate::server::SharedServer;

/// Removes a user and its sessions.
#[utoipa::path(delete, path = "/users/{id}", operation_id = "delete_user", tag = "users",
    params(("id" = i64, Path), ("If-Match" = Option<String>, Header, description = "The version that was read")), responses(
    (status = 204), (status = "default", body = Problem)))]
pub(crate) async fn delete(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    MaybeIfMatch(expected): MaybeIfMatch,
) -> Answer<StatusCode> {
    user::delete(&server, &caller, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
