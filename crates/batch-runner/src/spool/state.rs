//! What became of an attempt, concluded from its spool folder alone.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use serde::de::DeserializeOwned;

use super::{Spool, create_dir};
use crate::{ChildRecord, Claim, ExitRecord};

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
    let spool = Spool::at(dir);
    if let Some(exit) = read_json(&spool.exit())? {
        return Ok(SpoolState::Ended(exit));
    }
    let Some((claim, file)) = read_claim(dir)? else {
        return Ok(SpoolState::NeverStarted);
    };
    let Claim::Runner { runner_pid } = claim else {
        return Ok(SpoolState::Void);
    };
    if is_locked(&file)? {
        return Ok(SpoolState::Alive { runner_pid });
    }
    // The runner may have written its record and ended between the first look and the lock.
    if let Some(exit) = read_json(&spool.exit())? {
        return Ok(SpoolState::Ended(exit));
    }
    // A damaged child record is as good as none: the marker in the environment still finds them.
    Ok(SpoolState::Gone { child: read_json(&spool.child()).unwrap_or(None) })
}

/// Takes the attempt away from any runner that has not claimed it yet, creating the folder if needed.
///
/// `true`: won, it was never started and never will be. `false`: somebody else has the claim.
pub fn void(dir: &Path) -> io::Result<bool> {
    create_dir(dir)?;
    let spool = Spool::at(dir);
    let temporary = dir.join(format!("claim.{}", std::process::id()));
    let content = serde_json::to_vec(&Claim::Void)?;
    let mut file = File::create(&temporary)?;
    file.write_all(&content)?;
    // The request goes back to the queue because of this file: it must survive a power cut.
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

/// The claim and its open file; `None` when there is none.
pub(crate) fn read_claim(dir: &Path) -> io::Result<Option<(Claim, File)>> {
    let mut file = match File::open(Spool::at(dir).claim()) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(Some((serde_json::from_slice(&content)?, file)))
}

/// Whether a runner holds the lock. The probe is a shared lock: two probes at the same moment do not
/// take each other for a runner.
pub(crate) fn is_locked(claim: &File) -> io::Result<bool> {
    match claim.try_lock_shared() {
        Ok(()) => {
            claim.unlock()?;
            Ok(false)
        }
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(serde_json::from_slice(&content)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
