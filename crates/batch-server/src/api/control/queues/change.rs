//! `PUT /queues/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Body, Id, IfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::queue::{self, Queue, QueueInput};
use crate::server::SharedServer;

/// Replaces a queue; whether it is held stays.
#[utoipa::path(put, path = "/queues/{id}", operation_id = "change_queue", tag = "queues", request_body = QueueInput,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "The version that was read, or `*`")), responses(
    (status = 200, body = Queue), (status = "default", body = Problem)))]
pub(crate) async fn change(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    IfMatch(expected): IfMatch,
    Body(input): Body<QueueInput>,
) -> Answer<Json<Queue>> {
    Ok(Json(queue::change(&server, &caller, id, expected, &input).await?))
}
