//! How the files of an attempt are opened and locked, which is where the platforms differ.
//!
//! On Unix the lock is an exclusive `flock` on the claim. On Windows such a lock keeps others from reading the file, so
//! there the lock is the open file itself: the runner shares it for reading and deleting and not for writing, and who cannot open it
//! for writing knows that the runner is alive. Either goes with the process that has it, whatever ends that process.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens the file that becomes a claim, empty and locked.
#[cfg(not(windows))]
pub(crate) fn create_locked(path: &Path) -> io::Result<File> {
    let file = append(path)?;
    file.lock()?;
    file.set_len(0)?;
    Ok(file)
}

/// Opens an empty file that is there and locks it; none when it is not there, or somebody else's by now. Only who has the lock
/// and then finds the file under its name may write to it: it may have become the claim of another attempt meanwhile.
#[cfg(unix)]
pub(crate) fn lock_blank(path: &Path) -> io::Result<Option<File>> {
    use std::os::unix::fs::MetadataExt as _;
    let file = match OpenOptions::new().append(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    if file.try_lock().is_err() {
        return Ok(None);
    }
    let is_same = |named: std::fs::Metadata, locked: std::fs::Metadata| {
        (named.dev(), named.ino(), named.len()) == (locked.dev(), locked.ino(), 0)
    };
    let is_ours = std::fs::metadata(path)
        .is_ok_and(|named| file.metadata().is_ok_and(|locked| is_same(named, locked)));
    Ok(is_ours.then_some(file))
}

/// Folders are not used again here.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
pub(crate) fn lock_blank(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// Opens a file to be appended to, which is nobody else's to read.
#[cfg(not(windows))]
pub(crate) fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.append(true).create(true).open(path)
}

/// Whether a runner holds the lock. The probe is a shared lock: two probes at the same moment do not
/// take each other for a runner.
#[cfg(not(windows))]
pub(crate) fn is_locked(_path: &Path, claim: &File) -> io::Result<bool> {
    match claim.try_lock_shared() {
        Ok(()) => {
            claim.unlock()?;
            Ok(false)
        }
        Err(std::fs::TryLockError::WouldBlock) => Ok(true),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Opens the file that becomes a claim, empty and locked.
#[cfg(windows)]
pub(crate) fn create_locked(path: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_SHARE_READ: u32 = 1;
    const FILE_SHARE_DELETE: u32 = 4;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    options.share_mode(FILE_SHARE_READ | FILE_SHARE_DELETE).open(path)
}

/// Opens a file to be appended to. Not with the right to append alone: a torn end could not be cut off with it.
/// The folder's access rights apply to it.
#[cfg(windows)]
pub(crate) fn append(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
    io::Seek::seek(&mut file, io::SeekFrom::End(0))?;
    Ok(file)
}

/// Whether a runner holds the lock. The probe shares everything: two probes at the same moment do not take each other for
/// a runner.
#[cfg(windows)]
pub(crate) fn is_locked(path: &Path, _claim: &File) -> io::Result<bool> {
    const ERROR_SHARING_VIOLATION: i32 = 32;
    match OpenOptions::new().write(true).open(path) {
        Ok(_) => Ok(false),
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(true),
        // It was removed with its folder, which is done when the attempt is settled.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
