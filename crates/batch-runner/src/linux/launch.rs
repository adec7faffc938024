//! Starting runners.

use std::fs::File;
use std::io::{self, IoSlice, Seek, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
    sendmsg, socketpair,
};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, kill_process};

use crate::spool::create_dir;
use crate::{LaunchError, Order};

/// The argument that makes a launcher of `batch-runner`.
pub(super) const LAUNCHER: &str = "--launcher";

/// A runner that was started. Dropping it ends nothing.
///
/// It is no proof that the job started, nor even the runner: the spool folder is.
#[derive(Debug)]
pub struct Launched {
    /// Readable when there is new output, at its end when the runner has ended or there never was one. Its first byte is
    /// [`crate::CLAIMED`]: an attempt that ends without it was never started. Does not block.
    pub wake: OwnedFd,
}

/// Starts runners, through one process of the runner's program that makes a copy of itself for each (its source is
/// `runner/nursery.rs`). That process is started when it is first needed, and again when somebody has ended it.
#[derive(Debug)]
pub struct Launcher {
    program: PathBuf,
    process: Mutex<Option<Process>>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    socket: OwnedFd,
}

impl Launcher {
    /// A launcher of the runner `program` (an absolute path).
    pub fn new(program: &Path) -> Self {
        Self { program: program.to_owned(), process: Mutex::new(None) }
    }

    /// Starts a runner with `order`. Blocks for as long as it takes to create a folder, and the first time to load a program.
    ///
    /// # Errors
    /// See [`LaunchError`].
    pub fn launch(&self, order: &Order) -> Result<Launched, LaunchError> {
        create_dir(&order.spool)
            .map_err(|source| LaunchError::Spool { path: order.spool.clone(), source })?;
        let file = order_file(order).map_err(LaunchError::Order)?;
        let (wake, wake_writer) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)
            .map_err(|error| LaunchError::Order(error.into()))?;
        self.hand_over([file.as_fd(), wake_writer.as_fd()])
            .map_err(|source| LaunchError::Start { program: self.program.clone(), source })?;
        Ok(Launched { wake })
    }

    /// Sends the parcel. A process that has ended takes nothing more, so what could not be sent to it is sent to the next one.
    fn hand_over(&self, parcel: [BorrowedFd<'_>; 2]) -> io::Result<()> {
        let mut process = self.lock();
        if let Some(running) = &*process {
            unfreeze(&running.child);
            match send(&running.socket, parcel) {
                Err(Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN) => end(process.take()),
                sent => return Ok(sent?),
            }
        }
        let started = process.insert(start(&self.program)?);
        Ok(send(&started.socket, parcel)?)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Launcher {
    fn drop(&mut self) {
        end(self.lock().take());
    }
}

/// Somebody may have stopped it; nothing would start any more, and no server could end.
fn unfreeze(child: &Child) {
    let number = i32::try_from(child.id()).ok();
    if let Some(pid) = number.and_then(Pid::from_raw) {
        // It is a child that was not reaped yet, so the number is its own.
        let _ = kill_process(pid, Signal::CONT);
    }
}

/// Without its socket the process ends by itself, after the orders that it has taken.
fn end(process: Option<Process>) {
    if let Some(Process { mut child, socket }) = process {
        drop(socket);
        unfreeze(&child);
        let _ = child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where runners are started")]
fn start(program: &Path) -> io::Result<Process> {
    let flags = SocketFlags::CLOEXEC;
    let (socket, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
    // Standard error stays the server's: it is where a runner that cannot even take its claim says why.
    // The environment is emptied so that nothing secret of the server's lives on in runners.
    let child = Command::new(program)
        .arg(LAUNCHER)
        .env_clear()
        .stdin(Stdio::from(theirs))
        .stdout(Stdio::null())
        .spawn()?;
    Ok(Process { child, socket })
}

fn send(socket: &OwnedFd, parcel: [BorrowedFd<'_>; 2]) -> Result<(), Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(&parcel));
    loop {
        match sendmsg(socket, &[IoSlice::new(b"o")], &mut ancillary, SendFlags::NOSIGNAL) {
            Err(Errno::INTR) => {}
            other => return other.map(|_| ()),
        }
    }
}

/// The order in a file without a name. A message has a limit of its size; this has none.
fn order_file(order: &Order) -> io::Result<File> {
    let json = serde_json::to_vec(order)?;
    let mut file = File::from(memfd_create("order", MemfdFlags::CLOEXEC)?);
    file.write_all(&json)?;
    file.rewind()?;
    Ok(file)
}
