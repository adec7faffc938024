//! `GET /queues/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::queue::{self, Queue};
use crate::server::SharedServer;

/// One queue.
#[utoipa::path(get, path = "/queues/{id}", operation_id = "read_queue", tag = "queues", params(("id" = i64, Path)), responses(
    (status = 200, body = Queue), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Queue>> {
    Ok(Json(queue::read(&server, &caller, id).await?))
}
