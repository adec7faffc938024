//! A connection to a mail server that cannot be flooded.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Most bytes that a server may send to one command, certificates included.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Counts what comes, since an answer is otherwise read to the end of its line, however far that is.
///
/// After `STARTTLS` it gives one byte at a time, so that nothing stays in the buffer of the reader above: what somebody on the way has put behind the
/// answer must not be taken for something that the server has said under encryption.
#[derive(Debug)]
pub(crate) struct Guard<S> {
    stream: S,
    peer: SocketAddr,
    read: usize,
    bytewise: bool,
}

impl<S> Guard<S> {
    pub(crate) fn new(stream: S, peer: SocketAddr) -> Self {
        Self { stream, peer, read: 0, bytewise: false }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read > ANSWER_BYTES_MAX {
            let error =
                format!("the server sends more than {ANSWER_BYTES_MAX} bytes for one answer");
            return Poll::Ready(Err(io::Error::other(error)));
        }
        if self.bytewise && buf.remaining() > 0 {
            let mut byte = [0];
            let mut one = ReadBuf::new(&mut byte);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut one))?;
            buf.put_slice(one.filled());
            self.read += one.filled().len();
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        self.read += buf.filled().len() - before;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.read = 0;
        self.bytewise = buf == b"STARTTLS\r\n";
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin + Debug> AsyncTokioStream for Guard<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    fn guard() -> (Guard<tokio::io::DuplexStream>, tokio::io::DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(2 * ANSWER_BYTES_MAX);
        (Guard::new(ours, ([127, 0, 0, 1], 25).into()), theirs)
    }

    #[tokio::test]
    async fn an_answer_without_an_end_is_an_error() {
        let (mut ours, mut theirs) = guard();
        theirs.write_all(&vec![b'x'; ANSWER_BYTES_MAX + 8_192]).await.unwrap();
        let mut all = Vec::new();
        let error = ours.read_to_end(&mut all).await.unwrap_err();
        assert!(error.to_string().contains("for one answer"), "{error}");
        assert!(all.len() <= ANSWER_BYTES_MAX + 8_192);
    }

    #[tokio::test]
    async fn each_command_has_an_answer_of_its_own() {
        let (mut ours, mut theirs) = guard();
        for _ in 0..3 {
            ours.write_all(b"NOOP\r\n").await.unwrap();
            theirs.write_all(&vec![b'x'; ANSWER_BYTES_MAX / 2]).await.unwrap();
            ours.read_exact(&mut vec![0; ANSWER_BYTES_MAX / 2]).await.unwrap();
        }
    }

    #[tokio::test]
    async fn nothing_that_follows_the_answer_to_starttls_is_read_with_it() {
        let (mut ours, mut theirs) = guard();
        ours.write_all(b"STARTTLS\r\n").await.unwrap();
        theirs.write_all(b"220 go\r\n250 injected\r\n").await.unwrap();
        let mut buffer = [0; 100];
        assert_eq!(ours.read(&mut buffer).await.unwrap(), 1);
        ours.write_all(b"\x16\x03").await.unwrap();
        assert_eq!(ours.read(&mut buffer).await.unwrap(), 21);
    }
}
