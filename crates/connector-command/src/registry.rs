//! The jobs that run, as this process knows them: each runner is waited for by its process, and nothing is asked again and again.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connector::AttemptKey;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::platform;

/// Starts of so many different keys are made at once at most.
const STRIPES: usize = 256;

/// A job that runs.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// It has a stage, which has not yet become the job's program.
    pub(crate) is_staged: AtomicBool,
    /// It was asked to end.
    pub(crate) is_killed: AtomicBool,
}

#[derive(Debug)]
struct Shared {
    live: Mutex<HashMap<AttemptKey, Arc<Live>>>,
    /// Changes with each end.
    ends: watch::Sender<u64>,
}

/// The jobs that run.
#[derive(Debug)]
pub(crate) struct Registry {
    shared: Arc<Shared>,
    waiting: Mutex<JoinSet<()>>,
    stripes: Vec<Mutex<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Registry {
    pub(crate) fn new() -> Self {
        let shared = Shared { live: Mutex::default(), ends: watch::Sender::new(0) };
        Self {
            shared: Arc::new(shared),
            waiting: Mutex::default(),
            stripes: (0..STRIPES).map(|_| Mutex::default()).collect(),
        }
    }

    /// Keeps everybody else of this process from deciding about this key. Blocks.
    pub(crate) fn decide(&self, key: &AttemptKey) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let stripe = usize::try_from(hasher.finish() % STRIPES as u64).unwrap_or_default();
        lock(&self.stripes[stripe])
    }

    /// A job that is known to run.
    pub(crate) fn live(&self, key: &AttemptKey) -> Option<Arc<Live>> {
        lock(&self.shared.live).get(key).cloned()
    }

    /// News of ends.
    pub(crate) fn ends(&self) -> watch::Receiver<u64> {
        self.shared.ends.subscribe()
    }

    /// Waits for the end of a job that runs, and says whether it does. Needs a runtime.
    pub(crate) fn follow(&self, key: &AttemptKey, dir: &Path, is_staged: bool) -> io::Result<bool> {
        if self.live(key).is_some() {
            return Ok(true);
        }
        let Some(runner) = platform::runner(dir)? else { return Ok(false) };
        let live = Live { is_staged: is_staged.into(), is_killed: AtomicBool::new(false) };
        if lock(&self.shared.live).insert(key.clone(), Arc::new(live)).is_some() {
            // Somebody else has just done so, and waits.
            return Ok(true);
        }
        let (shared, key) = (Arc::clone(&self.shared), key.clone());
        let mut waiting = lock(&self.waiting);
        while waiting.try_join_next().is_some() {}
        waiting.spawn(async move {
            runner.ended().await;
            lock(&shared.live).remove(&key);
            shared.ends.send_modify(|count| *count += 1);
        });
        Ok(true)
    }
}

impl Live {
    pub(crate) fn is_staged(&self) -> bool {
        self.is_staged.load(Ordering::Relaxed)
    }
}
