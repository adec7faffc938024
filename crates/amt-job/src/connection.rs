//! One stream of JSON lines, with a limit on their length and on the silence between them.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::address::Address;
use crate::protocol::LINE_BYTES_MAX;

/// A connection may take this long to come about, and a line to be taken by the other side.
const WRITE_LIMIT: Duration = Duration::from_secs(30);

/// An open connection to a runner or a batch server.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<Stream>,
}

impl Connection {
    /// Connects, and lets each later [`Connection::receive`] wait at most `silence`.
    ///
    /// # Errors
    /// As the operating system says it; on Linux `PermissionDenied` too, when the socket belongs to somebody else.
    pub fn open(address: &Address, silence: Duration) -> io::Result<Self> {
        let stream = Stream::open(address)?;
        stream.set_timeouts(silence)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a line made by [`line`].
    ///
    /// # Errors
    /// When the other side is gone or takes nothing for 30 s.
    pub fn send(&mut self, line: &[u8]) -> io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(line)?;
        stream.flush()
    }

    /// Waits for the next line.
    ///
    /// # Errors
    /// `UnexpectedEof` when the other side closed, `InvalidData` when the line is too long or not what was expected,
    /// `WouldBlock` or `TimedOut` after the silence.
    pub fn receive<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let mut line = Vec::new();
        let limit = LINE_BYTES_MAX as u64;
        (&mut self.stream).take(limit).read_until(b'\n', &mut line)?;
        if line.last() == Some(&b'\n') {
            return serde_json::from_slice(&line)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error));
        }
        Err(if line.len() >= LINE_BYTES_MAX {
            io::Error::new(io::ErrorKind::InvalidData, "the line is longer than 1 MiB")
        } else {
            io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed")
        })
    }
}

/// Writes `value` as one line, or gives `None` when it would be longer than [`LINE_BYTES_MAX`].
pub fn line<T: Serialize>(value: &T) -> Option<Vec<u8>> {
    let mut line = serde_json::to_vec(value).ok()?;
    line.push(b'\n');
    (line.len() <= LINE_BYTES_MAX).then_some(line)
}

/// The sockets of all operating systems behind one face.
#[derive(Debug)]
enum Stream {
    #[cfg(unix)]
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Stream {
    fn open(address: &Address) -> io::Result<Self> {
        match address {
            #[cfg(target_os = "linux")]
            Address::Abstract(name) => {
                use std::os::linux::net::SocketAddrExt as _;
                let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
                UnixStream::connect_addr(&address).and_then(checked)
            }
            #[cfg(unix)]
            Address::Path(path) => UnixStream::connect(path).and_then(checked),
            Address::Tcp(address) => {
                let stream = TcpStream::connect_timeout(address, WRITE_LIMIT)?;
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream))
            }
        }
    }

    fn set_timeouts(&self, silence: Duration) -> io::Result<()> {
        match self {
            #[cfg(unix)]
            Self::Unix(stream) => {
                stream.set_read_timeout(Some(silence))?;
                stream.set_write_timeout(Some(WRITE_LIMIT))
            }
            Self::Tcp(stream) => {
                stream.set_read_timeout(Some(silence))?;
                stream.set_write_timeout(Some(WRITE_LIMIT))
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn checked(stream: UnixStream) -> io::Result<Stream> {
    crate::peer::check(&stream)?;
    Ok(Stream::Unix(stream))
}

/// Without abstract names a socket is a file, and its folder says who may replace it.
#[cfg(all(unix, not(target_os = "linux")))]
#[expect(clippy::unnecessary_wraps, reason = "the twin of Linux can fail")]
fn checked(stream: UnixStream) -> io::Result<Stream> {
    Ok(Stream::Unix(stream))
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            #[cfg(unix)]
            Self::Unix(stream) => stream.write(buffer),
            Self::Tcp(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            #[cfg(unix)]
            Self::Unix(stream) => stream.flush(),
            Self::Tcp(stream) => stream.flush(),
        }
    }
}
