//! Starting the job's process.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::windows::process::CommandExt;
use std::process::{Child, Command, Stdio};

use mio::windows::NamedPipe;
use mio::{Interest, Registry};

use super::super::{bare, pipe_path, system_environment};
use super::family::Family;
use super::{OUTPUT, pipe_name};
use crate::runner::claim::Claim;
use crate::spool::Entry;
use crate::{ChildRecord, Order};

const CREATE_SUSPENDED: u32 = 0x0000_0004;
const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
const ERROR_FILE_NOT_FOUND: i32 = 2;

/// The variable that holds the job's own process id on Linux. Here nobody knows it before the environment is made.
const PROCESS_ID_VARIABLE: &str = "AMTPROCESSJOBID";

/// The job's process, which is suspended, and its output.
pub(super) struct Started {
    pub(super) child: Child,
    /// Standard output and standard error, one pipe so that their order is kept. Does not block.
    pub(super) output: NamedPipe,
}

/// Starts the job's process in a process group of its own, suspended and in the job object already: nothing that it starts can be
/// outside. An error is the reason why it could not be started.
pub(super) fn spawn(
    order: &Order,
    message_socket: &str,
    family: &Family,
    registry: &Registry,
) -> io::Result<Started> {
    let (output, writer) = output_pipe(registry)?;
    let mut child = command(order, message_socket, writer)?.spawn().map_err(not_found)?;
    if let Err(error) = family.adopt(&child) {
        end(&mut child);
        return Err(error);
    }
    Ok(Started { child, output })
}

/// Lets it run.
pub(super) fn resume(child: &mut Child) -> io::Result<()> {
    bare::resume(child.id()).inspect_err(|_| end(child))
}

/// It has not begun, so it has done nothing.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Notes the process for a sweep, with the time that the system gives as its start: the two together are no other process's.
pub(super) fn note(claim: &mut Claim, child: &Child) {
    let Ok(pid) = i32::try_from(child.id()) else { return };
    let Ok(started_at) = bare::started_at(child) else { return };
    let _ = claim.note(&Entry::Child(ChildRecord { pid, pgid: pid, started_at }));
}

/// The end that is read here must not block, which only a named pipe's can; the job's end is an ordinary one.
fn output_pipe(registry: &Registry) -> io::Result<(NamedPipe, File)> {
    let path = pipe_path(&pipe_name("output"));
    let mut pipe = NamedPipe::new(&path)?;
    registry.register(&mut pipe, OUTPUT, Interest::READABLE)?;
    let writer = OpenOptions::new().write(true).open(&path)?;
    match pipe.connect() {
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Ok((pipe, writer)),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where jobs are started")]
fn command(order: &Order, message_socket: &str, output: File) -> io::Result<Command> {
    let mut command = Command::new(&order.program);
    let environment = order.environment.iter().filter(|(name, _)| name != PROCESS_ID_VARIABLE);
    command
        .args(&order.arguments)
        .current_dir(&order.working_directory)
        .env_clear()
        .envs(system_environment())
        .envs(environment.map(|(name, value)| (name, value)))
        .env("AMTJOB_ATTEMPT", &order.attempt)
        .env("AMTJOB_RUNNER", message_socket)
        .env("AMTJOB_TOKEN", &order.token)
        .creation_flags(CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP)
        .stdin(Stdio::null())
        .stdout(Stdio::from(output.try_clone()?))
        .stderr(Stdio::from(output));
    Ok(command)
}

/// The standard library looks for a program without a folder itself, and has words of its own for one that is nowhere.
fn not_found(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::NotFound && error.raw_os_error().is_none() {
        return io::Error::from_raw_os_error(ERROR_FILE_NOT_FOUND);
    }
    error
}
