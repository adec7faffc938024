//! Spool folders that are used again.
//!
//! A file that is made costs more the more files were removed in the last minutes: ext4 looks for a place among all of them and
//! takes none that is so young. A server that makes and removes a folder with a claim for each of some hundred jobs a second
//! would pay more for that than for anything else. So a folder whose attempt is over gets a new name, and becomes that of a
//! later attempt.
//!
//! That nothing of an attempt can reach a later one rests on two rules. The name of the attempt goes first, so a late runner, which
//! goes by names, finds no place for its claim. And the claim is emptied only by who holds its lock, which a runner has until it
//! ends; it is written to only by who has its lock and then finds it under its name still (`runner/claim.rs`).

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::spool::Spool;

/// Folders kept; as many as jobs begin while others end.
const KEPT_MAX: usize = 64;

/// The folders of a controller that wait for their next attempt.
#[derive(Debug, Default)]
pub struct SpareFolders {
    kept: Mutex<Vec<PathBuf>>,
    /// Makes their names different.
    number: AtomicU64,
}

impl SpareFolders {
    /// Gives an attempt a folder that is kept, if there is one and the attempt has none. Otherwise [`crate::Launcher::launch`] makes one.
    pub fn prepare(&self, spool: &Spool) {
        while let Some(spare) = { self.kept().pop() } {
            match renameat_with(CWD, &spare, CWD, spool.dir(), RenameFlags::NOREPLACE) {
                Ok(()) => return,
                Err(rustix::io::Errno::EXIST) => return self.kept().push(spare),
                // Somebody has removed it, or the folder above; the rest may be there.
                Err(_) => {}
            }
        }
    }

    /// Takes the folder of an attempt that is over and stored. Keeps it if nothing of that attempt can be alive, and removes it otherwise. One that is
    /// gone already is no error.
    ///
    /// # Errors
    /// It could not be removed.
    pub fn put_away(&self, spool: &Spool) -> io::Result<()> {
        if self.kept().len() >= KEPT_MAX {
            return spool.remove();
        }
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let spare = spool.dir().with_file_name(format!("spare-{number}"));
        match fs::rename(spool.dir(), &spare) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(_) => return spool.remove(),
            Ok(()) => {}
        }
        if empty(&Spool::at(&spare)).unwrap_or(false) {
            self.kept().push(spare);
            return Ok(());
        }
        fs::remove_dir_all(spare)
    }

    fn kept(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Empties the files of an attempt; false where somebody else may still have one of them open to write.
fn empty(spool: &Spool) -> io::Result<bool> {
    let mut has_output = false;
    for entry in fs::read_dir(spool.dir())? {
        let path = entry?.path();
        if path == spool.output() {
            has_output = true;
        } else if path != spool.claim() {
            return Ok(false);
        }
    }
    let claim = write(&spool.claim())?;
    if claim.try_lock().is_err() {
        return Ok(false);
    }
    claim.set_len(0)?;
    if has_output {
        write(&spool.output())?.set_len(0)?;
    }
    fs::rename(spool.claim(), spool.blank())?;
    Ok(true)
}

fn write(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(path)
}
