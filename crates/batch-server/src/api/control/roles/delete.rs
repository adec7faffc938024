//! `DELETE /roles/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::api::extract::{Authenticated, Id, MaybeIfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::role;
use crate::server::SharedServer;

/// Removes a role; its members lose it.
#[utoipa::path(delete, path = "/roles/{id}", operation_id = "delete_role", tag = "roles",
    params(("id" = i64, Path), ("If-Match" = Option<String>, Header, description = "The version that was read")), responses(
    (status = 204), (status = "default", body = Problem)))]
pub(crate) async fn delete(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    MaybeIfMatch(expected): MaybeIfMatch,
) -> Answer<StatusCode> {
    role::delete(&server, &caller, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
