//! The job's process as its runner knows it.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, setpgid};

use super::super::bare::{self, Forked};
use super::start;
use crate::spool::Spool;
use crate::{ChildRecord, Order};

/// The job's process. Its id is also that of its process group.
pub(super) struct Started {
    pub(super) pid: Pid,
    /// Standard output and standard error, one pipe so that their order is kept. Does not block.
    pub(super) output: OwnedFd,
    /// What the process says about a start that failed.
    failure: File,
}

impl Started {
    /// The platform's text, if the program was not started after all. Only after the process has ended.
    pub(super) fn start_failure(&mut self) -> Option<String> {
        let mut text = String::new();
        self.failure.read_to_string(&mut text).ok()?;
        (!text.is_empty()).then_some(text)
    }
}

/// Starts the job's process in a process group of its own.
pub(super) fn spawn(order: &Order) -> io::Result<Started> {
    let (output, writer) = pipe_with(PipeFlags::CLOEXEC)?;
    fcntl_setfl(&output, OFlags::NONBLOCK)?;
    let (failure, report) = pipe_with(PipeFlags::CLOEXEC)?;
    match bare::fork()? {
        Forked::Child => start::become_job(order, writer, report),
        Forked::Parent(pid) => {
            // Here too: a signal to the group must find it, whoever comes first.
            let _ = setpgid(Some(pid), Some(pid));
            Ok(Started { pid, output, failure: File::from(failure) })
        }
    }
}

/// Notes the process for a sweep. Without the note (a full disk) the sweep still has the marker.
pub(super) fn note(spool: &Spool, pid: Pid, started_at: Timestamp) {
    let pid = pid.as_raw_nonzero().get();
    let record = ChildRecord { pid, pgid: pid, started_at };
    let temporary = spool.dir().join("child.new");
    let _ = write_and_rename(&temporary, &spool.child(), &record);
}

fn write_and_rename(temporary: &Path, path: &Path, record: &ChildRecord) -> io::Result<()> {
    std::fs::write(temporary, serde_json::to_vec(record)?)?;
    std::fs::rename(temporary, path)
}
