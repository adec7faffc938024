//! The way to the runner: messages and flushes.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use crate::address::Address;
use crate::connection::{Connection, line};
use crate::protocol::{MessageKind, RunnerLine, RunnerReply, Token};

/// The runner answers from memory or after one write to disk; longer than this it is stuck.
const SILENCE: Duration = Duration::from_secs(30);

/// A connection unused for this long is opened anew, since the runner may have closed it.
const IDLE_MAX: Duration = Duration::from_secs(5);

/// JSON makes one byte into six at worst, so a piece of this size always fits into a line.
const PIECE_BYTES_MAX: usize = 160 * 1024;

/// The runner of this job.
#[derive(Debug)]
pub struct Runner {
    address: Address,
    token: Token,
    open: Option<(Connection, Instant)>,
}

/// Why the runner did not take a line.
#[derive(Debug)]
pub enum Error {
    /// It answered with an error.
    Refused(String),
    /// It did not answer.
    Unreachable(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => write!(out, "the runner refused: {reason}"),
            Self::Unreachable(error) => write!(out, "the runner cannot be reached: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl Runner {
    /// Connects with the first line.
    pub fn new(address: Address, token: Token) -> Self {
        Self { address, token, open: None }
    }

    /// Stores a message in the job's log. One too long for a line becomes several. Gives their number.
    ///
    /// # Errors
    /// When the runner refuses or is gone. Nothing is sent twice, since a message sent twice is stored twice.
    pub fn message(&mut self, kind: MessageKind, text: &str) -> Result<usize, Error> {
        let whole = RunnerLine::message(self.token.clone(), kind, text);
        if let Some(line) = line(&whole) {
            self.exchange(&line)?;
            return Ok(1);
        }
        let mut count = 0;
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES_MAX));
            self.message(kind, piece)?;
            count += 1;
            rest = after;
        }
        Ok(count)
    }

    /// Waits until everything that the job has written so far is stored.
    ///
    /// # Errors
    /// As [`Runner::message`].
    pub fn flush(&mut self) -> Result<(), Error> {
        let line = line(&RunnerLine::flush(self.token.clone()));
        self.exchange(&line.unwrap_or_default())
    }

    fn exchange(&mut self, line: &[u8]) -> Result<(), Error> {
        let mut connection = match self.open.take() {
            Some((connection, used)) if used.elapsed() < IDLE_MAX => connection,
            _ => Connection::open(&self.address, SILENCE).map_err(Error::Unreachable)?,
        };
        connection.send(line).map_err(Error::Unreachable)?;
        match connection.receive().map_err(Error::Unreachable)? {
            RunnerReply::Ok(_) => {
                self.open = Some((connection, Instant::now()));
                Ok(())
            }
            RunnerReply::Error(reason) => Err(Error::Refused(reason)),
        }
    }
}
