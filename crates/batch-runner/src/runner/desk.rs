//! The message socket: what `amtjob` says to the runner. What kind of socket it is, is the platform's matter.
//!
//! One JSON object per line. `{"token","kind":"I|W|E","text"}` is a message, `{"token","flush":true}` asks for nothing more
//! than the answer. Both are answered with `{"ok":true}` when everything before them, output included, is in the spool.
//! Anything else is answered with `{"error":"..."}`.

use std::io::{ErrorKind, Read, Write};

use serde::Deserialize;

use super::keeper::Keeper;
use crate::spool::RecordKind;

/// Connections at once. With one more, the oldest that never showed the token is dropped: anybody on
/// the machine can connect to it.
const CONNECTIONS_MAX: usize = 32;
/// Longest line.
const LINE_MAX_BYTES: usize = 1024 * 1024;
/// Most that is read from one connection before the others have their turn.
const READ_MAX_BYTES: usize = 256 * 1024;

/// Where connections come from.
pub(crate) trait Listen {
    /// One connection. Neither reading nor writing may block.
    type Stream: Read + Write;

    /// The next one, if there is one now.
    fn accept(&mut self) -> Option<Self::Stream>;
}

/// The socket and who is connected to it.
pub(crate) struct Desk<L: Listen> {
    /// None: the order wants no socket.
    pub(crate) listener: Option<L>,
    token: String,
    connections: Vec<Connection<L::Stream>>,
    /// There is more to be read than was read in this turn.
    is_behind: bool,
}

struct Connection<S> {
    stream: S,
    input: Vec<u8>,
    is_trusted: bool,
    /// Its line was too long: the rest is read and thrown away, so that it can read the answer.
    is_deaf: bool,
    is_at_end: bool,
}

#[derive(Deserialize)]
struct Request {
    token: String,
    kind: Option<Kind>,
    text: Option<String>,
    #[serde(default)]
    flush: bool,
}

#[derive(Clone, Copy, Deserialize)]
enum Kind {
    I,
    W,
    E,
}

impl<L: Listen> Desk<L> {
    /// Serves who shows `token`.
    pub(crate) fn new(listener: Option<L>, token: &str) -> Self {
        Self { listener, token: token.to_owned(), connections: Vec::new(), is_behind: false }
    }

    /// The connections, to be waited for. On Windows they are registered when they are accepted.
    #[cfg(target_os = "linux")]
    pub(crate) fn streams(&self) -> impl Iterator<Item = &L::Stream> {
        self.connections.iter().map(|connection| &connection.stream)
    }

    /// Whether there is more to be read than [`Self::receive`] has read. Windows does not tell of it again.
    #[cfg_attr(not(windows), expect(dead_code, reason = "Linux tells of it again"))]
    pub(crate) fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// Accepts and reads what is there. Returns whether there is anything for [`Self::apply`].
    pub(crate) fn receive(&mut self) -> bool {
        while let Some(stream) = self.listener.as_mut().and_then(Listen::accept) {
            if self.connections.len() == CONNECTIONS_MAX {
                let stranger = self.connections.iter().position(|c| !c.is_trusted);
                self.connections.remove(stranger.unwrap_or(0));
            }
            self.connections.push(Connection::new(stream));
        }
        self.is_behind = false;
        for connection in &mut self.connections {
            self.is_behind |= connection.read();
        }
        self.connections.iter().any(Connection::is_due)
    }

    /// Does what was asked. The job's output up to now must be in the keeper already: then a message stands behind
    /// everything its sender wrote before it.
    pub(crate) fn apply(&mut self, keeper: &mut Keeper) {
        for connection in &mut self.connections {
            connection.apply(&self.token, keeper);
        }
        self.connections.retain(|connection| !connection.is_at_end);
    }
}

impl<S: Read + Write> Connection<S> {
    fn new(stream: S) -> Self {
        Self { stream, input: Vec::new(), is_trusted: false, is_deaf: false, is_at_end: false }
    }

    fn is_due(&self) -> bool {
        self.is_at_end || self.input.len() > LINE_MAX_BYTES || self.input.contains(&b'\n')
    }

    /// Reads what is there, up to a limit. Whether there is more.
    fn read(&mut self) -> bool {
        let mut chunk = [0; 4096];
        let mut left = READ_MAX_BYTES;
        while left > 0 {
            match self.stream.read(&mut chunk) {
                Ok(0) => {
                    self.is_at_end = true;
                    return false;
                }
                Ok(len) => {
                    left = left.saturating_sub(len);
                    if !self.is_deaf {
                        self.input.extend_from_slice(&chunk[..len]);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.is_at_end |= error.kind() != ErrorKind::WouldBlock;
                    return false;
                }
            }
        }
        true
    }

    fn apply(&mut self, token: &str, keeper: &mut Keeper) {
        let mut input = std::mem::take(&mut self.input);
        let mut start = 0;
        while let Some(len) = memchr::memchr(b'\n', &input[start..]) {
            self.line(&input[start..start + len], token, keeper);
            start += len + 1;
        }
        input.drain(..start);
        if self.is_at_end && !input.is_empty() {
            self.line(&input, token, keeper);
        } else if input.len() > LINE_MAX_BYTES {
            self.answer("{\"error\":\"the line is too long\"}\n");
            self.is_deaf = true;
        } else {
            self.input = input;
        }
    }

    fn line(&mut self, line: &[u8], token: &str, keeper: &mut Keeper) {
        match self.request(line, token, keeper) {
            Ok(()) => self.answer("{\"ok\":true}\n"),
            Err(text) => {
                let answer = serde_json::json!({ "error": text });
                self.answer(&format!("{answer}\n"));
            }
        }
    }

    fn request(&mut self, line: &[u8], token: &str, keeper: &mut Keeper) -> Result<(), String> {
        let request: Request =
            serde_json::from_slice(line).map_err(|error| format!("not understood: {error}"))?;
        if !is_same(request.token.as_bytes(), token.as_bytes()) {
            return Err("wrong token".to_owned());
        }
        self.is_trusted = true;
        match (request.kind, request.text) {
            (Some(kind), Some(text)) => keeper.message(kind.into(), &text),
            (None, None) if request.flush => {}
            _ => return Err("a message has a kind and a text".to_owned()),
        }
        keeper.error().map_or(Ok(()), |error| Err(format!("output is not kept: {error}")))
    }

    /// A client that does not read its answers loses them, and then the connection.
    fn answer(&mut self, text: &str) {
        self.is_at_end |=
            !matches!(self.stream.write(text.as_bytes()), Ok(len) if len == text.len());
    }
}

impl From<Kind> for RecordKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::I => Self::Information,
            Kind::W => Self::Warning,
            Kind::E => Self::Error,
        }
    }
}

/// Compares without telling by its duration where the first difference is.
fn is_same(shown: &[u8], token: &[u8]) -> bool {
    let difference = shown.iter().zip(token).fold(0, |sum, (a, b)| sum | (a ^ b));
    !token.is_empty() && shown.len() == token.len() && difference == 0
}
