//! The key file: one line for each key, the newest last. It is replaced as a whole, so that whoever reads it at any instant finds
//! either the old keys or the old ones and a new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::seal::{KeyBytes, new_key};

/// Most bytes of a key file.
const BYTES_MAX: u64 = 64 * 1024;
/// Most keys of a key file.
const KEYS_MAX: usize = 500;
const HEAD: &str = "# Keys of Ringmaster's secrets, the newest last. Keep a copy of this file, and keep it apart from the database.\n";

/// A key of the file.
#[derive(Clone)]
pub(super) struct Key {
    /// Names it in the database.
    pub(super) id: String,
    pub(super) bytes: KeyBytes,
}

/// Why a key file cannot be used. The text says what to do, and nothing of the keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key file {path}: {why}")]
pub(super) struct BadKeyFile {
    path: String,
    why: String,
}

impl BadKeyFile {
    pub(super) fn new(path: &Path, why: impl std::fmt::Display) -> Self {
        Self { path: path.display().to_string(), why: why.to_string() }
    }
}

/// The keys of a file; none where there is no file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<Key>>, BadKeyFile> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(BadKeyFile::new(path, format!("it cannot be read: {error}"))),
    };
    is_private(&file, path)?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| BadKeyFile::new(path, format!("it cannot be read: {error}")))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(BadKeyFile::new(
            path,
            format!("it has more than {BYTES_MAX} bytes; this is no key file"),
        ));
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| BadKeyFile::new(path, "it is no text; put it back from its copy"))?;
    parse(text).map(Some).map_err(|why| BadKeyFile::new(path, why))
}

/// Makes the file with a first key, unless somebody was faster. The keys that it has then.
pub(super) fn create(path: &Path) -> Result<Vec<Key>, BadKeyFile> {
    let _lock = lock(path)?;
    match read(path)? {
        Some(keys) => Ok(keys),
        None => write_with_new(path, Vec::new()),
    }
}

/// Adds a new key to the file. The keys that it has then, the new one last.
pub(super) fn add(path: &Path) -> Result<Vec<Key>, BadKeyFile> {
    let _lock = lock(path)?;
    let keys = read(path)?
        .ok_or_else(|| BadKeyFile::new(path, "it is gone; put it back from its copy"))?;
    write_with_new(path, keys)
}

fn write_with_new(path: &Path, mut keys: Vec<Key>) -> Result<Vec<Key>, BadKeyFile> {
    if keys.len() >= KEYS_MAX {
        return Err(BadKeyFile::new(
            path,
            format!("it has {KEYS_MAX} keys; take away lines of keys that no backup needs"),
        ));
    }
    let random = |error: super::seal::NotSealed| BadKeyFile::new(path, error);
    let id = new_key().map_err(random)?;
    let id = id[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    keys.push(Key { id, bytes: new_key().map_err(random)? });
    replace(path, &keys)
        .map_err(|error| BadKeyFile::new(path, format!("it cannot be written: {error}")))?;
    Ok(keys)
}

/// One process at a time changes the file. The lock is given back when the value is dropped, or the process ends.
fn lock(path: &Path) -> Result<File, BadKeyFile> {
    let place = beside(path, "lock");
    let locked = private(&place, true).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|error| {
        BadKeyFile::new(path, format!("{} cannot be locked: {error}", place.display()))
    })
}

fn replace(path: &Path, keys: &[Key]) -> io::Result<()> {
    let new = beside(path, "new");
    // What a process has left that was killed here.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private(&new, false)?;
    file.write_all(print(keys).as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{ending}"));
    name.into()
}

/// Opens a file that nobody else may read; `may_be_there` or it must be new.
fn private(path: &Path, may_be_there: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(may_be_there).create_new(!may_be_there);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn is_private(file: &File, path: &Path) -> Result<(), BadKeyFile> {
    use std::os::unix::fs::PermissionsExt;
    let found = file.metadata().map_err(|error| BadKeyFile::new(path, error))?;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let run = format!("run `chmod 600 {}`", path.display());
        let why = format!("others may read or write it (mode {mode:o}); {run}");
        return Err(BadKeyFile::new(path, why));
    }
    Ok(())
}

#[cfg(not(unix))]
fn is_private(_: &File, _: &Path) -> Result<(), BadKeyFile> {
    Ok(())
}

fn print(keys: &[Key]) -> Zeroizing<String> {
    // Room for everything, so that no piece of it stays behind in memory.
    let mut text = Zeroizing::new(String::with_capacity(HEAD.len() + keys.len() * 256));
    text.push_str(HEAD);
    for key in keys {
        let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(*key.bytes));
        for part in ["key ", &key.id, " ", &encoded, "\n"] {
            text.push_str(part);
        }
    }
    text
}

