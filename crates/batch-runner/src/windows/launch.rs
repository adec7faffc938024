//! Starting runners.

use std::io::{self, PipeWriter, Write};
use std::os::windows::io::OwnedHandle;
use std::os::windows::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::spool::create_dir;
use crate::{LaunchError, Order};

/// A console of its own, without a window: what ends the server's console does not end the runner, and the job's
/// process group can be sent `CTRL_BREAK` in it.
const CREATE_NO_WINDOW: u32 = 0x0800_0000;

/// A runner that was started. Dropping it ends nothing.
///
/// It is no proof that the job started, nor even the runner: the spool folder is.
#[derive(Debug)]
pub struct Launched {
    /// The reading end of an anonymous pipe: something to read when there is new output, at its end when the runner has ended or
    /// there never was one. Its first byte is [`crate::CLAIMED`]: an attempt that ends without it was never started. Reading it blocks (`std::io::PipeReader::from`).
    pub wake: OwnedHandle,
}

/// Starts runners: one process of the runner's program for each order. A process is started faster here than it is copied on
/// Linux, so there is no launcher in between.
#[derive(Debug)]
pub struct Launcher {
    program: PathBuf,
}

impl Launcher {
    /// A launcher of the runner `program` (an absolute path).
    pub fn new(program: &Path) -> Self {
        Self { program: program.to_owned() }
    }

    /// Starts a runner with `order`. Blocks until the runner has read it.
    ///
    /// # Errors
    /// See [`LaunchError`].
    pub fn launch(&self, order: &Order) -> Result<Launched, LaunchError> {
        create_dir(&order.spool)
            .map_err(|source| LaunchError::Spool { path: order.spool.clone(), source })?;
        let json = serde_json::to_vec(order).map_err(|error| LaunchError::Order(error.into()))?;
        let (wake, wake_writer) = io::pipe().map_err(LaunchError::Order)?;
        self.start(&json, wake_writer)
            .map_err(|source| LaunchError::Start { program: self.program.clone(), source })?;
        Ok(Launched { wake: wake.into() })
    }

    /// A runner that has not read its whole order starts nothing, so an error while it is written is one of the start.
    #[expect(clippy::disallowed_methods, reason = "this is where runners are started")]
    fn start(&self, order: &[u8], wake: PipeWriter) -> io::Result<()> {
        // Standard error stays the server's: it is where a runner that cannot even take its claim says why.
        // The environment is emptied so that nothing secret of the server's lives on in runners.
        let mut runner = Command::new(&self.program)
            .env_clear()
            .envs(super::system_environment())
            .creation_flags(CREATE_NO_WINDOW)
            .stdin(Stdio::piped())
            .stdout(Stdio::from(wake))
            .spawn()?;
        match runner.stdin.take() {
            Some(mut input) => input.write_all(order),
            None => Ok(()),
        }
    }
}
