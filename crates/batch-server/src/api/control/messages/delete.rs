//! `DELETE /requests/{id}/messages`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::request;
use crate::server::SharedServer;

/// Empties the job log of an ended request and of its children.
#[utoipa::path(delete, path = "/requests/{id}/messages", operation_id = "delete_messages", tag = "messages",
    params(("id" = i64, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub(crate) async fn delete(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(request_id): Id,
) -> Answer<StatusCode> {
    request::purge_messages(&server, &caller, request_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
