//! `POST /queues/{id}/hold`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::queue::{self, Queue};
use crate::server::SharedServer;

/// Holds a queue: nothing starts from it but by hand.
#[utoipa::path(post, path = "/queues/{id}/hold", operation_id = "hold_queue", tag = "queues",
    params(("id" = i64, Path)), responses((status = 200, body = Queue), (status = "default", body = Problem)))]
pub(crate) async fn hold(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Queue>> {
    Ok(Json(queue::set_held(&server, &caller, id, true).await?))
}
