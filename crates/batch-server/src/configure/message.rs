//! Messages of requests.

use amt_protocol::MessageKind;
use batch_core::rights::Right;
use serde::{Deserialize, Serialize};
use sql::to_micros;
use utoipa::ToSchema;

use super::check::{self, TEXT_MAX};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::monitor;
use crate::server::{CHANNEL, Server};
use crate::store::{message, request};

/// One line of a job log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Message {
    /// Its place in the job log; gaps mean nothing.
    pub(crate) sequence: i64,
    /// When it was written.
    #[schema(value_type = Option<String>, format = DateTime)]
    time: Option<jiff::Timestamp>,
    /// `output`, `information`, `warning` or `error`.
    kind: &'static str,
    /// The request that has written it: the one asked for or one of its children.
    request_id: i64,
    /// The line.
    text: String,
}

impl From<amt_protocol::Message> for Message {
    fn from(message: amt_protocol::Message) -> Self {
        Self {
            sequence: message.sequence,
            time: message.time,
            kind: match message.kind {
                MessageKind::Output => "output",
                MessageKind::Information => "information",
                MessageKind::Warning => "warning",
                MessageKind::Error => "error",
            },
            request_id: message.batch_request_id,
            text: message.text,
        }
    }
}

/// A part of a job log, the oldest message first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessagePage {
    /// The messages.
    items: Vec<Message>,
    /// What to send as `after` for the next page; null when there is nothing more now.
    next: Option<i64>,
    /// Whether the request is over and these are the last messages.
    is_complete: bool,
}

/// An operator's remark.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageInput {
    /// What to note in the job log: one line of 1 to 4000 characters.
    text: String,
}

/// A page of the job log of a request and its children.
pub(crate) async fn list(
    server: &Server,
    caller: &Caller,
    asked: monitor::Page,
) -> Result<MessagePage> {
    let part = monitor::page(server, caller, asked).await?;
    let page = part.page;
    let next = part.has_more.then_some(page.last);
    Ok(MessagePage {
        items: page.messages.into_iter().map(Message::from).collect(),
        next,
        is_complete: page.complete,
    })
}

/// One message of a request or of its children.
pub(crate) async fn read(
    server: &Server,
    caller: &Caller,
    request_id: i64,
    sequence: i64,
) -> Result<Message> {
    let asked = monitor::Page { request_id, after: sequence - 1, limit: 1 };
    let page = monitor::page(server, caller, asked).await?.page;
    let message = page.messages.into_iter().find(|message| message.sequence == sequence);
    Ok(message.ok_or_else(|| Error::not_found("message", sequence))?.into())
}

/// Notes an operator's remark in the job log.
pub(crate) async fn create(
    server: &Server,
    caller: &Caller,
    request_id: i64,
    input: &MessageInput,
) -> Result<Message> {
    caller.require(Right::Operate)?;
    if input.text.trim().is_empty() {
        return Err(Error::invalid("text", "it is empty, say what to note"));
    }
    let text = format!("{}: {}", caller.name, check::line("text", &input.text, TEXT_MAX)?);
    let root_id = monitor::read_visible(server, caller, request_id).await?.root();
    let (now, tells_others) = (server.clock.now(), server.has_peers());
    let shown = text.clone();
    let sequence = server
        .db
        .write(move |tx| {
            let text = text.clone();
            Box::pin(async move {
                message::append(tx, root_id, request_id, &[(to_micros(now), "I", text)]).await?;
                if tells_others {
                    sql::notify(tx, CHANNEL, &format!("messages:{request_id},{root_id}")).await?;
                }
                let root = request::read::get(tx, root_id).await?.ok_or(sql::Error::NotFound)?;
                Ok::<_, sql::Error>(root.last_message)
            })
        })
        .await?;
    server.changed([request_id, root_id]);
    Ok(Message { sequence, time: Some(now), kind: "information", request_id, text: shown })
}
