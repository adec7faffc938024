//! The runner and its library on Linux.

mod bare;
mod launch;
mod process;
pub(crate) mod runner;
mod signal;
mod spare;
mod sweep;

pub use launch::{Launched, Launcher};
pub use runner::runner_main;
pub use signal::{has_ended, signal, watch};
pub use spare::SpareFolders;
pub use sweep::{has_processes, sweep};
