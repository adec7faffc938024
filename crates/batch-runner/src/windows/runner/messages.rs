//! The message socket of Windows: TCP on the loopback address, since `amtjob` has no other there.

use std::io;
use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry};

use super::DESK;
use crate::Order;
use crate::runner::desk::{Desk, Listen};
use crate::runner::platform_text;

/// The listening socket.
pub(super) struct Socket {
    listener: TcpListener,
    registry: Registry,
    /// Where the job finds it.
    pub(super) address: SocketAddr,
}

/// Opens the socket the order wants (`tcp:127.0.0.1:0` for any port), before the job can look for it.
pub(super) fn open(order: &Order, registry: &Registry) -> io::Result<Desk<Socket>> {
    let socket = match order.message_socket.as_str() {
        "" => None,
        name => {
            let socket = listen(name, registry).map_err(|error| {
                let text = format!("message socket {name}: {}", platform_text(&error));
                io::Error::new(error.kind(), text)
            })?;
            Some(socket)
        }
    };
    Ok(Desk::new(socket, &order.token))
}

fn listen(name: &str, registry: &Registry) -> io::Result<Socket> {
    let address: Option<SocketAddr> =
        name.strip_prefix("tcp:").and_then(|address| address.parse().ok());
    let Some(address) = address.filter(|address| address.ip().is_loopback()) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "expected tcp:127.0.0.1:PORT"));
    };
    let mut listener = TcpListener::bind(address)?;
    registry.register(&mut listener, DESK, Interest::READABLE)?;
    let address = listener.local_addr()?;
    Ok(Socket { listener, registry: registry.try_clone()?, address })
}

/// What the job is told, as `amtjob` reads it.
pub(super) fn address(desk: &Desk<Socket>) -> String {
    desk.listener.as_ref().map_or_else(String::new, |socket| format!("tcp:{}", socket.address))
}

impl Listen for Socket {
    type Stream = TcpStream;

    fn accept(&mut self) -> Option<TcpStream> {
        loop {
            let (mut stream, _) = self.listener.accept().ok()?;
            if self.registry.register(&mut stream, DESK, Interest::READABLE).is_ok() {
                return Some(stream);
            }
        }
    }
}
