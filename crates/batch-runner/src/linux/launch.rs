//! Starting a runner.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::pipe::{PipeFlags, pipe_with};

use crate::Order;
use crate::spool::create_dir;

/// A runner that was started. Dropping it ends nothing; the caller reaps `child`.
#[derive(Debug)]
pub struct Launched {
    /// The runner's process. It is no proof that the job started: the spool folder is.
    ///
    /// Exit codes: 0 the exit record is written, 2 the order could not be read, 3 somebody else has
    /// the claim (or the folder is gone) and nothing was started, 4 the claim could not be written and nothing was
    /// started, 5 the exit record could not be written.
    pub child: Child,
    /// Readable when there is new output, at its end when the runner has ended. Does not block.
    pub wake: OwnedFd,
}

/// Why no runner was started. Nothing of the job runs after any of these.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The folder of the attempt could not be created.
    #[error("creating the spool folder {path}")]
    Spool {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The order or the wake-up pipe could not be prepared (memory or descriptors are used up).
    #[error("preparing the order for a runner")]
    Order(#[source] io::Error),
    /// The runner's program could not be started.
    #[error("starting the runner {program}")]
    Start {
        /// Its path.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Starts the runner `runner_program` (an absolute path) with `order`.
///
/// The runner makes itself a session of its own, so neither Ctrl-C at the server's terminal nor the server's end reaches it.
/// That is done there and not between fork and exec here, because only a plain start can use `posix_spawn`, whose cost
/// does not grow with the size of the server.
#[expect(clippy::disallowed_methods, reason = "this is where runners are started")]
pub fn launch(runner_program: &Path, order: &Order) -> Result<Launched, LaunchError> {
    create_dir(&order.spool)
        .map_err(|source| LaunchError::Spool { path: order.spool.clone(), source })?;
    let stdin = order_file(order).map_err(LaunchError::Order)?;
    let (wake, wake_writer) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)
        .map_err(|error| LaunchError::Order(error.into()))?;
    // Standard error stays the server's: it is where a runner that cannot even take its claim says why.
    // The environment is emptied so that nothing secret of the server's lives on in runners.
    let child = Command::new(runner_program)
        .env_clear()
        .stdin(Stdio::from(stdin))
        .stdout(Stdio::from(wake_writer))
        .spawn()
        .map_err(|source| LaunchError::Start { program: runner_program.to_owned(), source })?;
    Ok(Launched { child, wake })
}

/// The order in a file without a name. A pipe would block at 64 KiB, and at 4 KiB for a user with
/// many pipes; this never does.
fn order_file(order: &Order) -> io::Result<File> {
    let json = serde_json::to_vec(order)?;
    let mut file = File::from(memfd_create("order", MemfdFlags::CLOEXEC)?);
    file.write_all(&json)?;
    file.rewind()?;
    Ok(file)
}
