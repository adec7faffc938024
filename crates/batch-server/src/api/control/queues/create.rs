//! `POST /queues`.

use axum::extract::State;

use crate::api::control::created::Created;
use crate::api::extract::{Authenticated, Body};
use crate::api::problem::{Answer, Problem};
use crate::configure::queue::{self, Queue, QueueInput};
use crate::server::SharedServer;

/// Makes a queue.
#[utoipa::path(post, path = "/queues", operation_id = "create_queue", tag = "queues", request_body = QueueInput, responses(
    (status = 201, body = Queue, headers(("Location" = String, description = "Where it is"))),
    (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Body(input): Body<QueueInput>,
) -> Answer<Created<Queue>> {
    let made = queue::create(&server, &caller, &input).await?;
    Ok(Created::at("queues", made.id, made))
}
