//! The keys of this process.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use kit::Secret;
use scheduler_store::secret::Sealed;

use super::key_file::{self, Key};
use super::seal::{self, Owner};
use crate::error::{Error, Result};

/// The keys of a key file. The newest one seals, all of them open. Cheap to clone; clones are the same keys.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    path: PathBuf,
    /// The newest last; never empty.
    keys: RwLock<Vec<Key>>,
}

impl Keys {
    /// Reads a key file. `used` are the keys with which secrets of the database are sealed; where there are none, a file that is
    /// missing is made, for its owner alone.
    ///
    /// # Errors
    /// [`Error::Refused`] says what is wrong with the file, or which key is not in it.
    pub fn open(path: &Path, used: &[String]) -> Result<Self> {
        let keys = match key_file::read(path).map_err(refused)? {
            Some(keys) => keys,
            None if used.is_empty() => key_file::create(path).map_err(refused)?,
            None => {
                return Err(Error::Refused(format!(
                    "the key file {} is missing, and the database holds secrets that are sealed with {}; put the file back from \
                     its copy, or name the right one",
                    path.display(),
                    listed(used)
                )));
            }
        };
        let keys = Self(Arc::new(Inner { path: path.to_owned(), keys: RwLock::new(keys) }));
        keys.must_have(used)?;
        Ok(keys)
    }

    /// The ids of the keys, the newest last.
    pub fn ids(&self) -> Vec<String> {
        self.with(|keys| keys.iter().map(|key| key.id.clone()).collect())
    }

    /// That these keys are in the file. It is read again where one is not: another process may have added it.
    pub(super) fn must_have(&self, used: &[String]) -> Result<()> {
        let missing = || -> Vec<String> {
            let known = self.ids();
            used.iter().filter(|id| !known.contains(id)).cloned().collect()
        };
        if missing().is_empty() {
            return Ok(());
        }
        self.read_again()?;
        let missing = missing();
        if missing.is_empty() { Ok(()) } else { Err(self.unknown(&missing)) }
    }

    /// Seals with the newest key: its id, and the bytes.
    pub(crate) fn seal(&self, kind: &str, name: &str, value: &Secret) -> Result<(String, Vec<u8>)> {
        self.with(|keys| {
            let key = keys.last().ok_or_else(|| self.unknown(&[]))?;
            let of = Owner { kind, name, key_id: &key.id };
            let sealed = seal::seal(&key.bytes, of, value);
            let sealed = sealed.map_err(|why| {
                Error::Refused(format!("the secret of `{name}` cannot be kept: {why}"))
            })?;
            Ok((key.id.clone(), sealed))
        })
    }

    /// Opens a secret.
    ///
    /// # Errors
    /// [`Error::Refused`] where its key is not there, or it is not what was sealed for its owner.
    pub(super) fn unseal(&self, row: &Sealed) -> Result<Secret> {
        self.must_have(std::slice::from_ref(&row.key_id))?;
        self.with(|keys| {
            let key = keys.iter().find(|key| key.id == row.key_id);
            let key = key.ok_or_else(|| self.unknown(std::slice::from_ref(&row.key_id)))?;
            let of = Owner { kind: &row.kind, name: &row.name, key_id: &key.id };
            seal::open(&key.bytes, of, &row.sealed).map_err(|why| {
                Error::Refused(format!(
                    "the stored secret of `{}` cannot be opened: {why}; set it again",
                    row.name
                ))
            })
        })
    }

    /// Adds a key to the file; it seals from now on. Says which it is.
    pub(crate) fn add(&self) -> Result<String> {
        let keys = key_file::add(&self.0.path).map_err(refused)?;
        let id = keys.last().map(|key| key.id.clone()).unwrap_or_default();
        self.replace(keys);
        Ok(id)
    }

    fn read_again(&self) -> Result<()> {
        if let Some(keys) = key_file::read(&self.0.path).map_err(refused)? {
            self.replace(keys);
        }
        Ok(())
    }

    fn replace(&self, keys: Vec<Key>) {
        *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    fn with<T>(&self, work: impl FnOnce(&[Key]) -> T) -> T {
        work(&self.0.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn unknown(&self, missing: &[String]) -> Error {
        Error::Refused(format!(
            "the database holds secrets that are sealed with {}, and the key file {} does not have it; all processes of one \
             database need the same key file: put back the one with this key",
            listed(missing),
            self.0.path.display()
        ))
    }
}

fn refused(error: key_file::BadKeyFile) -> Error {
    Error::Refused(error.to_string())
}

fn listed(ids: &[String]) -> String {
    match ids {
        [one] => format!("the key {one}"),
        several => format!("the keys {}", several.join(", ")),
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("path", &self.0.path).field("ids", &self.ids()).finish()
    }
}