/// Nothing of a line is repeated in what is said of it.
fn parse(text: &str) -> Result<Vec<Key>, String> {
    let mut keys: Vec<Key> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let bad = |why: &str| format!("line {number} {why}; put the file back from its copy");
        let mut parts = line.split_whitespace();
        let (Some("key"), Some(id), Some(encoded), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad("is no `key ID BYTES`"));
        };
        let is_id = id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let decoded = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).unwrap_or_default());
        let mut bytes = KeyBytes::default();
        if !is_id || decoded.len() != bytes.len() {
            return Err(bad("is cut off or has a wrong character"));
        }
        if keys.iter().any(|key| key.id == id) {
            return Err(bad("has the id of an earlier line"));
        }
        bytes.copy_from_slice(&decoded);
        keys.push(Key { id: id.to_owned(), bytes });
    }
    match keys.len() {
        0 => Err("it has no keys; put it back from its copy".to_owned()),
        count if count > KEYS_MAX => Err(format!("it has more than {KEYS_MAX} keys")),
        _ => Ok(keys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(keys: &[Key]) -> Vec<&str> {
        keys.iter().map(|key| key.id.as_str()).collect()
    }

    #[test]
    fn a_file_is_made_once_for_its_owner_alone_and_keeps_its_keys_when_one_is_added() {
        use std::os::unix::fs::PermissionsExt;
        let folder = testkit::temp_dir();
        let path = folder.path().join("keys");
        assert!(read(&path).unwrap().is_none());
        let first = create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(ids(&create(&path).unwrap()), ids(&first));
        // What a killed process has left is in nobody's way.
        fs::write(beside(&path, "new"), "rubbish").unwrap();
        let second = add(&path).unwrap();
        assert_eq!((second.len(), &second[0].bytes), (2, &first[0].bytes));
        let again = read(&path).unwrap().unwrap();
        assert_eq!(ids(&again), ids(&second));
        assert_eq!(again[1].bytes, second[1].bytes);
        assert_ne!(second[0].bytes, second[1].bytes);
    }

    #[test]
    fn a_file_that_others_may_read_or_that_is_damaged_is_refused_without_repeating_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = testkit::temp_dir();
        let path = folder.path().join("keys");
        create(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let line = text.lines().nth(1).unwrap().to_owned();
        for (content, expected) in [
            (text[..text.len() - 5].to_owned(), "line 2 is cut off or has a wrong character"),
            (format!("{text}{line}\n"), "line 3 has the id of an earlier line"),
            (format!("{text}{line} more\n"), "line 3 is no `key ID BYTES`"),
            (HEAD.to_owned(), "it has no keys"),
            (String::new(), "it has no keys"),
            ("x".repeat(70_000), "it has more than 65536 bytes"),
        ] {
            fs::write(&path, content).unwrap();
            let error = read(&path).err().unwrap().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains(line.split(' ').nth(2).unwrap()));
        }
        fs::write(&path, &text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = read(&path).err().unwrap().to_string();
        assert!(
            error.contains("others may read or write it (mode 640); run `chmod 600 "),
            "{error}"
        );
    }

    #[test]
    fn keys_that_are_added_at_the_same_time_are_all_kept() {
        let folder = testkit::temp_dir();
        let path = folder.path().join("keys");
        create(&path).unwrap();
        let added: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| add(&path).unwrap().pop().unwrap().id)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let keys = read(&path).unwrap().unwrap();
        assert_eq!(keys.len(), 9);
        for id in added {
            assert!(keys.iter().any(|key| key.id == id), "{id} was lost");
        }
    }
}
