//! `GET /requests/{id}/messages/follow`.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api;
use crate::api::extract::{Id, Params, Token};
use crate::api::last_event_id::LastEventId;
use crate::api::problem::{Answer, Problem};
use crate::configure::message::Message;
use crate::monitor::Page;
use crate::server::SharedServer;

/// Messages in one look at the database.
const CHUNK: i64 = 1000;

/// Where to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FollowParams {
    /// The sequence of the last message that is known; all messages without it.
    after: Option<i64>,
}

/// The job log as it is written, as server-sent events: one `message` per line with its sequence as the id, then `complete`
/// when the request is over, or `error` with a problem when the caller may not read on.
#[utoipa::path(get, path = "/requests/{id}/messages/follow", operation_id = "follow_messages", tag = "messages",
    params(("id" = i64, Path), FollowParams,
    ("Last-Event-ID" = Option<i64>, Header, description = "The same, as clients send it that connect again; it passes `after`")), responses(
    (status = 200, content_type = "text/event-stream", body = Message), (status = "default", body = Problem)))]
pub(crate) async fn follow(
    State(server): State<SharedServer>,
    Token(token): Token,
    Id(request_id): Id,
    LastEventId(last): LastEventId,
    Params(params): Params<FollowParams>,
) -> Answer<Response> {
    let after = last.or(params.after).unwrap_or(0);
    let asked = Page { request_id, after, limit: CHUNK };
    api::follow::follow(server, token, asked, Message::from).await
}
