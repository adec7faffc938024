//! The message socket of Linux: a Unix socket, abstract or with a file.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::PathBuf;

use crate::Order;
use crate::runner::desk::{Desk, Listen};
use crate::runner::platform_text;

/// The listening socket.
pub(super) struct Socket {
    listener: UnixListener,
    /// The file of a socket that has one, to be removed at the end.
    path: Option<PathBuf>,
}

/// Opens the socket the order names, before the job can look for it.
pub(super) fn open(order: &Order) -> io::Result<Desk<Socket>> {
    let socket = match order.message_socket.as_str() {
        "" => None,
        name => Some(listen(name)?),
    };
    Ok(Desk::new(socket, &order.token))
}

fn listen(name: &str) -> io::Result<Socket> {
    let address = match name.strip_prefix('@') {
        Some(abstract_name) => SocketAddr::from_abstract_name(abstract_name)?,
        None => SocketAddr::from_pathname(name)?,
    };
    let listener = UnixListener::bind_addr(&address).map_err(|error| {
        let text = format!("message socket {name}: {}", platform_text(&error));
        io::Error::new(error.kind(), text)
    })?;
    listener.set_nonblocking(true)?;
    Ok(Socket { listener, path: address.as_pathname().map(PathBuf::from) })
}

/// What to wait for.
pub(super) fn fds(desk: &Desk<Socket>) -> impl Iterator<Item = BorrowedFd<'_>> {
    let listener = desk.listener.iter().map(|socket| socket.listener.as_fd());
    listener.chain(desk.streams().map(AsFd::as_fd))
}

impl Listen for Socket {
    type Stream = UnixStream;

    fn accept(&mut self) -> Option<UnixStream> {
        loop {
            let (stream, _) = self.listener.accept().ok()?;
            if stream.set_nonblocking(true).is_ok() {
                return Some(stream);
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
    }
}
