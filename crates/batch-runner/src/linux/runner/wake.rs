//! Telling the controller that there is something to read.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::stdio::stdout;

use crate::runner::CLAIMED;

/// Says that this runner has the attempt: from now on the file alone is no proof that nothing was started.
pub(crate) fn tell_claimed() {
    prepare();
    let _ = rustix::io::write(stdout(), &[CLAIMED]);
}

/// Makes the pipe one that never holds the job up: a controller that does not read is woken already.
fn prepare() {
    if let Ok(flags) = fcntl_getfl(stdout())
        && !flags.contains(OFlags::NONBLOCK)
    {
        let _ = fcntl_setfl(stdout(), flags | OFlags::NONBLOCK);
    }
}

/// One byte. A full pipe and a controller that is gone are no errors.
pub(crate) fn ring() {
    let _ = rustix::io::write(stdout(), b"o");
}

/// Whether there is nobody at the other end any more.
pub(crate) fn is_abandoned() -> bool {
    let stdout = stdout();
    let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
    poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok()
        && fds[0].revents().contains(PollFlags::ERR)
}
