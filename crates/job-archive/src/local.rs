//! What only a folder needs: it may be an empty mount point, and a process that died leaves files without a final name.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::key;

/// Makes the folder of an archive, for this user alone.
pub(crate) fn make(root: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(root)
}

/// Removes what writers that died have left in the folder of an instance: files that never got their names and have not been
/// changed for `grace` before `now`. Gives back how many.
pub(crate) fn remove_staged(instance: &Path, now: SystemTime, grace: Duration) -> io::Result<u64> {
    let mut removed = 0;
    for day in entries(instance)? {
        for path in entries(&day)? {
            if is_staged(&path) && is_old(&path, now, grace)? {
                removed += u64::from(is_gone(std::fs::remove_file(&path))?);
            }
        }
    }
    Ok(removed)
}

/// Removes the folder of a day that is over, with what writers that died have left in it. Objects are gone already; if
/// there is one again, the folder stays.
pub(crate) fn remove_day(day: &Path) -> io::Result<()> {
    for path in entries(day)? {
        if is_staged(&path) {
            is_gone(std::fs::remove_file(&path))?;
        }
    }
    match std::fs::remove_dir(day) {
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
        result => is_gone(result).map(|_| ()),
    }
}

/// The folders of days below that of an instance; what is named otherwise is nobody's business here.
fn entries(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let all = match std::fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        all => all?,
    };
    all.map(|entry| entry.map(|entry| entry.path())).collect()
}

/// `object_store` writes to `<name>#<number>` before it renames.
fn is_staged(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.split_once('#').is_some_and(|(name, number)| {
        name.strip_suffix(".pack").is_some()
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
    }) && path.parent().is_some_and(|day| {
        day.file_name().and_then(|day| day.to_str()).and_then(key::parse_day).is_some()
    })
}

fn is_old(path: &Path, now: SystemTime, grace: Duration) -> io::Result<bool> {
    match std::fs::metadata(path) {
        Ok(metadata) => {
            let changed = metadata.modified()?;
            Ok(now.duration_since(changed).is_ok_and(|age| age >= grace))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether it was there to be removed.
fn is_gone(result: io::Result<()>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
