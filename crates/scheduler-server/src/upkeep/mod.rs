//! Looking after an installation from outside of its process: whether it is sound, copies of it, and putting one back.

mod backup;
mod doctor;
mod forget;
mod forget_archive;
mod mark;
mod restore;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::Context;
use kit::{DataDirLock, LockError};
use sql::Db;

use crate::options::Options;

pub use backup::{Backup, backup};
pub use doctor::{Finding, Level, doctor};
pub use forget::forget_unreadable;
pub use forget_archive::forget_archive;
pub use restore::{Restored, mark_restored, restore};

/// What was asked for is refused; the text says why and what to do. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

impl Refused {
    /// For this reason.
    pub(crate) fn new(why: String) -> Self {
        Self(why)
    }
}

/// The name of the database's copy in a backup.
const DATABASE: &str = "scheduler.db";
/// The name of the key file's copy in a backup.
const KEYS: &str = "keys";
/// The name of what says what is in a backup.
const MANIFEST: &str = "backup.json";

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Manifest {
    /// The version of this form.
    format: u32,
    /// The program that made it.
    version: String,
    /// Which scheduler it is of.
    instance: String,
    /// The revision of its definitions.
    revision: i64,
    taken_at: jiff::Timestamp,
    /// Where the logs are, which are not in it.
    archive: String,
    files: Vec<Entry>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Entry {
    name: String,
    bytes: u64,
    sha256: String,
}

/// The file of the database; none for PostgreSQL.
pub(crate) fn database_file(options: &Options) -> Option<PathBuf> {
    let url = options.database_url();
    if url.is_postgres() {
        return None;
    }
    let text = url.expose();
    let text = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
    Some(PathBuf::from(text.unwrap_or(url.expose())))
}

/// The data folder, for this process alone. [`Refused`] where another one uses it.
fn lock(options: &Options) -> anyhow::Result<DataDirLock> {
    kit::data_dir::create(&options.data_dir)?;
    DataDirLock::acquire(&options.data_dir).map_err(|error| match error {
        LockError::Held { .. } => Refused(error.to_string()).into(),
        io @ LockError::Io { .. } => io.into(),
    })
}

/// Opens a database as it is, without changing its tables. A file that is not there is not made.
async fn open(options: &Options) -> anyhow::Result<Db> {
    if let Some(file) = database_file(options).filter(|file| !file.is_file()) {
        return Err(Refused(format!(
            "there is no database {}; name the data folder with --data, or the database with --database",
            file.display()
        ))
        .into());
    }
    let settings = sql::Options {
        application_name: "ringmaster-upkeep".to_owned(),
        ..sql::Options::default()
    };
    let url = options.database_url();
    let db = Db::connect(url.expose(), settings).await;
    db.with_context(|| format!("opening the database {url}"))
}

/// Opens a SQLite file.
async fn open_file(file: &Path) -> anyhow::Result<Db> {
    let url = format!("sqlite:{}", file.display());
    let db = Db::connect(&url, sql::Options::default()).await;
    db.with_context(|| format!("opening {}", file.display()))
}

/// Size and hash of a file.
fn entry(folder: &Path, name: &str) -> anyhow::Result<Entry> {
    use sha2::{Digest, Sha256};
    let path = folder.join(name);
    let read = || -> std::io::Result<Entry> {
        let mut file = std::fs::File::open(&path)?;
        let mut hasher = Sha256::new();
        let bytes = std::io::copy(&mut file, &mut Hashing(&mut hasher))?;
        let hash = hasher.finalize();
        let sha256 = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Entry { name: name.to_owned(), bytes, sha256 })
    };
    read().with_context(|| format!("reading {}", path.display()))
}

/// Bytes that are written go into a hash.
struct Hashing<'h, H>(&'h mut H);

impl<H: sha2::Digest> std::io::Write for Hashing<'_, H> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Makes a file its owner's alone, and durable.
fn settle(path: &Path) -> anyhow::Result<()> {
    let act = || -> std::io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        }
        std::fs::OpenOptions::new().write(true).open(path)?.sync_all()
    };
    act().with_context(|| format!("writing {}", path.display()))
}
