//! Putting a backup back.

use std::path::{Path, PathBuf};

use anyhow::Context;
use scheduler_store::server_state;
use sql::Schema;

use super::mark::mark;
use super::{
    DATABASE, KEYS, MANIFEST, Manifest, Refused, database_file, entry, lock, open, open_file,
    settle,
};
use crate::options::Options;

/// What the names of SQLite's logs end in. What is in them belongs to the file beside them.
const LOGS: [&str; 2] = ["-wal", "-journal"];

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Restored {
    /// The database.
    pub database: PathBuf,
    /// When the backup was taken.
    pub taken_at: jiff::Timestamp,
    /// The revision of the definitions in it.
    pub revision: i64,
    /// Whether the key file was put back, too.
    pub has_keys: bool,
    /// Where the logs of the jobs are looked for.
    pub archive: String,
    /// Where they were when the backup was taken.
    pub archive_then: String,
}

/// Puts the backup in a folder back as the database of an installation that has none. Every start is stopped in it: what has run
/// since the backup is not known, and only an operator can say what is to run once more.
///
/// # Errors
/// [`Refused`] where a process uses the data folder, where there is a database or another key file, or where the backup is not
/// whole; nothing is changed then.
pub async fn restore(options: &Options, folder: &Path) -> anyhow::Result<Restored> {
    options.validate()?;
    let Some(database) = database_file(options) else {
        return Err(Refused(
            "the database is PostgreSQL: put it back with `pg_restore`, then run `ringmaster restore --mark-only`".to_owned(),
        )
        .into());
    };
    let manifest = manifest(folder)?;
    let _lock = lock(options)?;
    let logs = LOGS.map(|ending| beside(&database, ending));
    for name in std::iter::once(&database).chain(&logs) {
        if name.exists() {
            return Err(Refused(format!(
                "{} is there; a backup replaces nothing: move it away first, or name another data folder",
                name.display()
            ))
            .into());
        }
    }
    let keys = keys(options, folder, &manifest)?;
    let new = beside(&database, ".restoring");
    // What was left by a restore that was killed: its log would be played over this copy.
    remove(&new)?;
    if let Err(why) = prepared(folder, &new, &manifest).await {
        let _ = remove(&new);
        return Err(why);
    }
    if let Some(from) = &keys {
        put_keys(from, &options.keys_path())?;
    }
    // Last: without it there is no database, and nothing has happened.
    name(&new, &database)?;
    Ok(Restored {
        database,
        taken_at: manifest.taken_at,
        revision: manifest.revision,
        has_keys: keys.is_some(),
        archive: options.archive_settings().url,
        archive_then: manifest.archive,
    })
}

/// Makes the copy that becomes the database, marked.
async fn prepared(folder: &Path, new: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    std::fs::copy(folder.join(DATABASE), new)
        .with_context(|| format!("copying to {}", new.display()))?;
    settle(new)?;
    let db = open_file(new).await?;
    let said = format!("restored from a backup of {}", manifest.taken_at);
    let marked = checked(&db, &said).await;
    db.close().await;
    marked?;
    // Only this file gets the database's name: nothing may stand in a log beside it, and the mark must be in it.
    without_logs(new)?;
    let db = open_file(new).await?;
    let state = db.read(|tx| Box::pin(async move { server_state::read(tx).await })).await;
    db.close().await;
    if !state?.is_paused {
        anyhow::bail!("{} was not marked; restore it again", new.display());
    }
    without_logs(new)?;
    settle(new)
}

/// Fails where a log stands beside a database that was closed.
fn without_logs(file: &Path) -> anyhow::Result<()> {
    for ending in LOGS {
        let log = beside(file, ending);
        if std::fs::metadata(&log).is_ok_and(|meta| meta.len() > 0) {
            anyhow::bail!(
                "the database could not be written whole: {} is left; is there room?",
                log.display()
            );
        }
    }
    remove_logs(file)
}

/// Removes a database with its logs.
fn remove(file: &Path) -> anyhow::Result<()> {
    remove_logs(file)?;
    remove_file(file)
}

