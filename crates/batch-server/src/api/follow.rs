//! A job log as it is written, as server-sent events.

use std::time::Duration;

use amt_protocol::{Message, MessagePage};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use kit::Secret;
use serde::Serialize;

use super::problem::{Answer, Problem};
use crate::monitor::{self, Page};
use crate::server::SharedServer;

/// A comment is sent when there was nothing to send for so long, so that both ends notice a lost connection.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// One event `message` per line in the interface's own shape, its id the sequence; at the end `complete`, or `error` with a
/// problem document when the log cannot be read on.
pub(super) async fn follow<T: Serialize + 'static>(
    server: SharedServer,
    token: Secret,
    asked: Page,
    shape: fn(Message) -> T,
) -> Answer<Response> {
    // A refusal is an answer with a status; once the events have begun it can only be an event.
    let pages = monitor::follow(server, token, asked).await?;
    let events = pages.flat_map(move |page| stream::iter(events(page, shape)));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE)).into_response())
}

fn events<T: Serialize>(
    page: crate::error::Result<MessagePage>,
    shape: fn(Message) -> T,
) -> Vec<Result<Event, axum::Error>> {
    let page = match page {
        Ok(page) => page,
        Err(error) => return vec![Event::default().event("error").json_data(Problem::from(error))],
    };
    let end =
        page.complete.then(|| Ok(Event::default().event("complete").data(page.last.to_string())));
    let message = |message: Message| {
        let event = Event::default().event("message").id(message.sequence.to_string());
        event.json_data(shape(message))
    };
    page.messages.into_iter().map(message).chain(end).collect()
}
