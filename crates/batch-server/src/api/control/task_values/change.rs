//! `PUT /requests/{id}/task-values/{name}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Body, IdAnd};
use crate::api::problem::{Answer, Problem};
use crate::configure::task_value::{self, TaskValue, TaskValueChange};
use crate::server::SharedServer;

/// Replaces the value of a task value.
#[utoipa::path(put, path = "/requests/{id}/task-values/{name}", operation_id = "change_task_value", tag = "task-values", request_body = TaskValueChange,
    params(("id" = i64, Path), ("name" = String, Path)), responses((status = 200, body = TaskValue), (status = "default", body = Problem)))]
pub(crate) async fn change(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    IdAnd(request_id, name): IdAnd,
    Body(input): Body<TaskValueChange>,
) -> Answer<Json<TaskValue>> {
    Ok(Json(task_value::change(&server, &caller, request_id, &name, &input).await?))
}
