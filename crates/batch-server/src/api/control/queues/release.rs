//! `POST /queues/{id}/release`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::queue::{self, Queue};
use crate::server::SharedServer;

/// Releases a held queue.
#[utoipa::path(post, path = "/queues/{id}/release", operation_id = "release_queue", tag = "queues",
    params(("id" = i64, Path)), responses((status = 200, body = Queue), (status = "default", body = Problem)))]
pub(crate) async fn release(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Queue>> {
    Ok(Json(queue::set_held(&server, &caller, id, false).await?))
}
