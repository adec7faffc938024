//! Which runs of this controller a task of this process looks after.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A request and its attempt.
type Key = (i64, i64);

/// The runs that are looked after. What the database says is running and is not in here is taken up by
/// [`super::adopt`], so a task that fails costs a moment and not a job.
#[derive(Debug, Clone, Default)]
pub(crate) struct Followed(Arc<Mutex<HashSet<Key>>>);

/// Held by the task that looks after a run.
#[derive(Debug)]
pub(super) struct Follower {
    all: Followed,
    key: Key,
}

impl Followed {
    /// Takes a run; none when another task has it.
    pub(super) fn take(&self, request_id: i64, attempt: i64) -> Option<Follower> {
        let key = (request_id, attempt);
        self.lock().insert(key).then(|| Follower { all: self.clone(), key })
    }

    /// Whether a task has it.
    pub(super) fn has(&self, request_id: i64, attempt: i64) -> bool {
        self.lock().contains(&(request_id, attempt))
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.all.lock().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_one_follower_at_a_time() {
        let all = Followed::default();
        let first = all.take(1, 1);
        assert!(first.is_some() && all.has(1, 1));
        assert!(all.take(1, 1).is_none());
        assert!(all.take(1, 2).is_some(), "another attempt is another run");
        drop(first);
        assert!(!all.has(1, 1) && all.take(1, 1).is_some());
    }
}
