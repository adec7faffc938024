//! Messages while the job runs (`--follow`), from a stream that is opened again when it breaks.

use amt_client::settle::Patience;
use amt_client::{Client, Error, Follow, FollowEvent};
use amt_protocol::Message;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

type Opening<'a> = Pin<Box<dyn Future<Output = Result<Follow<'a>, Error>> + 'a>>;

enum State<'a> {
    Closed,
    Opening(Opening<'a>),
    Open(Follow<'a>),
    /// The server has no streams, or the log is complete.
    Off,
}

/// The messages of one request.
pub(super) struct Feed<'a> {
    client: &'a Client,
    id: i64,
    /// The sequence of the last message.
    pub(super) last: i64,
    /// The server said that there are no more.
    pub(super) is_complete: bool,
    state: State<'a>,
    failed: u32,
}

impl<'a> Feed<'a> {
    pub(super) fn new(client: &'a Client, id: i64) -> Self {
        let can = client.profile().features.message_paging;
        let state = if can { State::Closed } else { State::Off };
        Self { client, id, last: 0, is_complete: false, state, failed: 0 }
    }

    /// True if messages must be fetched page by page.
    pub(super) fn is_paged(&self) -> bool {
        matches!(self.state, State::Off) && !self.is_complete
    }

    /// The next message; never returns while there is none. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Message {
        loop {
            match &mut self.state {
                State::Off => std::future::pending().await,
                State::Closed => {
                    let (client, id, last) = (self.client, self.id, self.last);
                    let wait = match self.failed {
                        0 => Duration::ZERO,
                        failed => Patience::default().backoff(failed),
                    };
                    self.state = State::Opening(Box::pin(async move {
                        tokio::time::sleep(wait).await;
                        client.follow(id, last).await
                    }));
                }
                State::Opening(opening) => {
                    self.state = match opening.await {
                        Ok(stream) => State::Open(stream),
                        Err(error) if error.is_passing() => self.broken(),
                        Err(_) => State::Off,
                    };
                }
                State::Open(stream) => match stream.next().await {
                    Ok(Some(FollowEvent::Message(message))) => {
                        self.failed = 0;
                        self.last = self.last.max(message.sequence);
                        return message;
                    }
                    Ok(Some(FollowEvent::Complete)) => {
                        self.is_complete = true;
                        self.state = State::Off;
                    }
                    Ok(None) | Err(_) => self.state = self.broken(),
                },
            }
        }
    }

    fn broken(&mut self) -> State<'a> {
        self.failed += 1;
        State::Closed
    }
}
