//! Reaching a live runner, by the named pipe that its claim names: its *door*.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::windows::io::OwnedHandle;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{bare, pipe_path};
use crate::spool::{Attempt, Spool, is_locked, open_claim};
use crate::{RunnerSignal, Sent};

/// How long somebody else may stand in the door.
const BUSY_MAX: Duration = Duration::from_secs(5);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(10);

impl RunnerSignal {
    /// The byte by which it goes through the door.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Kill => b'K',
            Self::Stop => b'S',
            Self::Interrupt => b'I',
            Self::Attach => b'A',
        }
    }

    /// The signal of a byte; `None` for a byte that is none.
    pub(super) fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            b'K' => Self::Kill,
            b'S' => Self::Stop,
            b'I' => Self::Interrupt,
            b'A' => Self::Attach,
            _ => return None,
        })
    }
}

/// Sends `signal` to the runner of the attempt in `dir`.
pub fn signal(dir: &Path, signal: RunnerSignal) -> io::Result<Sent> {
    let Some((Ok(Attempt { door: Some(door), .. }), claim)) = open_claim(dir)? else {
        return Ok(Sent::NotRunning);
    };
    let until = Instant::now() + BUSY_MAX;
    loop {
        if !is_locked(&Spool::at(dir).claim(), &claim)? {
            return Ok(Sent::NotRunning);
        }
        match knock(&door, signal.code()) {
            Ok(()) => return Ok(Sent::Delivered),
            // The door is busy, or the runner is ending and the lock will say so.
            Err(error) if Instant::now() >= until => return Err(error),
            Err(_) => sleep(PAUSE),
        }
    }
}

fn knock(door: &str, code: u8) -> io::Result<()> {
    OpenOptions::new().write(true).open(pipe_path(door))?.write_all(&[code])
}

/// The process of the runner of the attempt in `dir`, for [`has_ended`]; `None` when there is no live runner.
/// Only for waiting: the runner is not the caller's child after a restart.
pub fn watch(dir: &Path) -> io::Result<Option<OwnedHandle>> {
    let Some((Ok(Attempt { runner_pid: Some(runner_pid), .. }), claim)) = open_claim(dir)? else {
        return Ok(None);
    };
    let Ok(pid) = u32::try_from(runner_pid) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the claim names no process"));
    };
    let Some(runner) = bare::open(pid)? else { return Ok(None) };
    // The order matters: the runner holds the lock until it ends, so if it is held now, the runner was alive when the
    // process was opened, and the process is the runner's and not that of a successor to its number.
    Ok(is_locked(&Spool::at(dir).claim(), &claim)?.then_some(runner))
}

/// Waits until the runner of a handle from [`watch`] has ended, at most `limit`; whether it has. Blocks the thread.
pub fn has_ended(runner: &OwnedHandle, limit: Duration) -> io::Result<bool> {
    bare::wait(runner, limit)
}
