//! `GET /requests/{id}/messages/follow`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::extract::{Authenticated, Id, Params};
use crate::api::last_event_id::LastEventId;
use crate::api::problem::{Answer, Problem};
use crate::configure::message::Message;
use crate::monitor;
use crate::server::SharedServer;

/// Messages in one look at the database.
const CHUNK: i64 = 1000;
/// A comment is sent when there was nothing to send for so long, so that both ends notice a lost connection.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// Where to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FollowParams {
    /// The sequence of the last message that is known; all messages without it.
    after: Option<i64>,
}

/// The job log as it is written, as server-sent events: one `message` per line with its sequence as the id, then `complete`
/// when the request is over.
#[utoipa::path(get, path = "/requests/{id}/messages/follow", operation_id = "follow_messages", tag = "messages",
    params(("id" = i64, Path), FollowParams,
    ("Last-Event-ID" = Option<i64>, Header, description = "The same, as clients send it that connect again; it passes `after`")), responses(
    (status = 200, content_type = "text/event-stream", body = Message), (status = "default", body = Problem)))]
pub(crate) async fn follow(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(request_id): Id,
    LastEventId(last): LastEventId,
    Params(params): Params<FollowParams>,
) -> Answer<Response> {
    let after = last.or(params.after).unwrap_or(0);
    let asked = monitor::Page { request_id, after, limit: CHUNK };
    // A refusal is an answer with a status; once the events have begun it could only be an event.
    monitor::page(&server, &caller, monitor::Page { limit: 1, ..asked }).await?;
    let events = monitor::follow(Arc::clone(&server), caller, asked)
        .flat_map(|page| stream::iter(events(page)));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE)).into_response())
}

fn events(
    page: crate::error::Result<amt_protocol::MessagePage>,
) -> Vec<Result<Event, axum::Error>> {
    let page = match page {
        Ok(page) => page,
        Err(error) => return vec![Event::default().event("error").json_data(Problem::from(error))],
    };
    let (is_complete, last) = (page.complete, page.last);
    let mut events: Vec<_> = page
        .messages
        .into_iter()
        .map(|message| {
            Event::default()
                .event("message")
                .id(message.sequence.to_string())
                .json_data(Message::from(message))
        })
        .collect();
    if is_complete {
        events.push(Ok(Event::default().event("complete").data(last.to_string())));
    }
    events
}
