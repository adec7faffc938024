//! The job's process as its runner knows it.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

use jiff::Timestamp;
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, WaitOptions, setpgid, waitpid};

use super::super::bare::{self, Forked};
use super::start;
use crate::runner::claim::Claim;
use crate::spool::Entry;
use crate::{ChildRecord, Order};

/// The job's process. Its id is also that of its process group.
pub(super) struct Started {
    pub(super) pid: Pid,
    /// Standard output and standard error, one pipe so that their order is kept. Does not block.
    pub(super) output: OwnedFd,
    /// What the process of a job that waits for the debugger will say about a start that fails.
    failure: Option<File>,
}

impl Started {
    /// The platform's text, if the program was not started after all. Only after the process has ended.
    pub(super) fn start_failure(&mut self) -> Option<String> {
        read_failure(&mut self.failure.take()?)
    }
}

/// Ends when the process has become the job's program, or has ended.
fn read_failure(pipe: &mut File) -> Option<String> {
    let mut text = String::new();
    pipe.read_to_string(&mut text).ok()?;
    (!text.is_empty()).then_some(text)
}

/// Starts the job's process in a process group of its own; an error is the reason why it could not be started.
pub(super) fn spawn(order: &Order) -> io::Result<Started> {
    let (output, writer) = pipe_with(PipeFlags::CLOEXEC)?;
    fcntl_setfl(&output, OFlags::NONBLOCK)?;
    let (failure, report) = pipe_with(PipeFlags::CLOEXEC)?;
    match bare::fork()? {
        Forked::Child => start::become_job(order, writer, report),
        Forked::Parent(pid) => {
            // Here too: a signal to the group must find it, whoever comes first.
            let _ = setpgid(Some(pid), Some(pid));
            drop(report);
            let mut failure = File::from(failure);
            if order.is_stopped_for_debugger {
                return Ok(Started { pid, output, failure: Some(failure) });
            }
            match read_failure(&mut failure) {
                None => Ok(Started { pid, output, failure: None }),
                Some(text) => {
                    let _ = waitpid(Some(pid), WaitOptions::empty());
                    Err(io::Error::other(text))
                }
            }
        }
    }
}

/// Notes the process for a sweep. Without the note (a full disk) the sweep still has the marker.
pub(super) fn note(claim: &mut Claim, pid: Pid, started_at: Timestamp) {
    let pid = pid.as_raw_nonzero().get();
    let _ = claim.note(&Entry::Child(ChildRecord { pid, pgid: pid, started_at }));
}
