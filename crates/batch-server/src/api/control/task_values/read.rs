//! `GET /requests/{id}/task-values/{name}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, IdAnd};
use crate::api::problem::{Answer, Problem};
use crate::configure::task_value::{self, TaskValue};
use crate::server::SharedServer;

/// One task value.
#[utoipa::path(get, path = "/requests/{id}/task-values/{name}", operation_id = "read_task_value", tag = "task-values",
    params(("id" = i64, Path), ("name" = String, Path)), responses((status = 200, body = TaskValue), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    IdAnd(request_id, name): IdAnd,
) -> Answer<Json<TaskValue>> {
    Ok(Json(task_value::read(&server, &caller, request_id, &name).await?))
}
