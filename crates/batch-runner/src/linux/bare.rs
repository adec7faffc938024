//! The two calls of the operating system that this crate needs and nobody wraps safely.
//!
//! Both are for the program `batch-runner` alone, which has one thread from its start to its end: what makes `fork` dangerous
//! is another thread that holds a lock at that moment. The library, which lives in the batch server, calls neither.
#![expect(unsafe_code, reason = "fork and sigaction have no safe wrapper")]

use std::io;

use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::{ForkResult, fork as nix_fork};
use rustix::process::Pid;

/// Who one is after a [`fork`].
pub(super) enum Forked {
    /// The new process.
    Child,
    /// The old one, and the id of the new one.
    Parent(Pid),
}

/// Makes two processes of this one.
pub(super) fn fork() -> io::Result<Forked> {
    // SAFETY: the program has one thread, so the child's memory is as consistent as the parent's.
    match unsafe { nix_fork() }? {
        ForkResult::Child => Ok(Forked::Child),
        ForkResult::Parent { child } => {
            let pid = Pid::from_raw(child.as_raw()).ok_or(io::ErrorKind::InvalidData)?;
            Ok(Forked::Parent(pid))
        }
    }
}

/// Gives every signal its default meaning, whatever the server's parent had ignored: an ignored signal is
/// neither delivered to a job nor to who watches for it. `SIGPIPE` stays as the standard library sets it.
pub(super) fn default_signals() {
    for number in Signal::iterator().filter(|number| *number != Signal::SIGPIPE) {
        // SAFETY: no handler is installed. It fails for the two signals that cannot be changed.
        let _ = unsafe { signal(number, SigHandler::SigDfl) };
    }
}

/// Lets children vanish when they end instead of waiting to be asked how.
pub(super) fn forget_children() {
    // SAFETY: no handler is installed.
    let _ = unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) };
}
