//! The job log of a request and of its children: a page of it, or as it grows.

use std::sync::Arc;

use amt_protocol::{Message, MessageKind, MessagePage};
use batch_core::rights::Right;
use futures_util::Stream;

use super::status::read_visible;
use crate::caller::Caller;
use crate::error::Result;
use crate::server::Server;
use crate::store::message;
use crate::store::request::{Request, read};

/// Most messages of one page.
pub(crate) const PAGE_MAX: i64 = 10_000;

/// Which messages are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    /// The request; its children's messages come along.
    pub(crate) request_id: i64,
    /// After this sequence.
    pub(crate) after: i64,
    /// At most so many, 1 to [`PAGE_MAX`].
    pub(crate) limit: i64,
}

/// A page of a job log, oldest message first.
pub(crate) async fn page(server: &Server, caller: &Caller, asked: Page) -> Result<MessagePage> {
    caller.require(Right::ReadMessages)?;
    // The state is read before the messages: when it is final, no later message can be missed.
    let request = read_visible(server, caller, asked.request_id).await?;
    load(server, &request, asked).await
}

async fn load(server: &Server, request: &Request, asked: Page) -> Result<MessagePage> {
    let has_ended = request.state().is_ok_and(batch_core::request::State::is_ended);
    let (id, root) = (request.id, request.root());
    let limit = asked.limit.clamp(1, PAGE_MAX);
    let rows = server
        .db
        .read(move |tx| {
            Box::pin(async move {
                if id == root {
                    return message::of_root(tx, root, asked.after, limit + 1).await;
                }
                let family: Vec<i64> =
                    read::family(tx, id).await?.into_iter().map(|member| member.0).collect();
                message::of_requests(tx, root, &family, asked.after, limit + 1).await
            })
        })
        .await?;
    let is_last = i64::try_from(rows.len()).unwrap_or(i64::MAX) <= limit;
    let messages: Vec<Message> =
        rows.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).map(view).collect();
    let last = messages.last().map_or(asked.after, |message| message.sequence);
    Ok(MessagePage { messages, complete: has_ended && is_last, last })
}

fn view(row: message::Message) -> Message {
    Message {
        sequence: row.sequence,
        time: jiff::Timestamp::from_microsecond(row.written_at).ok(),
        kind: match row.kind.as_str() {
            "I" => MessageKind::Information,
            "W" => MessageKind::Warning,
            "E" => MessageKind::Error,
            _ => MessageKind::Output,
        },
        batch_request_id: row.request_id,
        text: row.text,
    }
}

/// Pages of a job log as they are written, until the request has ended and all is read.
pub(crate) fn follow(
    server: Arc<Server>,
    caller: Caller,
    asked: Page,
) -> impl Stream<Item = Result<MessagePage>> + Send {
    futures_util::stream::unfold(Some(asked), move |asked| {
        let (server, caller) = (Arc::clone(&server), caller.clone());
        async move {
            let asked = asked?;
            match next(&server, &caller, asked).await {
                Ok(page) => {
                    let then = Page { after: page.last, ..asked };
                    Some((Ok(page.clone()), (!page.complete).then_some(then)))
                }
                Err(error) => Some((Err(error), None)),
            }
        }
    })
}

/// The next page with at least one message, or the last one.
async fn next(server: &Server, caller: &Caller, asked: Page) -> Result<MessagePage> {
    loop {
        // Messages of a child are announced under the child's id, so any change is worth a look.
        let watch = server.hub.watch_any();
        let page = page(server, caller, asked).await?;
        if !page.messages.is_empty() || page.complete {
            return Ok(page);
        }
        // A second without news is a look at the database too: another process may run the job.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(1), watch.changed()).await;
    }
}
