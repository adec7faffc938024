//! How many connections there may be, and how much they may send before they have shown a token: every user of the
//! machine can connect.

use std::sync::Arc;
use std::time::Duration;

use amt_job::protocol::{LINE_BYTES_MAX, Reply, code};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections that have shown no token yet.
const STRANGERS_MAX: usize = 1024;
/// Connections in all; a call that waits for something holds one.
const CONNECTIONS_MAX: usize = 8192;
/// Buffer of a connection. With [`SHORT_BYTES`], 1024 strangers and 4 long lines this makes less than 16 MiB.
pub(super) const BUFFER_BYTES: usize = 2048;
/// A line up to this length is read at once, and nearly all are shorter.
const SHORT_BYTES: usize = 4096;
/// Longer lines that are read at the same time; the others wait in their sockets.
const LONG_LINES_MAX: usize = 4;
/// A line has to be there this long after it was waited for. `amtjob` sends its call as soon as it is connected.
const LINE_TIME: Duration = Duration::from_secs(30);

/// The places there are.
pub(super) struct Gate {
    strangers: Arc<Semaphore>,
    connections: Arc<Semaphore>,
    long_lines: Arc<Semaphore>,
    line_time: Duration,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new(STRANGERS_MAX, CONNECTIONS_MAX, LINE_TIME)
    }
}

/// The place of a connection, given back when it ends.
pub(super) struct Place {
    stranger: Option<OwnedSemaphorePermit>,
    _connection: OwnedSemaphorePermit,
}

impl Place {
    /// A genuine token was shown.
    pub(super) fn is_known(&mut self) {
        self.stranger = None;
    }
}

/// A line, and its right to be long.
pub(super) struct Line {
    pub(super) bytes: Vec<u8>,
    _long: Option<OwnedSemaphorePermit>,
}

impl Gate {
    fn new(strangers: usize, connections: usize, line_time: Duration) -> Self {
        Self {
            strangers: Arc::new(Semaphore::new(strangers)),
            connections: Arc::new(Semaphore::new(connections)),
            long_lines: Arc::new(Semaphore::new(LONG_LINES_MAX)),
            line_time,
        }
    }

    /// A place for a new connection, or what to answer when there is none.
    pub(super) fn admit(&self) -> Result<Place, Reply> {
        let full = |what| refusal(code::UNAVAILABLE, what);
        let stranger = Arc::clone(&self.strangers)
            .try_acquire_owned()
            .map_err(|_| full("too many connections have not sent their call yet; try again"))?;
        let connection = Arc::clone(&self.connections)
            .try_acquire_owned()
            .map_err(|_| full("too many calls are open on the job socket; try again"))?;
        Ok(Place { stranger: Some(stranger), _connection: connection })
    }

    /// The next line; none at the end of the connection.
    ///
    /// # Errors
    /// What to answer before the connection is closed: the line is too long or has not come in time.
    pub(super) async fn line(
        &self,
        reader: &mut (impl AsyncBufRead + Unpin),
    ) -> Result<Option<Line>, Reply> {
        match tokio::time::timeout(self.line_time, self.read(reader)).await {
            Ok(read) => read,
            Err(_) => Err(refusal(
                code::UNAVAILABLE,
                "the call was not sent in time; connect again and send it at once",
            )),
        }
    }

    async fn read(&self, reader: &mut (impl AsyncBufRead + Unpin)) -> Result<Option<Line>, Reply> {
        let mut bytes = Vec::new();
        if !fill(reader, &mut bytes, SHORT_BYTES).await {
            return Ok(None);
        }
        let mut long = None;
        if !bytes.ends_with(b"\n") && bytes.len() == SHORT_BYTES {
            long = Arc::clone(&self.long_lines).acquire_owned().await.ok();
            if !fill(reader, &mut bytes, LINE_BYTES_MAX - SHORT_BYTES).await {
                return Ok(None);
            }
        }
        if bytes.ends_with(b"\n") {
            return Ok(Some(Line { bytes, _long: long }));
        }
        if bytes.len() < LINE_BYTES_MAX {
            return Ok(None);
        }
        Err(refusal(code::INVALID, "the line is longer than 1 MiB, send a shorter one"))
    }
}

/// Reads on to the end of the line, at most so many bytes. False when the connection is lost.
async fn fill(reader: &mut (impl AsyncBufRead + Unpin), bytes: &mut Vec<u8>, count: usize) -> bool {
    let limit = u64::try_from(count).unwrap_or(u64::MAX);
    reader.take(limit).read_until(b'\n', bytes).await.is_ok()
}

fn refusal(code: &str, detail: &str) -> Reply {
    Reply::Error { code: code.to_owned(), detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(reply: &Reply) -> &str {
        match reply {
            Reply::Error { code, .. } => code,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn strangers_and_connections_have_their_limits() {
        let gate = Gate::new(2, 3, LINE_TIME);
        let mut places = vec![gate.admit().ok().unwrap(), gate.admit().ok().unwrap()];
        assert_eq!(gate.admit().err().as_ref().map(code_of), Some(code::UNAVAILABLE));
        places.iter_mut().for_each(Place::is_known);
        places.push(gate.admit().ok().unwrap());
        places.iter_mut().for_each(Place::is_known);
        assert_eq!(gate.admit().err().as_ref().map(code_of), Some(code::UNAVAILABLE));
        places.pop();
        assert!(gate.admit().is_ok());
    }

    #[tokio::test]
    async fn lines_of_every_length_are_read_and_too_long_ones_refused() {
        let gate = Gate::default();
        for length in [0, 10, SHORT_BYTES - 1, SHORT_BYTES, SHORT_BYTES + 1, LINE_BYTES_MAX - 1] {
            let sent = [vec![b'x'; length], vec![b'\n']].concat();
            let line = gate.line(&mut sent.as_slice()).await.ok().unwrap().unwrap();
            assert_eq!(line.bytes, sent);
        }
        let sent = [vec![b'x'; LINE_BYTES_MAX], vec![b'\n']].concat();
        let refused = gate.line(&mut sent.as_slice()).await.err();
        assert_eq!(refused.as_ref().map(code_of), Some(code::INVALID));
        for cut in [&b""[..], b"half"] {
            assert!(matches!(gate.line(&mut &cut[..]).await, Ok(None)));
        }
    }

    #[tokio::test]
    async fn long_lines_wait_for_each_other_and_silence_is_not_waited_for() {
        let mut gate = Gate::default();
        let long = [vec![b'x'; SHORT_BYTES + 1], vec![b'\n']].concat();
        let mut held = Vec::new();
        for _ in 0..LONG_LINES_MAX {
            held.push(gate.line(&mut long.as_slice()).await.ok().unwrap());
        }
        gate.line_time = Duration::from_millis(10);
        let refused = gate.line(&mut long.as_slice()).await.err();
        assert_eq!(refused.as_ref().map(code_of), Some(code::UNAVAILABLE));
        let (silent, _other) = tokio::io::duplex(64);
        let refused = gate.line(&mut tokio::io::BufReader::new(silent)).await.err();
        assert_eq!(refused.as_ref().map(code_of), Some(code::UNAVAILABLE));
        held.pop();
        gate.line_time = LINE_TIME;
        assert!(matches!(gate.line(&mut long.as_slice()).await, Ok(Some(_))));
    }
}
