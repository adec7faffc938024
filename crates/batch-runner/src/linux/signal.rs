//! Reaching a live runner without ever reaching another process that has its number by now.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::process;
use crate::spool::{Attempt, Spool, is_locked, open_claim};
use crate::{RunnerSignal, Sent};

/// Sends `signal` to the runner of the attempt in `dir`.
pub fn signal(dir: &Path, signal: RunnerSignal) -> io::Result<Sent> {
    let Some(runner) = watch(dir)? else {
        return Ok(Sent::NotRunning);
    };
    let signal = match signal {
        RunnerSignal::Kill => Signal::TERM,
        RunnerSignal::Stop => Signal::INT,
        RunnerSignal::Interrupt => Signal::USR1,
        RunnerSignal::Attach => Signal::USR2,
    };
    match pidfd_send_signal(&runner, signal) {
        Ok(()) => {
            // Somebody may have stopped it.
            let _ = pidfd_send_signal(&runner, Signal::CONT);
            Ok(Sent::Delivered)
        }
        Err(Errno::SRCH) => Ok(Sent::NotRunning),
        Err(error) => Err(error.into()),
    }
}

/// A descriptor that becomes readable when the runner of the attempt in `dir` ends; `None` when there is no
/// live runner. Only for waiting: the runner is not the caller's child after a restart.
pub fn watch(dir: &Path) -> io::Result<Option<OwnedFd>> {
    let Some((Ok(Attempt { runner_pid: Some(runner_pid), .. }), claim)) = open_claim(dir)? else {
        return Ok(None);
    };
    let Some(pid) = process::pid(runner_pid) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the claim names no process"));
    };
    let runner = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(runner) => runner,
        Err(Errno::SRCH) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // The order matters: the runner holds the lock until it ends, so if it is held now, the runner was alive when the
    // descriptor was opened, and the descriptor is the runner's and not that of a successor to its number.
    Ok(is_locked(&Spool::at(dir).claim(), &claim)?.then_some(runner))
}

/// Waits until the runner of a descriptor from [`watch`] has ended, at most `limit`; whether it has. Blocks the thread.
pub fn has_ended(runner: &OwnedFd, limit: Duration) -> io::Result<bool> {
    let timeout = Timespec::try_from(limit).ok();
    match poll(&mut [PollFd::new(runner, PollFlags::IN)], timeout.as_ref()) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
