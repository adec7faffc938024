//! The signals this process is sent.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::super::bare;

/// The last three mean nothing here, but must not end the runner.
const TAKEN: [Signal; 8] = [
    Signal::SIGTERM,
    Signal::SIGINT,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGCHLD,
    Signal::SIGHUP,
    Signal::SIGQUIT,
    Signal::SIGXFSZ,
];

/// Signals as something to poll. No handler is ever installed, so none can run in a process that is about to become the job's.
pub(super) struct Signals(SignalFd);

impl Signals {
    /// From here on signals wait here instead of ending the process.
    pub(super) fn register() -> io::Result<Self> {
        bare::default_signals();
        let taken: SigSet = TAKEN.into_iter().collect();
        taken.thread_block()?;
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        Ok(Self(SignalFd::with_flags(&taken, flags)?))
    }

    /// In the job's process, just before its program starts: signals mean what they always mean.
    pub(super) fn release() {
        let taken: SigSet = TAKEN.into_iter().collect();
        // Fails only for a wrong set.
        let _ = taken.thread_unblock();
    }

    /// The next one that has come.
    pub(super) fn next(&self) -> Option<Signal> {
        let received = self.0.read_signal().ok().flatten()?;
        i32::try_from(received.ssi_signo).ok()?.try_into().ok()
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
