//! The job log of a request and of its children: a part of it, or as it grows.

use std::sync::Arc;
use std::time::Duration;

use amt_protocol::{Message, MessageKind, MessagePage};
use batch_core::rights::Right;
use futures_util::Stream;
use futures_util::future::select;
use kit::Secret;

use super::status::read_visible;
use crate::caller::Caller;
use crate::error::Result;
use crate::server::Server;
use crate::store::message;
use crate::store::request::{Request, read};

/// Most messages of one page.
pub(crate) const PAGE_MAX: i64 = 10_000;
/// Most bytes of text in one page. A longer message is a page of its own.
const PAGE_BYTES_MAX: i64 = 4 * 1024 * 1024;
/// After so long a follower looks even without a signal: another process may run the job.
const LOOK_EVERY: Duration = Duration::from_secs(1);

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

/// A part of a job log, oldest message first.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) page: MessagePage,
    /// Whether there are more messages now: the page is full, by number or by bytes.
    pub(crate) has_more: bool,
}

impl Part {
    /// What is left of `asked` after this part, when only its bytes have ended it.
    pub(crate) fn rest(&self, asked: Page) -> Option<Page> {
        let limit = asked.limit - i64::try_from(self.page.messages.len()).unwrap_or(i64::MAX);
        (self.has_more && limit > 0).then_some(Page { after: self.page.last, limit, ..asked })
    }
}

/// A part of a job log.
pub(crate) async fn page(server: &Server, caller: &Caller, asked: Page) -> Result<Part> {
    caller.require(Right::ReadMessages)?;
    // The state is read before the messages: when it is final, no later message can be missed.
    let request = read_visible(server, caller, asked.request_id).await?;
    load(server, &request, asked).await
}

async fn load(server: &Server, request: &Request, asked: Page) -> Result<Part> {
    let has_ended = request.state().is_ok_and(batch_core::request::State::is_ended);
    let (id, root) = (request.id, request.root());
    let (rows, has_more) = if id == root {
        rows_of_root(server, root, asked).await?
    } else {
        server.db.read(move |tx| Box::pin(rows_of_family(tx, id, root, asked))).await?
    };
    let messages: Vec<Message> = rows.into_iter().map(view).collect();
    let last = messages.last().map_or(asked.after, |message| message.sequence);
    let complete = has_ended && !has_more;
    Ok(Part { page: MessagePage { messages, complete, last }, has_more })
}

/// The rows of a page, and whether there are more. The sizes are read first, so that a page of long lines never is in memory;
/// messages are only added, so the two need not be read at one instant.
async fn rows_of_root(
    server: &Server,
    root: i64,
    asked: Page,
) -> Result<(Vec<message::Message>, bool)> {
    let limit = asked.limit.clamp(1, PAGE_MAX);
    let (db, after) = (&server.db, asked.after);
    let sizes: Vec<i64> =
        db.read_one(move |tx| Box::pin(message::sizes_of_root(tx, root, after, limit + 1))).await?;
    let (count, has_more) = fitting(&sizes, limit);
    if count == 0 {
        return Ok((Vec::new(), has_more));
    }
    let rows = db.read_one(move |tx| Box::pin(message::of_root(tx, root, after, count))).await?;
    Ok((rows, has_more))
}

/// As [`rows_of_root`], of a request below a root, with its own children.
async fn rows_of_family(
    tx: &mut sql::Tx<'_>,
    id: i64,
    root: i64,
    asked: Page,
) -> sql::Result<(Vec<message::Message>, bool)> {
    let limit = asked.limit.clamp(1, PAGE_MAX);
    let family: Vec<i64> = read::family(tx, id).await?.into_iter().map(|member| member.0).collect();
    let sizes = message::sizes_of_requests(tx, root, &family, asked.after, limit + 1).await?;
    let (count, has_more) = fitting(&sizes, limit);
    Ok((message::of_requests(tx, root, &family, asked.after, count).await?, has_more))
}

/// How many messages of these sizes make a page, and whether some are left.
fn fitting(sizes: &[i64], limit: i64) -> (i64, bool) {
    let mut bytes = 0_i64;
    let mut count = 0;
    for size in sizes {
        bytes = bytes.saturating_add(*size);
        if count == limit || (count > 0 && bytes > PAGE_BYTES_MAX) {
            return (count, true);
        }
        count += 1;
    }
    (count, false)
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

/// Who follows a job log, and how far it has come.
struct Follower {
    server: Arc<Server>,
    /// The caller is found anew for each page: a logon can end, and rights can be taken away, while a job runs.
    token: Secret,
    asked: Page,
    root: i64,
}

/// Pages of a job log as they are written, until the request has ended and all is read, or the logon has.
pub(crate) async fn follow(
    server: Arc<Server>,
    token: Secret,
    asked: Page,
) -> Result<impl Stream<Item = Result<MessagePage>> + Send + use<>> {
    let caller = server.auth.authenticate(&server, token.expose()).await?;
    caller.require(Right::ReadMessages)?;
    let root = read_visible(&server, &caller, asked.request_id).await?.root();
    let follower = Follower { server, token, asked, root };
    Ok(futures_util::stream::unfold(Some(follower), |follower| async move {
        let mut follower = follower?;
        let page = follower.next().await;
        let then = match &page {
            Ok(page) if !page.complete => {
                follower.asked.after = page.last;
                Some(follower)
            }
            Ok(_) | Err(_) => None,
        };
        Some((page, then))
    }))
}

impl Follower {
    /// The next page with at least one message, or the last one.
    async fn next(&self) -> Result<MessagePage> {
        let (hub, id) = (&self.server.hub, self.asked.request_id);
        loop {
            // Its end is announced under its own id, a message of a child under that of the root.
            let (own, family) = (hub.watch(id), hub.watch(self.root));
            let caller = self.server.auth.authenticate(&self.server, self.token.expose()).await?;
            let page = page(&self.server, &caller, self.asked).await?.page;
            if !page.messages.is_empty() || page.complete {
                return Ok(page);
            }
            let news = select(Box::pin(own.changed()), Box::pin(family.changed()));
            let _ = tokio::time::timeout(LOOK_EVERY, news).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: i64 = 1024 * 1024;

    #[test]
    fn a_page_ends_by_number_or_by_bytes_and_holds_at_least_one_message() {
        assert_eq!(fitting(&[], 10), (0, false));
        assert_eq!(fitting(&[1, 1], 2), (2, false));
        assert_eq!(fitting(&[1, 1, 1], 2), (2, true));
        assert_eq!(fitting(&[MIB; 4], 10), (4, false), "just fits");
        assert_eq!(fitting(&[MIB, MIB, MIB, MIB, 0, 1], 10), (5, true));
        assert_eq!(fitting(&[9 * MIB], 10), (1, false));
        assert_eq!(fitting(&[9 * MIB, 0], 10), (1, true));
        assert_eq!(fitting(&[1, 9 * MIB], 10), (1, true));
    }
}
