//! The key file: 32 random bytes as one line of base64url, readable by its owner alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretBox};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const KEY_BYTES: usize = 32;

/// A key that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It does not exist.
    #[error("the key file {} does not exist; copy it from where the value was sealed, or seal anew with `encrypt --seal`", .0.display())]
    Missing(PathBuf),
    /// It cannot be read or written.
    #[error("cannot {doing} the key file {}: {source}", path.display())]
    File {
        /// `read` or `create`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others can read it.
    #[error("the key file {} can be read by others (mode {mode:03o}); run chmod 600 on it", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It holds something else.
    #[error("{} is not a key file: it must hold one line of 43 characters", .0.display())]
    Form(PathBuf),
    /// The operating system gave no random numbers.
    #[error("the operating system gave no random numbers")]
    Random,
}

/// The key of sealed values. Does not print itself.
#[derive(Debug)]
pub struct SealKey(SecretBox<[u8; KEY_BYTES]>);

impl SealKey {
    /// A new random key.
    pub fn generate() -> Result<Self, KeyFileError> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| KeyFileError::Random)?;
        Ok(Self(SecretBox::new(Box::new(bytes))))
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// Refuses, on Unix, a file that group or others can read. On Windows protect it by its access list.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let failed = |source| KeyFileError::File { doing: "read", path: path.to_owned(), source };
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(KeyFileError::Missing(path.to_owned()));
            }
            other => other.map_err(failed)?,
        };
        check_mode(path)?;
        let form = || KeyFileError::Form(path.to_owned());
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| form())?;
        let bytes: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| form())?;
        Ok(Self(SecretBox::new(Box::new(bytes))))
    }

    /// Reads a key file, or creates one with a new key. The flag says that it was created.
    pub fn read_or_create(path: &Path) -> Result<(Self, bool), KeyFileError> {
        let failed = |source| KeyFileError::File { doing: "create", path: path.to_owned(), source };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(mut file) => {
                let key = Self::generate()?;
                let line = format!("{}\n", URL_SAFE_NO_PAD.encode(key.bytes()));
                file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
                Ok((key, true))
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Self::read(path).map(|key| (key, false))
            }
            Err(error) => Err(failed(error)),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        self.0.expose_secret()
    }
}

#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |source| KeyFileError::File { doing: "read", path: path.to_owned(), source };
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
    let for_others = mode & 0o077;
    if for_others == 0 { Ok(()) } else { Err(KeyFileError::Open { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the Unix twin can fail")]
fn check_mode(_path: &Path) -> Result<(), KeyFileError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_created_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k");
        assert!(matches!(SealKey::read(&path), Err(KeyFileError::Missing(_))));
        let (first, is_new) = SealKey::read_or_create(&path).unwrap();
        let (again, is_new_again) = SealKey::read_or_create(&path).unwrap();
        assert!(is_new && !is_new_again);
        assert_eq!(first.bytes(), again.bytes());
        assert!(!format!("{first:?}").contains(&format!("{}", first.bytes()[0])));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k");
        SealKey::read_or_create(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for mode in [0o640, 0o604] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert!(SealKey::read(&path).unwrap_err().to_string().contains("chmod 600"));
        }
    }

    #[test]
    fn another_file_is_not_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k");
        let (_, _) = SealKey::read_or_create(&path).unwrap();
        std::fs::write(&path, "hello\n").unwrap();
        assert!(matches!(SealKey::read(&path), Err(KeyFileError::Form(_))));
    }
}
