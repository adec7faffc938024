//! The launcher's process: a runner that has no order yet, and that makes a runner of itself for each order it is sent.
//!
//! Loading a program costs a processor about a millisecond, most of it in the loader; making a copy of a small process that is
//! loaded already costs a tenth of that. So the server loads `batch-runner` once and asks the copy-maker for each job.
//! Runners owe their launcher nothing: its end ends none of them.

use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::process::ExitCode;

use rustix::io::Errno;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use rustix::process::setsid;
use rustix::stdio::{dup2_stdin, dup2_stdout, stdin};

use super::super::bare::{self, Forked};
use crate::runner::{EXIT_BAD_ORDER, complain, run_order};

/// What one message brings: the order, and the pipe by which the runner wakes the controller.
struct Parcel {
    order: OwnedFd,
    wake: OwnedFd,
}

/// Runs until the server at the other end of standard input is gone.
pub(super) fn run() -> ExitCode {
    // Ctrl-C at the server's terminal is not for this one.
    let _ = setsid();
    bare::default_signals();
    bare::forget_children();
    loop {
        let parcel = match receive() {
            Ok(Some(parcel)) => parcel,
            Ok(None) => return ExitCode::SUCCESS,
            Err(error) => {
                complain(&format!("batch-runner: waiting for an order: {error}"));
                return ExitCode::from(EXIT_BAD_ORDER);
            }
        };
        match bare::fork() {
            Ok(Forked::Child) => return become_runner(parcel),
            Ok(Forked::Parent(_)) => {}
            // The pipe closes with the parcel: the controller sees that nothing was started.
            Err(error) => complain(&format!("batch-runner: starting a runner: {error}")),
        }
    }
}

/// Standard input takes the place of the launcher's socket, so that the server sees when the launcher is gone.
fn become_runner(parcel: Parcel) -> ExitCode {
    let Parcel { order, wake } = parcel;
    if let Err(error) = dup2_stdin(&order).and_then(|()| dup2_stdout(&wake)) {
        complain(&format!("batch-runner: taking the order: {error}"));
        return ExitCode::from(EXIT_BAD_ORDER);
    }
    drop((order, wake));
    run_order()
}

/// The next parcel; `None` when the server is gone.
fn receive() -> io::Result<Option<Parcel>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0_u8; 1];
    let received = loop {
        let bytes = &mut [IoSliceMut::new(&mut byte)];
        match recvmsg(stdin(), bytes, &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
            Err(Errno::INTR) => {}
            other => break other?,
        }
    };
    if received.bytes == 0 {
        return Ok(None);
    }
    let mut files = Vec::with_capacity(2);
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(fds) = message {
            files.extend(fds);
        }
    }
    match <[OwnedFd; 2]>::try_from(files) {
        Ok([order, wake]) => Ok(Some(Parcel { order, wake })),
        Err(_) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "an order came without its file or its pipe",
        )),
    }
}
