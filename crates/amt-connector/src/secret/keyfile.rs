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
        match Self::read(path) {
            Err(KeyFileError::Missing(_)) => {}
            other => return other.map(|key| (key, false)),
        }
        let key = Self::generate()?;
        let line = format!("{}\n", URL_SAFE_NO_PAD.encode(key.bytes()));
        match create_whole(path, line.as_bytes()) {
            Ok(()) => Ok((key, true)),
            // Another process was first.
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

/// Creates a file that has its content from its first moment, so that nobody finds half a key after an interruption.
/// Never replaces one.
fn create_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| io::Error::other("no random numbers"))?;
    name.push(format!(".new-{:016x}", u64::from_be_bytes(random)));
    let beside = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    drop(file);
    let placed = written.and_then(|()| place(&beside, path));
    // After a rename it is not there any more.
    let _ = std::fs::remove_file(&beside);
    placed.and_then(|()| sync_folder(path))
}

/// Gives a file its name unless the name is taken.
fn place(beside: &Path, path: &Path) -> io::Result<()> {
    match std::fs::hard_link(beside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // A file system without links, such as a memory stick's.
        Err(_) if !path.exists() => std::fs::rename(beside, path),
        other => other,
    }
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the Unix twin can fail")]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
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

    #[test]
    fn a_key_file_is_never_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k");
        let key = SealKey::read_or_create(&path).unwrap().0;
        let error = create_whole(&path, b"other").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(SealKey::read(&path).unwrap().bytes(), key.bytes());
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "{names:?}");
    }

    #[test]
    fn what_an_interrupted_run_left_beside_it_harms_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k");
        std::fs::write(folder.path().join("k.new-0000000000000000"), "").unwrap();
        assert!(SealKey::read_or_create(&path).unwrap().1);
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
