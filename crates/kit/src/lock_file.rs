//! One process per data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Name of the lock file inside the data directory.
const NAME: &str = "lock";

/// How long a lock that somebody has is waited for, and how often it is tried.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(20);

/// The exclusive use of a data directory, given back by dropping it or by the end of the process, however it ends.
/// SQLite has no row locks that skip, so two servers on one file would give work out twice.
#[derive(Debug)]
pub struct DataDirLock {
    // Held for the lock on it.
    _file: File,
}

/// Why a data directory could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process uses the directory.
    #[error("data directory {} is in use by process {}; stop it first, or give another directory", dir.display(), holder(*pid))]
    Held {
        /// The directory.
        dir: PathBuf,
        /// The process, where it could be read.
        pid: Option<u32>,
    },
    /// The lock file cannot be created or locked.
    #[error("cannot lock {}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "(unknown)".to_owned(), |pid| pid.to_string())
}

impl DataDirLock {
    /// Takes the lock on an existing directory, or says who has it. Waits a second: a process that was killed while it started
    /// another one keeps its lock until that one has come to its own program.
    pub fn acquire(dir: &Path) -> Result<Self, LockError> {
        let until = Instant::now() + PATIENCE;
        loop {
            match Self::try_acquire(dir) {
                Err(LockError::Held { .. }) if Instant::now() < until => sleep(PAUSE),
                other => return other,
            }
        }
    }

    fn try_acquire(dir: &Path) -> Result<Self, LockError> {
        let path = dir.join(NAME);
        let io = |source| LockError::Io { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Where the lock also forbids reading, the process stays unknown.
                let _ = file.read_to_string(&mut text);
                return Err(LockError::Held { dir: dir.to_owned(), pid: text.trim().parse().ok() });
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(io)?;
        writeln!(file, "{}", std::process::id()).map_err(io)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_the_first_is() {
        let dir = tempfile::tempdir().expect("a directory");
        let first = DataDirLock::acquire(dir.path()).expect("free");
        let error = DataDirLock::acquire(dir.path()).expect_err("held");
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        drop(first);
        DataDirLock::acquire(dir.path()).expect("free again");
    }

    #[test]
    fn a_missing_directory_is_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let error = DataDirLock::acquire(&dir.path().join("nowhere")).expect_err("missing");
        assert!(error.to_string().contains("nowhere"), "{error}");
    }
}
