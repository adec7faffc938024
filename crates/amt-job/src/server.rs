//! The way to the batch server: one call at a time, sent again under the same id until it is answered.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::time::{Duration, Instant};

use crate::address::Address;
use crate::connection::{Connection, line};
use crate::protocol::{Answer, Call, Op, Reply, SILENCE_SECONDS, Token, code};

/// First pause before a call is sent again; it doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(100);
/// Longest pause before a call is sent again.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// The batch server of this job.
#[derive(Debug)]
pub struct Server {
    address: Address,
    token: Token,
    retry: Duration,
    silence: Duration,
}

/// Why a call has no result.
#[derive(Debug)]
pub enum Error {
    /// The server said no.
    Refused {
        /// One of [`crate::protocol::code`].
        code: String,
        /// For a person.
        detail: String,
    },
    /// The server could not be reached, or did not stay, for the whole retry time.
    Unreachable {
        /// How long it was looked for.
        waited: Duration,
        /// What happened last.
        last: io::Error,
    },
    /// The call does not fit into a line.
    TooLong,
    /// The server answered something else than was asked; the two do not belong together.
    Unexpected,
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { code, detail } if detail.is_empty() => {
                write!(out, "the batch server refused: {code}")
            }
            Self::Refused { code, detail } => {
                write!(out, "the batch server refused: {detail} ({code})")
            }
            Self::Unreachable { waited, last } => write!(
                out,
                "the batch server could not be reached for {} s: {last}; see that it runs, or let \
                 AMTJOB_RETRY_SECONDS be longer than its restart takes",
                waited.as_secs()
            ),
            Self::TooLong => out.write_str("the text is longer than 1 MiB, send a shorter one"),
            Self::Unexpected => out.write_str(
                "the batch server sent an answer to another question; use the amtjob of its version",
            ),
        }
    }
}

impl std::error::Error for Error {}

/// How one attempt to get an answer ended.
enum Attempt {
    Final(Result<Answer, Error>),
    Lost(io::Error),
}

impl Server {
    /// `retry` is how long a lost server is looked for, counted from the last line that it sent; zero tries once.
    pub fn new(address: Address, token: Token, retry: Duration) -> Self {
        Self { address, token, retry, silence: Duration::from_secs(SILENCE_SECONDS) }
    }

    /// Asks and waits for the answer, however long the server keeps the call alive.
    ///
    /// `on_lost` is told after each lost attempt for how long the server has not been heard, and why.
    ///
    /// # Errors
    /// When the server refuses, or is not heard for the whole retry time.
    pub fn call(
        &self,
        op: Op,
        mut on_lost: impl FnMut(Duration, &io::Error),
    ) -> Result<Answer, Error> {
        let call = Call { token: self.token.clone(), call_id: random_id(), op };
        let line = line(&call).ok_or(Error::TooLong)?;
        let mut heard = Instant::now();
        let mut pause = PAUSE_MIN;
        loop {
            let before = heard;
            let last = match self.attempt(&line, &mut heard) {
                Attempt::Final(result) => return result,
                Attempt::Lost(last) => last,
            };
            if heard != before {
                pause = PAUSE_MIN;
            }
            let waited = heard.elapsed();
            if waited >= self.retry {
                return Err(Error::Unreachable { waited, last });
            }
            on_lost(waited, &last);
            std::thread::sleep(pause.min(self.retry.saturating_sub(waited)));
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    fn attempt(&self, line: &[u8], heard: &mut Instant) -> Attempt {
        let mut connection = match Connection::open(&self.address, self.silence) {
            Ok(connection) => connection,
            Err(error) => return Attempt::Lost(error),
        };
        // A server that refuses early may answer and close before it has read the whole line, so a failed write is
        // not the end: its reply may already be there.
        let sent = connection.send(line);
        loop {
            let reply = match (connection.receive(), &sent) {
                (Ok(reply), _) => reply,
                (Err(error), _) if error.kind() == io::ErrorKind::InvalidData => {
                    return Attempt::Final(Err(Error::Unexpected));
                }
                (Err(_), Err(error)) => {
                    return Attempt::Lost(io::Error::new(error.kind(), error.to_string()));
                }
                (Err(error), Ok(())) => return Attempt::Lost(error),
            };
            match reply {
                Reply::Waiting => *heard = Instant::now(),
                Reply::Ok(answer) => return Attempt::Final(Ok(answer)),
                Reply::Error { code, detail } if code == code::UNAVAILABLE => {
                    return Attempt::Lost(io::Error::other(detail));
                }
                Reply::Error { code, detail } => {
                    return Attempt::Final(Err(Error::Refused { code, detail }));
                }
            }
        }
    }
}

/// 128 bits that differ from every other call's. It need not be secret: the token says who speaks. The keys of the
/// standard library's hash maps come from the operating system's random numbers, which saves a dependency.
fn random_id() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", half(), half())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn ids_differ() {
        let ids: std::collections::BTreeSet<String> = (0..1000).map(|_| random_id()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.len() == 32));
    }

    #[test]
    fn a_server_that_falls_silent_is_asked_again() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server {
            address: Address::Tcp(listener.local_addr().unwrap()),
            token: Token::new("t"),
            retry: Duration::from_mins(1),
            silence: Duration::from_millis(50),
        };
        let fake = std::thread::spawn(move || {
            let (silent, _) = listener.accept().unwrap();
            let mut silent = BufReader::new(silent);
            let (mut first, mut second) = (String::new(), String::new());
            silent.read_line(&mut first).unwrap();
            // The first connection stays open and says nothing.
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            stream.read_line(&mut second).unwrap();
            stream.get_mut().write_all(b"{\"ok\":\"stored\"}\n").unwrap();
            assert_eq!(first, second);
        });
        let mut lost = 0;
        let op = Op::ListValues { request_id: None };
        let answer = server.call(op, |_, _| lost += 1).unwrap();
        assert_eq!((answer, lost), (Answer::Stored, 1));
        fake.join().unwrap();
    }
}
