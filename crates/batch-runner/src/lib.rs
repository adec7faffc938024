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

#[cfg(not(target_os = "linux"))]
mod unsupported;
#[cfg(not(target_os = "linux"))]
use unsupported as platform;

pub use end::{ChildRecord, End, ExitRecord, StopOutcome};
pub use order::Order;
#[cfg(target_os = "linux")]
pub use platform::{CLAIMED, has_ended};
pub use platform::{LaunchError, Launched, Launcher, signal, sweep, watch};

#[doc(hidden)]
pub use platform::runner_main;

/// What a controller may ask of a runner (`docs/developer/one-job.md`, "Signals to the runner").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunnerSignal {
    /// End the job: `SIGTERM`, after the order's grace `SIGKILL`. A second one is `SIGKILL` at once.
    Kill,
    /// Ask the job to end: `SIGTERM`, nothing follows.
    Stop,
    /// `SIGINT` to the job.
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
