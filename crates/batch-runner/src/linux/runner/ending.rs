//! The job's processes: reaping them, counting them and ending them.

use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process, wait};

use super::super::process::{self, Descendant};
use crate::End;
use crate::runner::now;

/// How long processes are chased; what is alive then hangs in the kernel or belongs to somebody else.
const END_MAX: Duration = Duration::from_secs(10);
/// Pause between two rounds, doubling up to the second.
const PAUSE_FIRST: Duration = Duration::from_micros(200);
const PAUSE_MAX: Duration = Duration::from_millis(20);

/// The job's own process and everything below it. All of it hangs below this process, which is the
/// subreaper: whatever loses its parent becomes a child of this one.
pub(super) struct Family {
    pub(super) child: Pid,
    /// How the job's own process ended.
    pub(super) ended: Option<(End, Timestamp, Instant)>,
    /// The job's own process was seen stopped.
    pub(super) is_stopped: bool,
    options: WaitOptions,
    others_killed: u32,
}

impl Family {
    pub(super) fn new(child: Pid, watches_stops: bool) -> Self {
        let mut options = WaitOptions::NOHANG;
        options.set(WaitOptions::UNTRACED, watches_stops);
        Self { child, ended: None, is_stopped: false, options, others_killed: 0 }
    }

    /// Reaps whatever has ended. Returns whether any process is left.
    pub(super) fn reap(&mut self) -> bool {
        loop {
            match wait(self.options) {
                Ok(Some((pid, status))) => self.note(pid, status),
                Ok(None) => return true,
                Err(Errno::INTR) => {}
                Err(_) => return false,
            }
        }
    }

    fn note(&mut self, pid: Pid, status: WaitStatus) {
        if status.stopped() {
            self.is_stopped |= pid == self.child;
        } else if pid == self.child {
            let end = match (status.exit_status(), status.terminating_signal()) {
                (Some(code), _) => End::Exited { code },
                (None, signal) => End::Signalled { signal: signal.unwrap_or_default() },
            };
            self.ended = Some((end, now(), Instant::now()));
        } else if status.terminating_signal() == Some(Signal::KILL.as_raw()) {
            self.others_killed += 1;
        }
    }

    /// Processes at this moment, counted up to `limit`.
    pub(super) fn count(limit: usize) -> usize {
        process::descendants(getpid().as_raw_nonzero().get(), limit, |_| {}).len()
    }

    /// Ends everything that is left, however often it forks. Returns how many processes were ended
    /// beside the job's own, and how many could not be.
    pub(super) fn end_all(&mut self) -> (u32, usize) {
        let killed_before = self.others_killed;
        let until = Instant::now() + END_MAX;
        let mut pause = PAUSE_FIRST;
        let mut undying = 0;
        while self.reap() {
            undying = kill_round();
            if Instant::now() >= until {
                break;
            }
            sleep(pause);
            pause = (pause * 2).min(PAUSE_MAX);
        }
        let is_clean = !self.reap();
        (self.others_killed - killed_before, if is_clean { 0 } else { undying })
    }
}

/// Stops every process before it kills one: parents first, so that a process that is looked below cannot fork any
/// more. What was born meanwhile to a parent that ended is found in the next round. Returns how many there were.
fn kill_round() -> usize {
    let own = getpid().as_raw_nonzero().get();
    let found = process::descendants(own, usize::MAX, |found| send(own, found, Signal::STOP));
    // Children first: then each one's parent is still there to prove that it is the one that was found.
    for descendant in found.iter().rev() {
        send(own, *descendant, Signal::KILL);
    }
    found.len()
}

fn send(own: i32, to: Descendant, signal: Signal) {
    if to.parent == own {
        // A child that is not reaped keeps its number.
        if let Some(pid) = process::pid(to.pid) {
            let _ = kill_process(pid, signal);
        }
    } else {
        let is_still = || process::stat(to.pid).is_some_and(|stat| stat.parent == to.parent);
        process::signal_if(to.pid, signal, is_still);
    }
}
