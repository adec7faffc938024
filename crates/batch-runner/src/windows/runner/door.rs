//! Where signals come in: a named pipe that takes one byte per signal from one client at a time.
//!
//! The system lets only this user, administrators and the system itself write into a pipe that was made like this one.

use std::io::{self, ErrorKind, Read};
use std::time::{Duration, Instant};

use mio::windows::NamedPipe;
use mio::{Interest, Registry};

use super::super::pipe_path;
use super::{DOOR, pipe_name};
use crate::RunnerSignal;

/// Everybody may connect without a right to write: who says nothing must make room.
const SILENCE_MAX: Duration = Duration::from_secs(1);

/// The pipe.
pub(super) struct Door {
    name: String,
    pipe: NamedPipe,
    /// Until when who came in may say nothing.
    until: Option<Instant>,
}

impl Door {
    /// Opens it, so that signals that come before the loop begins are not lost.
    pub(super) fn open(registry: &Registry) -> io::Result<Self> {
        let name = pipe_name("door");
        let mut pipe = NamedPipe::new(pipe_path(&name))?;
        registry.register(&mut pipe, DOOR, Interest::READABLE | Interest::WRITABLE)?;
        let mut door = Self { name, pipe, until: None };
        door.wait_for_client()?;
        Ok(door)
    }

    /// What the claim says of it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// When [`Self::receive`] must be called though nothing has come.
    pub(super) fn next(&self) -> Option<Instant> {
        self.until
    }

    /// The signals that have come.
    pub(super) fn receive(&mut self) -> Vec<RunnerSignal> {
        let mut signals = Vec::new();
        let mut bytes = [0; 16];
        loop {
            let is_over = match self.pipe.read(&mut bytes) {
                Ok(0) => true,
                Ok(len) => {
                    let codes = bytes[..len].iter();
                    signals.extend(codes.filter_map(|code| RunnerSignal::from_code(*code)));
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let now = Instant::now();
                    now >= *self.until.get_or_insert(now + SILENCE_MAX)
                }
                Err(_) => true,
            };
            // A door that cannot be opened again takes no more signals; the job goes on.
            if !is_over || self.turn_out().is_err() {
                return signals;
            }
        }
    }

    fn turn_out(&mut self) -> io::Result<()> {
        let _ = self.pipe.disconnect();
        self.wait_for_client()
    }

    fn wait_for_client(&mut self) -> io::Result<()> {
        self.until = None;
        match self.pipe.connect() {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }
}
