//! A copy of the database while it is used.

use std::path::{Path, PathBuf};

use anyhow::Context;
use kit::{Clock as _, SystemClock};
use scheduler_store::server_state;

use super::{DATABASE, Entry, KEYS, MANIFEST, Manifest, Refused, entry, open, open_file, settle};
use crate::options::Options;

/// What a backup has.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Backup {
    /// Its folder.
    pub folder: PathBuf,
    /// The bytes of the copy of the database.
    pub bytes: u64,
    /// The revision of the definitions in it.
    pub revision: i64,
    /// Whether it has the keys of the secrets: who has it, has the passwords.
    pub has_keys: bool,
    /// Where the logs are; they are not in it, what says where each of them lies is.
    pub archive: String,
}

/// Copies the database, as it is at one moment, into a new folder, whether the scheduler runs or not, and checks the copy. The keys
/// of secrets go with it only when that is asked for: without them a backup that is stolen gives no password away.
///
/// # Errors
/// [`Refused`] for a folder that is not empty, and for PostgreSQL, which is backed up by its own programs.
pub async fn backup(options: &Options, folder: &Path, with_keys: bool) -> anyhow::Result<Backup> {
    options.validate()?;
    if options.database_url().is_postgres() {
        let url = options.database_url();
        return Err(Refused(format!(
            "the database is PostgreSQL, which has a program for that: `pg_dump --format=custom --file=ringmaster.dump '{url}'`; \
             copy the key file {} to another place",
            options.keys_path().display()
        ))
        .into());
    }
    let db = open(options).await?;
    make_empty(folder)?;
    let copy = folder.join(DATABASE);
    db.copy_into(&copy).await.with_context(|| format!("copying into {}", copy.display()))?;
    db.close().await;
    let (instance, revision) = looked_at(&copy).await?;
    settle(&copy)?;
    let mut files = vec![entry(folder, DATABASE)?];
    if with_keys {
        let keys = options.keys_path();
        let place = folder.join(KEYS);
        std::fs::copy(&keys, &place)
            .with_context(|| format!("copying the key file {}", keys.display()))?;
        settle(&place)?;
        files.push(entry(folder, KEYS)?);
    }
    let bytes = files.first().map_or(0, |file: &Entry| file.bytes);
    let archive = options.archive_settings().url;
    let manifest = Manifest {
        format: 1,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        instance,
        revision,
        taken_at: SystemClock.now(),
        archive: archive.clone(),
        files,
    };
    // Written last: a folder without it is no backup.
    let place = folder.join(MANIFEST);
    std::fs::write(&place, serde_json::to_vec_pretty(&manifest)?)
        .with_context(|| format!("writing {}", place.display()))?;
    settle(&place)?;
    Ok(Backup { folder: folder.to_owned(), bytes, revision, has_keys: with_keys, archive })
}

/// That a folder is there for this user only, and empty.
fn make_empty(folder: &Path) -> anyhow::Result<()> {
    let is_used = std::fs::read_dir(folder).is_ok_and(|mut all| all.next().is_some());
    if is_used {
        return Err(Refused(format!(
            "the folder {} is not empty; name a new one, so that no backup replaces another",
            folder.display()
        ))
        .into());
    }
    kit::data_dir::create(folder)
}

/// What a copy is of; it must be sound.
async fn looked_at(copy: &Path) -> anyhow::Result<(String, i64)> {
    let db = open_file(copy).await?;
    let damages = db.damages().await?;
    let state = db.read(|tx| Box::pin(async move { server_state::read(tx).await })).await;
    db.close().await;
    if let Some(first) = damages.first() {
        anyhow::bail!(
            "the copy is damaged, as the database may be: {first}; `ringmaster doctor` says more"
        );
    }
    let state = state?;
    Ok((state.instance, state.revision))
}
