//! The runner on Linux: one job, one thread, one poll loop.

mod child;
mod ending;
mod job;
mod messages;
mod nursery;
mod signals;
mod start;
pub(crate) mod wake;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use rustix::process::{set_child_subreaper, setsid};

use super::launch::LAUNCHER;
use crate::runner::{EXIT_BAD_ORDER, USAGE, VERSION, complain, run_order};

pub(crate) use job::Job;

/// Runs the binary.
#[doc(hidden)]
pub fn runner_main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match arguments.first().and_then(|first| first.to_str()) {
        None => run_order(),
        Some(LAUNCHER) => nursery::run(),
        Some(start::STOPPED) => start::run(&arguments[1..]),
        Some("--version") => {
            complain(VERSION);
            ExitCode::SUCCESS
        }
        Some(_) => {
            complain(USAGE);
            ExitCode::from(EXIT_BAD_ORDER)
        }
    }
}

/// What must be there before the claim can be seen.
pub(crate) struct Prepared(signals::Signals);

impl Prepared {
    /// Signals need no door here: they go to the process.
    pub(crate) fn door(&self) -> Option<&str> {
        None
    }
}

/// Makes this process one that takes signals and keeps its descendants.
pub(crate) fn prepare() -> io::Result<Prepared> {
    // Fails only for a process that leads its session or group already, which is what is wanted.
    let _ = setsid();
    let signals = signals::Signals::register()?;
    // Orphans of the job become children of this process instead of init's.
    set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(Prepared(signals))
}
