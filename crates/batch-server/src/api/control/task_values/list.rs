//! `GET /requests/{id}/task-values`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::task_value::{self, TaskValues};
use crate::server::SharedServer;

/// The task values of a request.
#[utoipa::path(get, path = "/requests/{id}/task-values", operation_id = "list_task_values", tag = "task-values",
    params(("id" = i64, Path)), responses((status = 200, body = TaskValues), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(request_id): Id,
) -> Answer<Json<TaskValues>> {
    Ok(Json(task_value::list(&server, &caller, request_id).await?))
}
