//! Runs one job as a process group and outlives the server that asked for it.
//!
//! The library is what a controller uses: it starts runners ([`Launcher`]), reads what they left in the
//! [`spool`] folder, [`signal`]s them, adopts those of an earlier controller with [`watch`] and
//! cleans up after one that was killed with [`sweep`]. The binary `batch-runner` is the runner
//! itself; it knows no database and no network.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

mod end;
mod order;
pub mod spool;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as platform;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as platform;

#[cfg(not(any(target_os = "linux", windows)))]
mod unsupported;
#[cfg(not(any(target_os = "linux", windows)))]
use unsupported as platform;

#[cfg(any(target_os = "linux", windows))]
mod launch_error;
#[cfg(any(target_os = "linux", windows))]
mod runner;

pub use end::{ChildRecord, End, ExitRecord, StopOutcome};
#[cfg(any(target_os = "linux", windows))]
pub use launch_error::LaunchError;
pub use order::Order;
#[cfg(not(any(target_os = "linux", windows)))]
pub use platform::LaunchError;
#[cfg(any(target_os = "linux", windows))]
pub use platform::has_ended;
pub use platform::{Launched, Launcher, signal, sweep, watch};
#[cfg(target_os = "linux")]
pub use platform::{SpareFolders, has_processes};
#[cfg(any(target_os = "linux", windows))]
pub use runner::CLAIMED;

#[doc(hidden)]
pub use platform::runner_main;

/// What a controller may ask of a runner (`docs/developer/one-job.md`, "Signals to the runner").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunnerSignal {
    /// End the job: it is asked to (`SIGTERM`; Windows: `CTRL_BREAK`), and after the order's grace forced to. A second one is force at once.
    Kill,
    /// Ask the job to end, nothing follows.
    Stop,
    /// `SIGINT` to the job; Windows: `CTRL_BREAK`.
    Interrupt,
    /// A debugger is attached: the process that was started stopped goes on.
    Attach,
}

/// Whether a [`signal`] reached a runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The runner was alive and has the signal.
    Delivered,
    /// There is no runner: never started, void, or ended. The spool says which.
    NotRunning,
}
