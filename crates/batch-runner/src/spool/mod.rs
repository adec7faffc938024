//! The spool folder of an attempt: paths, records, and what can be concluded from them.
//!
//! The table in `docs/developer/one-job.md` says who writes which file.

mod attempt;
mod files;
mod output;
mod record;
mod state;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use attempt::Attempt;
pub use output::OutputReader;
pub use record::{Record, RecordKind, TEXT_MAX_BYTES};
pub use state::{SpoolState, abandon, state, void};

pub(crate) use attempt::{Entry, open as open_claim};
pub(crate) use files::{append, create_locked, is_locked, lock_blank};
pub(crate) use record::encode;

/// The files of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spool {
    dir: PathBuf,
}

impl Spool {
    /// The folder of `attempt` of the job request `request_id` below a controller's spool `root`.
    pub fn new(root: &Path, request_id: i64, attempt: u32) -> Self {
        Self { dir: root.join(format!("{request_id}-{attempt}")) }
    }

    /// The files in a folder that is already known.
    pub fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Who owns the attempt and what has come of it ([`Attempt`]).
    pub fn claim(&self) -> PathBuf {
        self.dir.join("claim")
    }

    /// What a folder that is used again has instead of a claim: an empty file that becomes it.
    pub(crate) fn blank(&self) -> PathBuf {
        self.dir.join("blank")
    }

    /// Output lines and messages ([`Record`]).
    pub fn output(&self) -> PathBuf {
        self.dir.join("output")
    }

    /// Removes the folder with everything in it; one that is gone already is no error. Safe for a void
    /// attempt too: the name goes first and all at once, and a runner never creates the folder, so a late one finds no place
    /// for its claim at any moment.
    pub fn remove(&self) -> io::Result<()> {
        let gone = self.dir.with_extension(GONE);
        let renamed = fs::rename(&self.dir, &gone).or_else(|error| {
            // One that was killed in here has left an earlier folder of this name.
            let is_there = gone.is_dir() && self.dir.is_dir();
            if !is_there {
                return Err(error);
            }
            fs::remove_dir_all(&gone)?;
            fs::rename(&self.dir, &gone)
        });
        match renamed.and_then(|()| fs::remove_dir_all(&gone)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// What the name of a folder ends in that is being removed.
const GONE: &str = "gone";

/// Removes what [`Spool::remove`] has left in `root` when its process was killed within. What cannot be removed is left.
pub fn remove_gone(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == GONE) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// Creates the folder of an attempt (mode 0700), with its parents if they are missing.
pub(crate) fn create_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            builder.recursive(true).create(dir)
        }
        other => other,
    }
}
