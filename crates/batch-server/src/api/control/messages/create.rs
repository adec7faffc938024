//! `POST /requests/{id}/messages`.

use axum::extract::State;

use crate::api::control::created::Created;
use crate::api::extract::{Authenticated, Body, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::message::{self, Message, MessageInput};
use crate::server::SharedServer;

/// Notes an operator's remark in the job log.
#[utoipa::path(post, path = "/requests/{id}/messages", operation_id = "create_message", tag = "messages", request_body = MessageInput,
    params(("id" = i64, Path)), responses(
    (status = 201, body = Message, headers(("Location" = String, description = "Where it is"))),
    (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(request_id): Id,
    Body(input): Body<MessageInput>,
) -> Answer<Created<Message>> {
    let made = message::create(&server, &caller, request_id, &input).await?;
    Ok(Created::at(&format!("requests/{request_id}/messages"), made.sequence, made))
}
