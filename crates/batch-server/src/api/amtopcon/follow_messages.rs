//! `GET /GetMessages` with `Follow=true`: messages as they are written.

use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};

use crate::api::problem::Answer;
use crate::caller::Caller;
use crate::monitor::{self, Page};
use crate::server::SharedServer;

/// One event per message, its id the sequence; an event `complete` at the end.
pub(super) async fn stream(server: SharedServer, caller: Caller, asked: Page) -> Answer<Response> {
    // A refusal is an answer with a status, not an event.
    monitor::page(&server, &caller, Page { limit: 1, ..asked }).await?;
    let events = monitor::follow(Arc::clone(&server), caller, asked).flat_map(|page| {
        let events: Vec<Result<Event, axum::Error>> = match page {
            Ok(page) => {
                let mut events: Vec<_> = page
                    .messages
                    .iter()
                    .map(|message| {
                        Event::default().id(message.sequence.to_string()).json_data(message)
                    })
                    .collect();
                if page.complete {
                    events.push(Ok(Event::default().event("complete").data(page.last.to_string())));
                }
                events
            }
            Err(error) => vec![Ok(Event::default().event("error").data(error.to_string()))],
        };
        stream::iter(events)
    });
    Ok(Sse::new(events)
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(10)))
        .into_response())
}
