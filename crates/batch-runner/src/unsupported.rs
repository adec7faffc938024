//! Platforms on which no job can be run yet: everything says so, nothing pretends.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::{ChildRecord, Order, RunnerSignal, Sent};

/// A runner that was started; never made here.
#[derive(Debug)]
pub enum Launched {}

/// Why no runner was started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// This platform has no runner.
    #[error("running jobs is supported on Linux and Windows only")]
    Unsupported,
}

/// Starts runners.
#[derive(Debug)]
pub struct Launcher;

impl Launcher {
    /// A launcher that cannot launch.
    pub fn new(_program: &Path) -> Self {
        Self
    }

    /// Fails with [`LaunchError::Unsupported`].
    pub fn launch(&self, _order: &Order) -> Result<Launched, LaunchError> {
        Err(LaunchError::Unsupported)
    }
}

/// Fails with `Unsupported`.
pub fn signal(_dir: &Path, _signal: RunnerSignal) -> io::Result<Sent> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Fails with `Unsupported`.
pub fn watch(_dir: &Path) -> io::Result<Option<std::convert::Infallible>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Fails with `Unsupported`.
pub fn sweep(_attempt_marker: &str, _child: Option<&ChildRecord>) -> io::Result<u32> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Says that there is no runner here.
#[doc(hidden)]
pub fn runner_main() -> ExitCode {
    eprintln!("batch-runner: running jobs is supported on Linux and Windows only");
    ExitCode::from(2)
}
