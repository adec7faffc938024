//! The archive as a whole.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::Date;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Made};
use crate::error::Error;
use crate::group::Group;
use crate::index::LogIndex;
use crate::key::{self, Key};
use crate::settings::{Place, Settings};
use crate::writer::Writer;

/// What the objects look like. Another number means that this program cannot read them.
const FORMAT: u32 = 1;

/// How many objects are stored at once in a folder: more only make smaller groups.
const FOLDER_LANES: usize = 2;

/// How many objects are stored at once in a bucket, where a request waits for the network most of its time.
const BUCKET_LANES: usize = 4;

/// An archive that is open. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Archive {
    pub(crate) backend: Arc<Backend>,
    pub(crate) group: Arc<Group>,
    id: String,
}

/// The content of the marker.
#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    format: u32,
    id: String,
}

impl Archive {
    /// Opens an archive; begins one where none is, unless [`Settings::known`] says that there must be one. Folders are made, buckets are not.
    ///
    /// # Errors
    /// [`Error::Settings`] when the settings or the objects cannot be used, [`Error::Lost`] when the archive is not the known one, and
    /// what the store says.
    pub async fn open(settings: &Settings) -> Result<Self, Error> {
        match settings.check()? {
            Place::Folder(root) => {
                let (store, root) = open_folder(settings, &root)?;
                Self::over(Arc::new(store), settings, Some(&root), FOLDER_LANES).await
            }
            Place::Bucket { bucket, prefix } => {
                let store = settings.bucket(&bucket)?;
                let store: Arc<dyn ObjectStore> = if prefix.is_empty() {
                    Arc::new(store)
                } else {
                    Arc::new(PrefixStore::new(store, prefix))
                };
                Self::over(store, settings, None, BUCKET_LANES).await
            }
        }
    }

    /// The archive in a store that is there already.
    pub(crate) async fn over(
        store: Arc<dyn ObjectStore>,
        settings: &Settings,
        folder: Option<&Path>,
        lanes: usize,
    ) -> Result<Self, Error> {
        let backend = Arc::new(Backend {
            store,
            place: settings.url.clone(),
            instance: settings.instance.clone(),
            limit: Duration::from_secs(settings.timeout_seconds),
            folder: folder.map(Path::to_owned),
            seen: Mutex::default(),
        });
        let id = identify(&backend, settings).await?;
        let life = random(settings)?;
        let group = Arc::new(Group::new(Arc::clone(&backend), life, lanes));
        Ok(Self { backend, group, id })
    }

    /// The archive's own name, made when it was begun. Store it, and give it to the next [`Archive::open`] as [`Settings::known`].
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A writer of a new log, which is kept until the end of the day `keep_until`.
    ///
    /// # Errors
    /// [`Error::Index`] when the year of the day has not four digits.
    pub fn write(&self, keep_until: Date) -> Result<Writer, Error> {
        if !key::is_day(keep_until) {
            return Err(Error::index(format!("logs cannot be kept until {keep_until}")));
        }
        Ok(Writer::new(Arc::clone(&self.group), keep_until, LogIndex::default()))
    }

    /// A writer that goes on with a log that a process before has begun: append the text from byte `index.bytes` on. The log is kept
    /// until the day that it was begun with; `keep_until` counts when nothing of it is stored yet.
    ///
    /// # Errors
    /// [`Error::Index`] when the index cannot be used or the log is complete.
    pub fn resume(&self, index: LogIndex, keep_until: Date) -> Result<Writer, Error> {
        index.check()?;
        if index.is_complete {
            return Err(Error::index("the log is complete, nothing can be added to it"));
        }
        let day = match index.chunks.first() {
            Some(chunk) => Key::parse(&chunk.key)?.day,
            None => keep_until,
        };
        let mut writer = self.write(day)?;
        writer.go_on(index);
        Ok(writer)
    }
}

fn open_folder(
    settings: &Settings,
    root: &Path,
) -> Result<(LocalFileSystem, std::path::PathBuf), Error> {
    if settings.known.is_some() && !root.exists() {
        let reason = "there is no such folder".to_owned();
        return Err(Error::Lost { place: settings.url.clone(), reason });
    }
    let usable = |error: std::io::Error| settings.error(format!("{}: {error}", root.display()));
    crate::local::make(root).map_err(usable)?;
    // Without links and relative parts: the folder stays the same when the working directory changes.
    let root = root.canonicalize().map_err(usable)?;
    let store = LocalFileSystem::new_with_prefix(&root)
        .map_err(|error| settings.error(crate::error::reason(&error)))?;
    Ok((store.with_fsync(true), root))
}

/// The archive's id; begins the archive where there is none.
async fn identify(backend: &Backend, settings: &Settings) -> Result<String, Error> {
    let lost = |reason: String| Error::Lost { place: backend.place.clone(), reason };
    let name = backend.marker();
    let mut stored = backend.get(&name).await?;
    if stored.is_none() {
        if let Some(known) = &settings.known {
            return Err(lost(format!("it has no {name}, and the archive {known} was here")));
        }
        let marker = Marker { format: FORMAT, id: random(settings)? };
        let text = serde_json::to_string(&marker).expect("a number and a text are always JSON");
        if backend.make_marker(&text).await? == Made::Made {
            return Ok(marker.id);
        }
        stored = backend.get(&name).await?;
    }
    let stored = stored.ok_or_else(|| lost(format!("its {name} is gone again")))?;
    let marker: Marker = serde_json::from_slice(&stored)
        .map_err(|error| settings.error(format!("its {name} is damaged: {error}")))?;
    if marker.format != FORMAT {
        let reason = format!(
            "its objects have format {}, this program knows format {FORMAT}",
            marker.format
        );
        return Err(settings.error(reason));
    }
    match &settings.known {
        Some(known) if *known != marker.id => {
            Err(lost(format!("it is {}, and not {known}", marker.id)))
        }
        _ => Ok(marker.id),
    }
}

/// 64 random bits in hexadecimal digits.
fn random(settings: &Settings) -> Result<String, Error> {
    let bits = getrandom::u64().map_err(|error| settings.error(error.to_string()))?;
    Ok(format!("{bits:016x}"))
}
