//! The plug-in folder at work: plug-ins are found at start and whenever something changes, each is asked what it is, and the scheduler
//! is told. Nothing that a plug-in does or does not do ends or stops this loop.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use connector::CallError;
use connector::plug_in::{Candidate, Changes, Folder, FolderError, Manifest, PlugIn};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use kit::Handle;
use scheduler_app::App;
use scheduler_app::agents::{self, Plugged};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long the start of the scheduler waits for plug-ins to say what they are.
const START_WAIT: Duration = Duration::from_secs(10);
/// First wait before a plug-in that could not be started is tried again; it doubles up to [`AGAIN_MAX`].
const AGAIN_FIRST: Duration = Duration::from_secs(1);
/// Longest wait before a plug-in is tried again. One that was changed is tried at once.
const AGAIN_MAX: Duration = Duration::from_mins(5);

/// Looks after the plug-in folder.
pub(crate) struct PlugIns {
    app: App,
    path: PathBuf,
    folder: Option<Folder>,
    handle: Handle,
    /// By subfolder.
    places: BTreeMap<String, Place>,
    /// Counts what has lain at all places.
    versions: u64,
    opening: FuturesUnordered<BoxFuture<'static, Opened>>,
    /// What was last said of the folder itself.
    trouble: Option<String>,
}

/// What lies in a subfolder.
struct Place {
    /// How it is started.
    manifest: Manifest,
    /// An answer of what lay there before counts no more.
    version: u64,
    tries: u32,
    /// When it is tried again.
    again: Option<Instant>,
}

/// A plug-in that has said what it is, or has not.
struct Opened {
    place: String,
    version: u64,
    outcome: Result<PlugIn, CallError>,
}

impl PlugIns {
    pub(crate) fn new(app: App, path: PathBuf, handle: Handle) -> Self {
        Self {
            app,
            folder: Some(Folder::new(&path)),
            path,
            handle,
            places: BTreeMap::new(),
            versions: 0,
            opening: FuturesUnordered::new(),
            trouble: None,
        }
    }

    /// Looks for plug-ins for the first time, and waits a while for what they say. Who takes longer is heard by [`Self::run`].
    pub(crate) async fn begin(&mut self) {
        self.look().await;
        let until = Instant::now() + START_WAIT;
        let mut opened = Vec::new();
        while let Ok(Some(next)) = tokio::time::timeout_at(until, self.opening.next()).await {
            opened.push(next);
        }
        // Where two speak to the same type of agents, it is the first by name that counts, and not the faster one.
        opened.sort_by(|a, b| a.place.cmp(&b.place));
        for each in opened {
            self.take(each).await;
        }
    }

    /// Looks after the folder until it is asked to end.
    ///
    /// # Errors
    /// Never.
    pub(crate) async fn run(mut self, soft: CancellationToken) -> anyhow::Result<()> {
        let mut look_at = Instant::now() + LOOK_EVERY;
        loop {
            let again = self.places.values().filter_map(|place| place.again).min();
            let next = again.map_or(look_at, |again| again.min(look_at));
            tokio::select! {
                biased;
                () = soft.cancelled() => return Ok(()),
                Some(opened) = self.opening.next(), if !self.opening.is_empty() => self.take(opened).await,
                () = tokio::time::sleep_until(next) => {}
            }
            if look_at <= Instant::now() {
                self.look().await;
                look_at = Instant::now() + LOOK_EVERY;
            }
            self.try_again();
        }
    }

    /// Looks what has changed.
    async fn look(&mut self) {
        // A file system that hangs holds up this loop alone.
        let path = self.path.clone();
        let mut folder = self.folder.take().unwrap_or_else(|| Folder::new(path));
        let scanning = tokio::task::spawn_blocking(move || {
            let changes = folder.scan();
            (folder, changes)
        });
        let Ok((folder, changes)) = scanning.await else { return };
        self.folder = Some(folder);
        match changes {
            Ok(changes) => {
                self.say_trouble(None);
                self.follow(changes).await;
            }
            Err(error) => self.say_trouble(Some(&error)),
        }
    }

    fn say_trouble(&mut self, error: Option<&FolderError>) {
        let trouble = error.map(ToString::to_string);
        if trouble == self.trouble {
            return;
        }
        if let Some(why) = &trouble {
            tracing::error!("{why}; plug-ins that were found before go on");
        }
        agents::plug_in_folder(&self.app, trouble.clone());
        self.trouble = trouble;
    }

    async fn follow(&mut self, changes: Changes) {
        for place in changes.removed {
            tracing::info!(plug_in = place, "the plug-in in {place} was taken away");
            self.places.remove(&place);
            stored(&place, agents::unplug(&self.app, &place).await);
        }
        for Candidate { subfolder, manifest } in changes.added.into_iter().chain(changes.changed) {
            self.places.remove(&subfolder);
            match manifest {
                Ok(manifest) => {
                    self.versions += 1;
                    let version = self.versions;
                    let place = Place { manifest, version, tries: 0, again: None };
                    self.open(&subfolder, &place);
                    self.places.insert(subfolder.clone(), place);
                    tell(&self.app, &subfolder, Plugged::Starting).await;
                }
                Err(problem) => {
                    tracing::error!(plug_in = subfolder, "{problem}");
                    tell(&self.app, &subfolder, Plugged::Faulty(problem.to_string())).await;
                }
            }
        }
    }

    /// Starts a plug-in and asks what it is. It gets no call of an agent before it has answered.
    fn open(&self, name: &str, place: &Place) {
        let (name, version) = (name.to_owned(), place.version);
        let opening = PlugIn::open(place.manifest.clone(), self.handle.clone());
        self.opening
            .push(Box::pin(async move { Opened { place: name, version, outcome: opening.await } }));
    }

    async fn take(&mut self, opened: Opened) {
        let Opened { place: name, version, outcome } = opened;
        let known = self.places.get_mut(&name).filter(|place| place.version == version);
        // Another one lies there by now.
        let Some(place) = known else { return };
        let plugged = match outcome {
            Ok(plug_in) => {
                place.tries = 0;
                tracing::info!(plug_in = name, "the plug-in in {name} can be used");
                Plugged::Ready(Arc::new(plug_in))
            }
            Err(error) => {
                let wait = again_after(place.tries);
                place.tries += 1;
                place.again = Some(Instant::now() + wait);
                tracing::error!(plug_in = name, "{error}; it is tried again in {wait:?}");
                Plugged::Faulty(error.to_string())
            }
        };
        tell(&self.app, &name, plugged).await;
    }

    fn try_again(&mut self) {
        let now = Instant::now();
        let mut due = Vec::new();
        for (name, place) in &mut self.places {
            if place.again.is_some_and(|at| at <= now) {
                place.again = None;
                due.push(name.clone());
            }
        }
        for name in due {
            if let Some(place) = self.places.get(&name) {
                self.open(&name, place);
            }
        }
    }
}

/// Tells the scheduler what lies at a place.
async fn tell(app: &App, place: &str, plugged: Plugged) {
    stored(place, agents::plug(app, place, plugged).await);
}

/// What the database has not done costs time alone: agents are asked when they are due.
fn stored(place: &str, outcome: scheduler_app::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(
            plug_in = place,
            "agents of the plug-in are asked later whether they are there: {error}"
        );
    }
}

fn again_after(tries: u32) -> Duration {
    AGAIN_FIRST.saturating_mul(1 << tries.min(16)).min(AGAIN_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_started_is_tried_after_growing_pauses() {
        let seconds: Vec<_> = (0..11).map(|tries| again_after(tries).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(again_after(u32::MAX), AGAIN_MAX);
    }
}
