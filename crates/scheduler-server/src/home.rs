//! What tells a data folder from all others: a random text in it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The file in the data folder.
const FILE: &str = "folder-id";
/// Random bytes of it.
const BYTES: usize = 16;

/// The text of a data folder; one that has none gets one. The caller holds the lock of the folder.
///
/// # Errors
/// It cannot be read or written, or the system gives no random numbers.
pub(crate) fn of(data_dir: &Path) -> anyhow::Result<String> {
    let path = path(data_dir);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let new = kit::secret::random_token(BYTES)?.expose().to_owned();
            write(&path, &new).with_context(|| format!("writing {}", path.display()))?;
            Ok(new)
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Where it is.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

/// Whether a data folder was used before.
pub(crate) fn is_known(data_dir: &Path) -> bool {
    path(data_dir).exists()
}

/// Whole or not at all, also when the machine loses its power.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = fs::File::create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_text_and_another_one_has_another() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = of(one.path()).unwrap();
        assert!(first.len() > BYTES, "{first}");
        assert_eq!(of(one.path()).unwrap(), first);
        assert_ne!(of(other.path()).unwrap(), first);
    }
}
