//! The store of objects: each call with its limit of time, and with errors that say what they mean.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};
use tokio::time::Instant;

use crate::error::{Error, Found};
use crate::index::Chunk;
use crate::key;

/// For so long a bucket whose marker was seen is not looked at again before something is written to it.
const SEEN_FOR: Duration = Duration::from_secs(10);

/// A store, whichever it is.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) store: Arc<dyn ObjectStore>,
    /// The archive as people know it, for errors.
    pub(crate) place: String,
    pub(crate) instance: String,
    pub(crate) limit: Duration,
    /// The root of an archive in a folder.
    pub(crate) folder: Option<PathBuf>,
    /// When the marker was last seen in a bucket; none once a write has failed since.
    pub(crate) seen: Mutex<Option<Instant>>,
}

/// What a put of the marker came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Made {
    Made,
    WasThere,
}

impl Backend {
    /// The object that says that this is an archive.
    pub(crate) fn marker(&self) -> String {
        format!("{}/archive.json", self.instance)
    }

    /// Stores an object under its final name, whole or not at all. The same bytes may be stored again.
    pub(crate) async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), Error> {
        let attempt = "store a log";
        let put = async {
            self.check_place(attempt).await?;
            self.store
                .put(&Path::from(key), PutPayload::from(bytes))
                .await
                .map_err(|error| self.error(attempt, &error))
        };
        let done = self.in_time(attempt, put).await.map(|_| ());
        if done.is_err() {
            *self.seen() = None;
        }
        done
    }

    /// Stores the marker, if nobody has meanwhile.
    pub(crate) async fn make_marker(&self, text: &str) -> Result<Made, Error> {
        let attempt = "begin the archive";
        let key = Path::from(self.marker());
        let put = |mode: PutMode| {
            let options = PutOptions { mode, ..PutOptions::default() };
            self.store.put_opts(&key, PutPayload::from(text.to_owned().into_bytes()), options)
        };
        let make = async {
            match put(PutMode::Create).await {
                Ok(_) => return Ok(Made::Made),
                Err(object_store::Error::AlreadyExists { .. }) => return Ok(Made::WasThere),
                Err(_) => {}
            }
            // Some file systems and stores cannot create without replacing.
            let put = put(PutMode::Overwrite).await;
            put.map(|_| Made::Made).map_err(|error| self.error(attempt, &error))
        };
        self.in_time(attempt, make).await
    }

    /// A small object as a whole; none when it is not there.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let attempt = "read the archive's marker";
        let get = async {
            let object = match self.store.get(&Path::from(key)).await {
                Err(object_store::Error::NotFound { source, .. })
                    if !source.to_string().contains("NoSuchBucket") =>
                {
                    return Ok(None);
                }
                object => object.map_err(|error| self.error(attempt, &error))?,
            };
            let bytes = object.bytes().await.map_err(|error| self.error(attempt, &error))?;
            Ok(Some(bytes.to_vec()))
        };
        self.in_time(attempt, get).await
    }

    /// The stored bytes of a chunk.
    pub(crate) async fn chunk(&self, chunk: &Chunk) -> Result<Vec<u8>, Error> {
        let attempt = "read a log";
        let path = Path::from(chunk.key.as_str());
        let range = chunk.at..chunk.at + chunk.stored_bytes;
        let read = async {
            match self.store.get_range(&path, range.clone()).await {
                Ok(bytes) if bytes.len() as u64 == chunk.stored_bytes => Ok(bytes.to_vec()),
                Ok(_) => Err(self.why_unread(chunk, &range, None).await),
                Err(error) => Err(self.why_unread(chunk, &range, Some(error)).await),
            }
        };
        self.in_time(attempt, read).await
    }

    /// Tells a missing object, one that is too short and a store that is away from each other.
    async fn why_unread(
        &self,
        chunk: &Chunk,
        range: &Range<u64>,
        error: Option<object_store::Error>,
    ) -> Error {
        let part = chunk.from..chunk.end();
        let (place, object) = (self.place.clone(), chunk.key.clone());
        let head = self.store.head(&Path::from(chunk.key.as_str())).await;
        match (head, error) {
            (Ok(meta), error) if meta.size < range.end || error.is_none() => Error::Damaged {
                place,
                object,
                part,
                expected: chunk.hash.clone(),
                found: Found::Truncated(meta.size),
            },
            (Err(object_store::Error::NotFound { .. }), _) => match self.check_there().await {
                Ok(()) => Error::Missing { place, object, part },
                Err(error) => error,
            },
            (_, Some(error)) | (Err(error), None) => self.error("read a log", &error),
            (Ok(_), None) => Error::index("a chunk has no bytes"),
        }
    }

    /// Whether the archive itself is still there.
    pub(crate) async fn check_there(&self) -> Result<(), Error> {
        match self.get(&self.marker()).await? {
            Some(_) => Ok(()),
            None => Err(self.lost()),
        }
    }

    /// A folder would be made anew below an empty mount point. A bucket is never made by writing to it, but by somebody else: after a
    /// failure, and now and then, it is looked at, since to do it each time would double the requests.
    async fn check_place(&self, attempt: &str) -> Result<(), Error> {
        let Some(folder) = &self.folder else { return self.check_bucket().await };
        match tokio::fs::metadata(folder.join(self.marker())).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(self.lost()),
            Err(error) => Err(self.system_error(attempt, error)),
        }
    }

    async fn check_bucket(&self) -> Result<(), Error> {
        let is_known = self.seen().is_some_and(|at| at.elapsed() < SEEN_FOR);
        if !is_known {
            self.check_there().await?;
            *self.seen() = Some(Instant::now());
        }
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, Option<Instant>> {
        // Nothing that holds it can panic.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lost(&self) -> Error {
        Error::Lost { place: self.place.clone(), reason: format!("it has no {}", self.marker()) }
    }

    /// The days that there are packs for, in order.
    pub(crate) async fn days(&self) -> Result<Vec<jiff::civil::Date>, Error> {
        let attempt = "list the days";
        let list = async {
            let instance = Path::from(self.instance.as_str());
            let listed = self.store.list_with_delimiter(Some(&instance)).await;
            listed.map_err(|error| self.error(attempt, &error))
        };
        let listed = self.in_time(attempt, list).await?;
        let names = listed.common_prefixes.iter().filter_map(|path| path.filename());
        let mut days: Vec<_> = names.filter_map(key::parse_day).collect();
        days.sort_unstable();
        Ok(days)
    }

    /// The objects of a day.
    pub(crate) fn list(&self, day: jiff::civil::Date) -> BoxStream<'static, Listed> {
        let folder = Path::from(format!("{}/{day}", self.instance));
        // Whoever reads it in pages asks again at its end.
        self.store.list(Some(&folder)).fuse().boxed()
    }

    /// Removes objects; those that are not there are removed already.
    pub(crate) async fn remove(&self, keys: Vec<Path>) -> Result<u64, Error> {
        let attempt = "delete logs";
        let remove = async {
            let paths = futures_util::stream::iter(keys.into_iter().map(Ok)).boxed();
            let mut results = self.store.delete_stream(paths);
            let mut removed = 0;
            while let Some(result) = results.next().await {
                match result {
                    Ok(_) => removed += 1,
                    Err(error @ object_store::Error::NotFound { .. }) => {
                        if let lost @ Error::Lost { .. } = self.error(attempt, &error) {
                            return Err(lost);
                        }
                    }
                    Err(error) => return Err(self.error(attempt, &error)),
                }
            }
            Ok(removed)
        };
        self.in_time(attempt, remove).await
    }

    /// Waits no longer than the limit. What is given up may still happen; every operation may be done twice.
    pub(crate) async fn in_time<T>(
        &self,
        attempt: &str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::time::timeout(self.limit, work).await.unwrap_or_else(|_| {
            let (place, attempt) = (self.place.clone(), attempt.to_owned());
            Err(Error::Slow { place, attempt, limit: self.limit })
        })
    }

    pub(crate) fn error(&self, attempt: &str, error: &object_store::Error) -> Error {
        Error::of_store(&self.place, attempt, error)
    }

    /// What an error of a folder means.
    pub(crate) fn system_error(&self, attempt: &str, error: std::io::Error) -> Error {
        self.error(attempt, &object_store::Error::Generic { store: "folder", source: error.into() })
    }
}

/// What a listing yields.
pub(crate) type Listed = object_store::Result<ObjectMeta>;
