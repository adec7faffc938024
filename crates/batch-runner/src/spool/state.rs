//! What became of an attempt, concluded from its spool folder alone.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::attempt::{self, Attempt, Entry};
use super::{Spool, create_dir, is_locked};
use crate::{ChildRecord, ExitRecord};

/// What the folder of an attempt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpoolState {
    /// No claim: nothing was started, but a late runner still may. [`void`] settles it.
    NeverStarted,
    /// Nothing was started and nothing will be.
    Void,
    /// A runner is alive.
    Alive {
        /// Its process id.
        runner_pid: i32,
    },
    /// The job has ended; the runner may still be about to end.
    Ended(ExitRecord),
    /// The runner was killed. The job's processes may be alive: [`crate::sweep`].
    Gone {
        /// The job's process, if the runner lived long enough to note it.
        child: Option<ChildRecord>,
    },
}

/// Reads the state of the attempt in `dir`. A missing folder is an attempt that was never started.
pub fn state(dir: &Path) -> io::Result<SpoolState> {
    let claim = Spool::at(dir).claim();
    let (mut attempt, file) = match attempt::open(dir)? {
        None => return Ok(SpoolState::NeverStarted),
        // The first line was whole before the file got its name: only the host itself can have cut it off. Something
        // claimed the attempt, and nothing that lives holds it.
        Some((Err(_), file)) if !is_locked(&claim, &file)? => {
            return Ok(SpoolState::Gone { child: None });
        }
        Some((attempt, file)) => (attempt?, file),
    };
    if attempt.exit.is_none()
        && let Some(runner_pid) = attempt.runner_pid
    {
        if is_locked(&claim, &file)? {
            return Ok(SpoolState::Alive { runner_pid });
        }
        // The runner may have written its record and ended between the look and the lock.
        attempt = attempt::read(&file)?;
    }
    Ok(match attempt {
        Attempt { exit: Some(exit), .. } => SpoolState::Ended(exit),
        Attempt { runner_pid: None, .. } => SpoolState::Void,
        Attempt { child, .. } => SpoolState::Gone { child },
    })
}

/// Takes the attempt away from any runner that has not claimed it yet, creating the folder if needed.
///
/// `true`: won, it was never started and never will be. `false`: somebody else has the claim.
pub fn void(dir: &Path) -> io::Result<bool> {
    claim_as(dir, &Entry::Void)
}

/// Notes that a runner had the attempt, where its claim is not there any more: [`state`] gives [`SpoolState::Gone`] from then on,
/// to every process.
///
/// `true`: noted. `false`: somebody else has the claim.
pub fn abandon(dir: &Path) -> io::Result<bool> {
    claim_as(dir, &Entry::Runner(0))
}

fn claim_as(dir: &Path, owner: &Entry) -> io::Result<bool> {
    create_dir(dir)?;
    let spool = Spool::at(dir);
    let temporary = dir.join(format!("claim.{}", std::process::id()));
    let mut file = File::create(&temporary)?;
    file.write_all(&owner.line()?)?;
    // What becomes of the request is decided by this file: it must survive a power cut.
    file.sync_data()?;
    let linked = fs::hard_link(&temporary, spool.claim());
    fs::remove_file(&temporary)?;
    match linked {
        Ok(()) => {
            #[cfg(unix)]
            File::open(dir)?.sync_all()?;
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
