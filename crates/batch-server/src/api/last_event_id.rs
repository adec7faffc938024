//! Where a follower that lost its connection goes on.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::problem::Problem;
use crate::server::SharedServer;

/// The header that clients of event streams send by themselves when they connect again.
const HEADER: &str = "Last-Event-ID";

/// The sequence of the last message that the follower has. It is newer than what the address says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastEventId(pub(crate) Option<i64>);

impl FromRequestParts<SharedServer> for LastEventId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &SharedServer) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or("?").trim();
        if text.is_empty() {
            return Ok(Self(None));
        }
        text.parse().map(|sequence| Self(Some(sequence))).map_err(|_| {
            Problem::invalid(
                HEADER,
                "it is the sequence of the last message that was read, a number",
            )
        })
    }
}