fn remove_logs(file: &Path) -> anyhow::Result<()> {
    // The others hold nothing: what SQLite shares of a log, and the lock under which tables are made.
    let mut endings = LOGS.iter().chain(&["-shm", ".migrate"]);
    endings.try_for_each(|ending| remove_file(&beside(file, ending)))
}

fn remove_file(file: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", file.display()))
        }
        _ => Ok(()),
    }
}

/// The key file, whole or not at all: half of one would be another one than that of the backup.
fn put_keys(from: &Path, place: &Path) -> anyhow::Result<()> {
    let new = beside(place, ".restoring");
    std::fs::copy(from, &new).with_context(|| format!("writing the key file {}", new.display()))?;
    settle(&new)?;
    name(&new, place)
}

/// Gives a file its name, durably.
fn name(new: &Path, place: &Path) -> anyhow::Result<()> {
    let named = || -> std::io::Result<()> {
        std::fs::rename(new, place)?;
        // Windows has no such thing as a folder that is flushed.
        #[cfg(unix)]
        if let Some(folder) = place.parent() {
            std::fs::File::open(if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            })?
            .sync_all()?;
        }
        Ok(())
    };
    named().with_context(|| format!("naming {}", place.display()))
}

/// Marks a database that was put back by other means as [`restore`] does.
///
/// # Errors
/// [`Refused`] where a process uses the data folder.
pub async fn mark_restored(options: &Options) -> anyhow::Result<()> {
    options.validate()?;
    let _lock = lock(options)?;
    let db = open(options).await?;
    let marked = checked(&db, "the database was restored").await;
    db.close().await;
    marked
}

/// Marks a database that is sound and that this program can use.
async fn checked(db: &sql::Db, said: &str) -> anyhow::Result<()> {
    if let Some(first) = db.damages().await?.first() {
        return Err(
            Refused(format!("the database is damaged: {first}; take another backup")).into()
        );
    }
    match db.schema(&scheduler_store::MIGRATIONS).await? {
        Schema::Current | Schema::Older => {}
        Schema::Empty => {
            return Err(Refused("the database has no tables of this program".to_owned()).into());
        }
        Schema::Newer => {
            return Err(Refused(
                "the database is of a newer version of this program; use that version".to_owned(),
            )
            .into());
        }
    }
    db.migrate(&scheduler_store::MIGRATIONS).await?;
    mark(db, said).await
}

/// What a folder has, each file as it was written.
fn manifest(folder: &Path) -> anyhow::Result<Manifest> {
    let place = folder.join(MANIFEST);
    let text = std::fs::read(&place).map_err(|error| {
        Refused(format!("{} is no backup: {}: {error}", folder.display(), place.display()))
    })?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| Refused(format!("{} is damaged: {error}", place.display())))?;
    if manifest.format != 1 {
        return Err(Refused(format!(
            "the backup has the form {}, which this version does not know; use version {}",
            manifest.format, manifest.version
        ))
        .into());
    }
    if !manifest.files.iter().any(|file| file.name == DATABASE) {
        return Err(Refused(format!("{} names no database", place.display())).into());
    }
    for file in &manifest.files {
        if file.name != DATABASE && file.name != KEYS {
            return Err(Refused(format!(
                "{} names `{}`, which no backup has",
                place.display(),
                file.name
            ))
            .into());
        }
        if entry(folder, &file.name)? != *file {
            return Err(Refused(format!(
                "{} is not what was written into the backup; take another backup",
                folder.join(&file.name).display()
            ))
            .into());
        }
    }
    Ok(manifest)
}

/// The key file that is put back; none where it is there already, or not in the backup.
fn keys(options: &Options, folder: &Path, manifest: &Manifest) -> anyhow::Result<Option<PathBuf>> {
    if !manifest.files.iter().any(|file| file.name == KEYS) {
        return Ok(None);
    }
    let (from, place) = (folder.join(KEYS), options.keys_path());
    match std::fs::read(&place) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Some(from)),
        Err(error) => Err(error).with_context(|| format!("reading {}", place.display())),
        Ok(there) if there == std::fs::read(&from)? => Ok(None),
        Ok(_) => Err(Refused(format!(
            "the key file {} is there and is another one than that of the backup; move it away first",
            place.display()
        ))
        .into()),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
