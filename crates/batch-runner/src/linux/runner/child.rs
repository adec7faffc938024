//! Starting the job's process.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use rustix::fs::{Mode, OFlags, fcntl_setfl};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, umask};

use super::start::PROCESS_ID_VARIABLE;
use crate::spool::Spool;
use crate::{ChildRecord, Order};

/// The file of this program, even if another version stands under its name by now.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// The job's process. Its id is also that of its process group.
pub(super) struct Started {
    pub(super) pid: Pid,
    /// Standard output and standard error, one pipe so that their order is kept. Does not block.
    pub(super) output: OwnedFd,
    /// What the stub says about a start that failed.
    failure: Option<File>,
}

impl Started {
    /// The platform's text, if the program was not started after all. Only after the process has ended.
    pub(super) fn start_failure(&mut self) -> Option<String> {
        let mut text = String::new();
        self.failure.take()?.read_to_string(&mut text).ok()?;
        (!text.is_empty()).then_some(text)
    }
}

/// Starts the job's process in a process group of its own.
#[expect(clippy::disallowed_methods, reason = "this is where jobs are started")]
pub(super) fn spawn(order: &Order) -> io::Result<Started> {
    let (output, writer) = pipe_with(PipeFlags::CLOEXEC)?;
    fcntl_setfl(&output, OFlags::NONBLOCK)?;
    let is_numbered = order.environment.iter().any(|(name, _)| name == PROCESS_ID_VARIABLE);
    let needs_stub = is_numbered || order.is_stopped_for_debugger;
    let mut command = Command::new(if needs_stub { OWN_PROGRAM } else { &order.program });
    let mut failure = None;
    if needs_stub {
        let (reader, report) = pipe_with(PipeFlags::CLOEXEC)?;
        failure = Some(File::from(reader));
        command.stdin(Stdio::from(report));
        command.args(is_numbered.then_some("--numbered"));
        command.args(order.is_stopped_for_debugger.then_some("--stopped"));
        command.arg("--").arg(&order.program);
    } else {
        command.stdin(Stdio::null());
    }
    command
        .args(&order.arguments)
        .current_dir(&order.working_directory)
        .env_clear()
        .envs(order.environment.iter().map(|(name, value)| (name, value)))
        .env("AMTJOB_ATTEMPT", &order.attempt)
        .env("AMTJOB_RUNNER", &order.message_socket)
        .env("AMTJOB_TOKEN", &order.token)
        .stdout(Stdio::from(writer.try_clone()?))
        .stderr(Stdio::from(writer))
        .process_group(0);
    let own_mask = order.umask.map(|mask| umask(Mode::from_raw_mode(mask & 0o777)));
    let spawned = command.spawn();
    own_mask.map(umask);
    let number = i32::try_from(spawned?.id()).ok();
    let pid = number.and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidData)?;
    Ok(Started { pid, output, failure })
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
