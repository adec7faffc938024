//! Removing what is not to be kept any longer.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use jiff::civil::Date;
use object_store::path::Path;

use crate::archive::Archive;
use crate::backend::Listed;
use crate::error::Error;
use crate::index::LogIndex;
use crate::key::Key;

/// Objects that are removed, or asked for, at once.
const PAGE: usize = 1000;

/// What became of the objects of a log that was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Objects that held nothing else and are removed.
    pub removed: u64,
    /// Objects that hold other logs too. They go with the last of them: [`Archive::expire`], [`Archive::sweep`].
    pub shared: u64,
}

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// Objects.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files of writers that died before the file had its name; in folders only.
    pub unfinished: u64,
}

/// Why a sweep did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum SweepError<E> {
    /// The archive failed.
    #[error(transparent)]
    Archive(Error),
    /// Who is asked which objects are referred to has failed. None of those that were asked for is removed.
    #[error("cannot tell which objects of the archive are still referred to")]
    Oracle(#[source] E),
}

impl Archive {
    /// Deletes a log before its day. Remove its index first: who reads it later finds it missing. May be repeated.
    ///
    /// # Errors
    /// What the store says; then some of its objects may be left, and this can be called again.
    pub async fn delete(&self, index: &LogIndex) -> Result<Deleted, Error> {
        index.check()?;
        self.backend.check_there().await?;
        let keys: BTreeSet<&str> = index.chunks.iter().map(|chunk| chunk.key.as_str()).collect();
        let mut deleted = Deleted::default();
        let mut own = Vec::new();
        for key in keys {
            if Key::parse(key)?.is_single {
                own.push(Path::from(key));
            } else {
                deleted.shared += 1;
            }
        }
        deleted.removed = own.len() as u64;
        for page in own.chunks(PAGE) {
            self.backend.remove(page.to_vec()).await?;
        }
        Ok(deleted)
    }

    /// Removes all packs whose last day is before `today`, whoever refers to them. Remove the indexes first. May be repeated, and goes on
    /// where one before was interrupted.
    ///
    /// # Errors
    /// What the store says; what is left is removed by the next one.
    pub async fn expire(&self, today: Date) -> Result<Removed, Error> {
        self.backend.check_there().await?;
        let mut removed = Removed::default();
        for day in self.backend.days().await?.into_iter().filter(|day| *day < today) {
            let mut listed = self.backend.list(day);
            loop {
                let page = self.page(&mut listed).await?;
                if page.is_empty() {
                    break;
                }
                let pack = page.iter().map(|pack| (pack.path.clone(), pack.bytes));
                self.remove(pack.collect(), &mut removed).await?;
            }
            self.remove_day(day).await?;
        }
        Ok(removed)
    }

    /// Removes the objects that nobody refers to and that were stored at least `grace` before `now`: what a crash has left between storing
    /// an object and storing its index, what flushes have replaced, and packs of which all logs are deleted. `referenced` is asked with a day and
    /// keys of it, and answers with those that an index names. Choose the grace much longer than it ever takes from a
    /// flush to its stored index (a day, say), and more than what the clocks of the store and this machine may differ. What was stored
    /// before `since` is left alone: an earlier sweep has looked at it, and who refers to it refers to it for good.
    ///
    /// # Errors
    /// What the store or `referenced` say; what is left is removed by the next one.
    pub async fn sweep<E, F>(
        &self,
        now: Timestamp,
        grace: Duration,
        since: Option<Timestamp>,
        mut referenced: impl FnMut(Date, Vec<String>) -> F,
    ) -> Result<Removed, SweepError<E>>
    where
        F: Future<Output = Result<HashSet<String>, E>>,
    {
        self.backend.check_there().await.map_err(SweepError::Archive)?;
        let mut removed = Removed::default();
        for day in self.backend.days().await.map_err(SweepError::Archive)? {
            let mut listed = self.backend.list(day);
            loop {
                let page = self.page(&mut listed).await.map_err(SweepError::Archive)?;
                if page.is_empty() {
                    break;
                }
                let is_new = |pack: &Pack| {
                    since.is_none_or(|since| pack.stored_micros >= since.as_microsecond())
                };
                let is_old = |pack: &Pack| {
                    i128::from(now.as_microsecond()) - i128::from(pack.stored_micros)
                        >= i128::try_from(grace.as_micros()).unwrap_or(i128::MAX)
                };
                let old: Vec<Pack> = page.into_iter().filter(is_new).filter(is_old).collect();
                if old.is_empty() {
                    continue;
                }
                let keys = old.iter().map(|pack| pack.key.clone()).collect();
                let kept = referenced(day, keys).await.map_err(SweepError::Oracle)?;
                let waste = old.into_iter().filter(|pack| !kept.contains(&pack.key));
                let waste = waste.map(|pack| (pack.path, pack.bytes)).collect();
                self.remove(waste, &mut removed).await.map_err(SweepError::Archive)?;
            }
        }
        removed.unfinished = self.remove_staged(now, grace).await.map_err(SweepError::Archive)?;
        Ok(removed)
    }

    /// The next packs of a listing; empty at its end. What is no pack is left alone.
    async fn page(&self, listed: &mut BoxStream<'static, Listed>) -> Result<Vec<Pack>, Error> {
        let attempt = "list the logs of a day";
        let page = async {
            let mut page = Vec::new();
            while page.len() < PAGE {
                let Some(object) = listed.next().await else { break };
                let object = match object {
                    // Somebody else removes the same day.
                    Err(object_store::Error::NotFound { .. }) => continue,
                    object => object.map_err(|error| self.backend.error(attempt, &error))?,
                };
                let key = object.location.to_string();
                if Key::parse(&key).is_ok() {
                    let (path, bytes) = (object.location, object.size);
                    let stored_micros = object.last_modified.timestamp_micros();
                    page.push(Pack { key, path, bytes, stored_micros });
                }
            }
            Ok(page)
        };
        self.backend.in_time(attempt, page).await
    }

    async fn remove(&self, packs: Vec<(Path, u64)>, removed: &mut Removed) -> Result<(), Error> {
        let bytes: u64 = packs.iter().map(|(_, bytes)| bytes).sum();
        let objects = packs.len() as u64;
        self.backend.remove(packs.into_iter().map(|(path, _)| path).collect()).await?;
        removed.objects += objects;
        removed.bytes += bytes;
        Ok(())
    }

    async fn remove_day(&self, day: Date) -> Result<(), Error> {
        let Some(folder) = &self.backend.folder else { return Ok(()) };
        let folder = folder.join(&self.backend.instance).join(day.to_string());
        let work = move || crate::local::remove_day(&folder);
        self.on_disk("remove the folder of a day", work).await
    }

    async fn remove_staged(&self, now: Timestamp, grace: Duration) -> Result<u64, Error> {
        let Some(folder) = &self.backend.folder else { return Ok(0) };
        let folder = folder.join(&self.backend.instance);
        let work = move || crate::local::remove_staged(&folder, now.into(), grace);
        self.on_disk("remove unfinished files", work).await
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        attempt: &str,
        work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let work = async {
            let result = tokio::task::spawn_blocking(work).await;
            let result = result.unwrap_or_else(|error| Err(std::io::Error::other(error)));
            result.map_err(|error| self.backend.system_error(attempt, error))
        };
        self.backend.in_time(attempt, work).await
    }
}

/// A pack in a listing.
#[derive(Debug)]
struct Pack {
    key: String,
    path: Path,
    bytes: u64,
    stored_micros: i64,
}
