//! `GET /GetMessages`: the job log of a request and of its children.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MessageKind {
    /// A line that the process printed.
    Output,
    /// A remark of the job or of the batch server.
    Information,
    /// A warning of the job or of the batch server.
    Warning,
    /// An error of the job or of the batch server.
    Error,
}

/// One line of a job log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    /// Grows with every message of the family of requests; gaps mean nothing.
    pub sequence: i64,
    /// When it was written, UTC.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub time: Option<Timestamp>,
    /// Who wrote it.
    #[serde(default = "output")]
    pub kind: MessageKind,
    /// The request that wrote it: the one asked for or one of its children.
    #[serde(default)]
    pub batch_request_id: i64,
    /// The line, without its line end.
    pub text: String,
}

fn output() -> MessageKind {
    MessageKind::Output
}

/// A page of messages in the order they were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "PascalCase")]
pub struct MessagePage {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// True when the request has ended and this page holds its last message.
    #[serde(default = "yes")]
    pub complete: bool,
    /// The sequence to ask after next.
    #[serde(default)]
    pub last: i64,
}

fn yes() -> bool {
    true
}
