//! `GET /requests/{id}/messages/{sequence}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, IdAnd, number};
use crate::api::problem::{Answer, Problem};
use crate::configure::message::{self, Message};
use crate::server::SharedServer;

/// One message of a request or of its children.
#[utoipa::path(get, path = "/requests/{id}/messages/{sequence}", operation_id = "read_message", tag = "messages",
    params(("id" = i64, Path), ("sequence" = i64, Path)), responses(
    (status = 200, body = Message), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    IdAnd(request_id, sequence): IdAnd,
) -> Answer<Json<Message>> {
    Ok(Json(message::read(&server, &caller, request_id, number(&sequence)?).await?))
}
