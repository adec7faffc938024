//! The message socket: what `amtjob` says to the runner.
//!
//! One JSON object per line. `{"token","kind":"I|W|E","text"}` is a message, `{"token","flush":true}` asks for nothing more
//! than the answer. Both are answered with `{"ok":true}` when everything before them, output included, is in the spool.
//! Anything else is answered with `{"error":"..."}`.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::PathBuf;

use serde::Deserialize;

use super::keeper::Keeper;
use crate::Order;
use crate::spool::RecordKind;

/// Connections at once. With one more, the oldest that never showed the token is dropped: anybody on
/// the machine can connect to an abstract socket.
const CONNECTIONS_MAX: usize = 32;
/// Longest line.
const LINE_MAX_BYTES: usize = 1024 * 1024;
/// Most that is read from one connection before the others have their turn.
const READ_MAX_BYTES: usize = 256 * 1024;

/// The socket and who is connected to it.
pub(super) struct Desk {
    listener: Option<UnixListener>,
    /// The file of a socket that has one, to be removed at the end.
    path: Option<PathBuf>,
    token: String,
    connections: Vec<Connection>,
}

struct Connection {
    stream: UnixStream,
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

impl Desk {
    /// Opens the socket the order names, before the job can look for it.
    pub(super) fn open(order: &Order) -> io::Result<Self> {
        let mut desk = Self {
            listener: None,
            path: None,
            token: order.token.clone(),
            connections: Vec::new(),
        };
        let name = order.message_socket.as_str();
        if name.is_empty() {
            return Ok(desk);
        }
        let address = match name.strip_prefix('@') {
            Some(abstract_name) => SocketAddr::from_abstract_name(abstract_name)?,
            None => SocketAddr::from_pathname(name)?,
        };
        let listener = UnixListener::bind_addr(&address).map_err(|error| {
            let text = format!("message socket {name}: {}", super::platform_text(&error));
            io::Error::new(error.kind(), text)
        })?;
        listener.set_nonblocking(true)?;
        desk.path = address.as_pathname().map(PathBuf::from);
        desk.listener = Some(listener);
        Ok(desk)
    }

    /// What to wait for.
    pub(super) fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let connections = self.connections.iter().map(|connection| connection.stream.as_fd());
        self.listener.iter().map(AsFd::as_fd).chain(connections)
    }

    /// Accepts and reads what is there. Returns whether there is anything for [`Self::apply`].
    pub(super) fn receive(&mut self) -> bool {
        while let Some(Ok((stream, _))) = self.listener.as_ref().map(UnixListener::accept) {
            if stream.set_nonblocking(true).is_err() {
                continue;
            }
            if self.connections.len() == CONNECTIONS_MAX {
                let stranger = self.connections.iter().position(|c| !c.is_trusted);
                self.connections.remove(stranger.unwrap_or(0));
            }
            self.connections.push(Connection::new(stream));
        }
        for connection in &mut self.connections {
            connection.read();
        }
        self.connections.iter().any(Connection::is_due)
    }

    /// Does what was asked. The job's output up to now must be in the keeper already: then a message stands behind
    /// everything its sender wrote before it.
    pub(super) fn apply(&mut self, keeper: &mut Keeper) {
        for connection in &mut self.connections {
            connection.apply(&self.token, keeper);
        }
        self.connections.retain(|connection| !connection.is_at_end);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Connection {
    fn new(stream: UnixStream) -> Self {
        let input = Vec::new();
        Self { stream, input, is_trusted: false, is_deaf: false, is_at_end: false }
    }

    fn is_due(&self) -> bool {
        self.is_at_end || self.input.len() > LINE_MAX_BYTES || self.input.contains(&b'\n')
    }

    fn read(&mut self) {
        let mut chunk = [0; 4096];
        let mut left = READ_MAX_BYTES;
        while left > 0 {
            match self.stream.read(&mut chunk) {
                Ok(0) => {
                    self.is_at_end = true;
                    return;
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
                    return;
                }
            }
        }
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
