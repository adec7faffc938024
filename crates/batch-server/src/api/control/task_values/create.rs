//! `POST /requests/{id}/task-values`.

use axum::extract::State;

use crate::api::control::created::Created;
use crate::api::extract::{Authenticated, Body, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::task_value::{self, TaskValue, TaskValueInput};
use crate::server::SharedServer;

/// Adds a task value to a request that is not over.
#[utoipa::path(post, path = "/requests/{id}/task-values", operation_id = "create_task_value", tag = "task-values",
    request_body = TaskValueInput, params(("id" = i64, Path)), responses(
    (status = 201, body = TaskValue, headers(("Location" = String, description = "Where it is"))),
    (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(request_id): Id,
    Body(input): Body<TaskValueInput>,
) -> Answer<Created<TaskValue>> {
    let made = task_value::create(&server, &caller, request_id, &input).await?;
    let name: String = made.name.bytes().map(spelled).collect();
    Ok(Created::at(&format!("requests/{request_id}/task-values"), name, made))
}

/// A byte of a name in an address.
fn spelled(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}
