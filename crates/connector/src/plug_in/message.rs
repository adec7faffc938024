//! The lines between the scheduler and a plug-in.

use serde::{Deserialize, Serialize};

use crate::Target;
use crate::call::{Answer, Call, ConnectorAnswer, ConnectorCall};

/// Longest line in both directions, in bytes, without its end: 16 MiB.
pub const LINE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A line to a plug-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Request {
    /// A call of an agent.
    Agent {
        /// Comes back with the answer.
        id: u64,
        /// The agent.
        target: Box<Target>,
        /// The call.
        call: Call,
    },
    /// A call of the connector itself.
    Connector {
        /// Comes back with the answer.
        id: u64,
        /// The call.
        connector: ConnectorCall,
    },
    /// Nobody waits for an answer any more.
    Drop {
        /// The call's id.
        drop: u64,
    },
}

/// A line from a plug-in: the answer to a call of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// That of the call.
    pub id: u64,
    /// The answer.
    pub answer: Answer,
}

/// A line from a plug-in: the answer to a call of the connector itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorReply {
    /// That of the call.
    pub id: u64,
    /// The answer.
    pub answer: ConnectorAnswer,
}

/// The id at the beginning of a line that cannot be read as a whole: enough to know which call it was to answer.
pub(super) fn id_at_start(line: &[u8]) -> Option<u64> {
    let rest = line.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"id\"")?.trim_ascii_start();
    let rest = rest.strip_prefix(b":")?.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // What is cut off within the number would name another call.
    rest.get(digits)?;
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::id_at_start;

    #[test]
    fn the_id_of_a_mangled_line_is_that_at_its_start_or_none() {
        for (line, id) in [
            (&b"{\"id\":17,\"answer\":{\"sta"[..], Some(17)),
            (b" { \"id\" : 3 , oops", Some(3)),
            (b"{\"id\":17", None),
            (b"{\"id\":\"17\"}", None),
            (b"{\"id\":-1,", None),
            (b"{\"id\":99999999999999999999999999,", None),
            (b"{\"answer\":1,\"id\":2}", None),
            (b"hello", None),
            (b"", None),
        ] {
            assert_eq!(id_at_start(line), id, "{}", String::from_utf8_lossy(line));
        }
    }
}
