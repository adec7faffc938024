//! Messages as they are written, over server-sent events.

use crate::client::Client;
use crate::decode::{self, SseParser};
use crate::error::{Error, Reason};
use crate::session::refused_again;
use crate::transport::Exchange;
use amt_protocol::{Call, Message};
use serde_json::json;
use std::collections::VecDeque;

/// What a message stream brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FollowEvent {
    /// One message.
    Message(Message),
    /// The server says that the request has ended and this was its last message.
    Complete,
}

/// An open message stream.
pub struct Follow<'a> {
    client: &'a Client,
    response: reqwest::Response,
    parser: SseParser,
    waiting: VecDeque<FollowEvent>,
    last: i64,
}

impl Client {
    /// Opens the stream of messages after a sequence number.
    ///
    /// # Errors
    /// As for any call; a server without streams answers with a refusal, or with something that is no stream.
    pub async fn follow(&self, id: i64, after: i64) -> Result<Follow<'_>, Error> {
        let call = Call::GetMessages;
        let members = json!({"BatchRequestId": id, "After": after, "Follow": true});
        let mut exchange = Exchange::new(call, members);
        exchange.accept = "text/event-stream";
        let token = self.session.token(&self.transport, None).await?;
        let response = if let Ok(response) = self.transport.open(&exchange, &token).await? {
            response
        } else {
            let token = self.session.token(&self.transport, Some(&token)).await?;
            self.transport
                .open(&exchange, &token)
                .await?
                .map_err(|problem| refused_again(call, &problem.detail))?
        };
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
            let detail = format!("an event stream was expected, not {}", kind.unwrap_or("nothing"));
            return Err(Error::Malformed { call, detail });
        }
        Ok(Follow {
            client: self,
            response,
            parser: SseParser::default(),
            waiting: VecDeque::new(),
            last: after,
        })
    }
}

impl Follow<'_> {
    /// The next event, or none when the server has closed the stream without saying that it is complete; open it
    /// again after [`Follow::last`] then. May be dropped and called again without losing anything.
    pub async fn next(&mut self) -> Result<Option<FollowEvent>, Error> {
        let call = Call::GetMessages;
        let transport = &self.client.transport;
        loop {
            if let Some(event) = self.waiting.pop_front() {
                if let FollowEvent::Message(message) = &event {
                    self.last = message.sequence;
                }
                return Ok(Some(event));
            }
            let silence = transport.timeouts.stream_silence;
            let Ok(chunk) = tokio::time::timeout(silence, self.response.chunk()).await else {
                let detail = format!("no sign of life on the stream for {silence:?}");
                return Err(transport.unknown(call, Reason::TimeOut, detail));
            };
            let chunk = chunk.map_err(|error| transport.failed(call, &error))?;
            let Some(chunk) = chunk else { return Ok(None) };
            let malformed = |detail| Error::Malformed { call, detail };
            for event in self.parser.feed(&chunk).map_err(malformed)? {
                if matches!(event.event.as_str(), "complete" | "end") {
                    self.waiting.push_back(FollowEvent::Complete);
                } else if matches!(event.event.as_str(), "" | "message") {
                    let value = self.client.read(call, &event.data)?;
                    let message = decode::message(&value, self.last + 1).map_err(malformed)?;
                    self.waiting.push_back(FollowEvent::Message(message));
                }
            }
        }
    }

    /// The sequence of the last message that was returned.
    pub const fn last(&self) -> i64 {
        self.last
    }
}
