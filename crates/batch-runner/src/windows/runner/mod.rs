//! The runner on Windows: one job, one poll loop, and a thread that waits for the job's process.

mod child;
mod door;
mod family;
mod job;
mod messages;
pub(crate) mod wake;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::process::ExitCode;
use std::sync::OnceLock;

use mio::{Poll, Token};

use super::bare;
use crate::runner::{EXIT_BAD_ORDER, USAGE, VERSION, complain, run_order};

pub(crate) use job::Job;

/// The sources of the poll loop.
const OUTPUT: Token = Token(0);
const DOOR: Token = Token(1);
const ENDED: Token = Token(2);
const DESK: Token = Token(3);

/// Holds this process and everything it starts. Never dropped: its end is the end of all of them.
static OWN_JOB: OnceLock<win32job::Job> = OnceLock::new();

/// Runs the binary.
#[doc(hidden)]
pub fn runner_main() -> ExitCode {
    match std::env::args_os().nth(1) {
        None => run_order(),
        Some(argument) if argument == "--version" => {
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
pub(crate) struct Prepared {
    poll: Poll,
    door: door::Door,
}

impl Prepared {
    /// Where signals are taken.
    pub(crate) fn door(&self) -> Option<&str> {
        Some(self.door.name())
    }
}

/// Makes this process one that takes signals, and whose descendants end with it.
pub(crate) fn prepare() -> io::Result<Prepared> {
    bare::keep_standard_handles();
    let job = family::object()?;
    // Before anything is started: whatever becomes of this process, what it starts is in the object from birth.
    job.assign_current_process()?;
    let _ = OWN_JOB.set(job);
    let poll = Poll::new()?;
    let door = door::Door::open(poll.registry())?;
    Ok(Prepared { poll, door })
}

/// A name for a pipe that nobody can guess, and so nobody can have taken.
fn pipe_name(purpose: &str) -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("batch-runner-{purpose}-{}-{:016x}{:016x}", std::process::id(), random(), random())
}
