//! `DELETE /requests/{id}/task-values/{name}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::api::extract::{Authenticated, IdAnd};
use crate::api::problem::{Answer, Problem};
use crate::configure::task_value;
use crate::server::SharedServer;

/// Removes a task value.
#[utoipa::path(delete, path = "/requests/{id}/task-values/{name}", operation_id = "delete_task_value", tag = "task-values",
    params(("id" = i64, Path), ("name" = String, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub(crate) async fn delete(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    IdAnd(request_id, name): IdAnd,
) -> Answer<StatusCode> {
    task_value::delete(&server, &caller, request_id, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
