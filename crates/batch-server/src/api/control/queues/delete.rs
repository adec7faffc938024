//! `DELETE /queues/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::api::extract::{Authenticated, Id, MaybeIfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::queue;
use crate::server::SharedServer;

/// Removes a queue that nothing refers to.
#[utoipa::path(delete, path = "/queues/{id}", operation_id = "delete_queue", tag = "queues",
    params(("id" = i64, Path), ("If-Match" = Option<String>, Header, description = "The version that was read")), responses(
    (status = 204), (status = "default", body = Problem)))]
pub(crate) async fn delete(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    MaybeIfMatch(expected): MaybeIfMatch,
) -> Answer<StatusCode> {
    queue::delete(&server, &caller, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
