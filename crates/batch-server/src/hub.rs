//! Who waits for a change of which request, and the log of changes behind cursors.
//!
//! The hub holds no truth: it says *that* a request has changed, the reader then asks the database. After a gap (a
//! restart, a lost connection to PostgreSQL, a full log) the epoch changes, and a cursor of an older epoch reads everything.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Changes kept for cursors. An older cursor reads everything, so this bounds memory and not correctness.
const LOG_MAX: usize = 200_000;

/// Tells waiters that requests have changed. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Hub(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    epoch: String,
    /// Number of the newest change.
    last: u64,
    /// The changed requests; the newest is number `last`.
    log: VecDeque<i64>,
    waiters: HashMap<i64, Arc<Notify>>,
    /// Woken by every change, for those who wait for many requests.
    any: Arc<Notify>,
}

/// A place in the log of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    epoch: String,
    seen: u64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.epoch, self.seen)
    }
}

/// What has changed since a cursor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Changes {
    /// The cursor is of another epoch or too old: anything may have changed.
    Everything,
    /// These, and only these.
    Of(HashSet<i64>),
}

impl Hub {
    /// A hub whose cursors are told apart from every other hub's by `epoch`.
    pub(crate) fn new(epoch: String) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            epoch,
            last: 0,
            log: VecDeque::new(),
            waiters: HashMap::new(),
            any: Arc::new(Notify::new()),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that these requests have changed. Called after the commit.
    pub(crate) fn changed(&self, requests: impl IntoIterator<Item = i64>) {
        let mut inner = self.lock();
        for request in requests {
            inner.last += 1;
            inner.log.push_back(request);
            if inner.log.len() > LOG_MAX {
                inner.log.pop_front();
            }
            if let Some(waiter) = inner.waiters.remove(&request) {
                waiter.notify_waiters();
            }
        }
        inner.any.notify_waiters();
    }

    /// Says that anything may have changed and news may have been missed.
    pub(crate) fn reset(&self, epoch: String) {
        let mut inner = self.lock();
        inner.epoch = epoch;
        inner.log.clear();
        for (_, waiter) in inner.waiters.drain() {
            waiter.notify_waiters();
        }
        inner.any.notify_waiters();
    }

    /// A signal for the next change of one request. Take it, *then* read the state, then wait: so no change is missed.
    pub(crate) fn watch(&self, request: i64) -> Watch {
        let notify = Arc::clone(self.lock().waiters.entry(request).or_default());
        Watch::new(self.clone(), Some(request), notify)
    }

    /// A signal for the next change of any request.
    pub(crate) fn watch_any(&self) -> Watch {
        let notify = Arc::clone(&self.lock().any);
        Watch::new(self.clone(), None, notify)
    }

    /// The place after the newest change.
    pub(crate) fn cursor(&self) -> Cursor {
        let inner = self.lock();
        Cursor { epoch: inner.epoch.clone(), seen: inner.last }
    }

    /// What has changed since the place that `cursor` names.
    pub(crate) fn since(&self, cursor: &str) -> Changes {
        let inner = self.lock();
        let seen = cursor
            .rsplit_once(':')
            .filter(|(epoch, _)| *epoch == inner.epoch)
            .and_then(|(_, seen)| seen.parse::<u64>().ok())
            .and_then(|seen| inner.last.checked_sub(seen))
            .and_then(|new| usize::try_from(new).ok())
            .filter(|&new| new <= inner.log.len());
        match seen {
            Some(new) => Changes::Of(inner.log.iter().rev().take(new).copied().collect()),
            None => Changes::Everything,
        }
    }
}

/// A wait for one change; see [`Hub::watch`].
pub(crate) struct Watch {
    hub: Hub,
    request: Option<i64>,
    notify: Arc<Notify>,
    notified: std::pin::Pin<Box<tokio::sync::futures::OwnedNotified>>,
}

impl Watch {
    fn new(hub: Hub, request: Option<i64>, notify: Arc<Notify>) -> Self {
        let notified = Box::pin(Arc::clone(&notify).notified_owned());
        Self { hub, request, notify, notified }
    }

    /// Returns when the change has come since the watch was taken.
    pub(crate) async fn changed(mut self) {
        self.notified.as_mut().await;
    }
}

impl Drop for Watch {
    /// Forgets waiters that nobody waits with any more, so that the table does not grow with every time-out.
    fn drop(&mut self) {
        let Some(request) = self.request else { return };
        let mut inner = self.hub.lock();
        // After a change the table may hold the signal of somebody who came later: that one must stay. Three hold a signal that
        // only this watch uses: the table, the watch and its future.
        let is_last = |waiter: &Arc<Notify>| {
            Arc::ptr_eq(waiter, &self.notify) && Arc::strong_count(waiter) <= 3
        };
        if inner.waiters.get(&request).is_some_and(is_last) {
            inner.waiters.remove(&request);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(requests: &[i64]) -> Changes {
        Changes::Of(requests.iter().copied().collect())
    }

    #[test]
    fn a_cursor_reads_what_came_after_it() {
        let hub = Hub::new("a".into());
        hub.changed([1, 2]);
        let cursor = hub.cursor().to_string();
        assert_eq!(hub.since(&cursor), of(&[]));
        hub.changed([2, 3, 2]);
        assert_eq!(hub.since(&cursor), of(&[2, 3]));
    }

    #[test]
    fn a_foreign_or_old_cursor_reads_everything() {
        let hub = Hub::new("a".into());
        let cursor = hub.cursor().to_string();
        hub.changed((0..=LOG_MAX).map(|_| 1));
        for cursor in [cursor.as_str(), "b:0", "a:x", "", "a:99999999"] {
            assert_eq!(hub.since(cursor), Changes::Everything, "{cursor}");
        }
        let newest = hub.cursor().to_string();
        hub.reset("b".into());
        assert_eq!(hub.since(&newest), Changes::Everything);
    }

    #[tokio::test]
    async fn a_change_between_taking_the_watch_and_waiting_is_not_missed() {
        let hub = Hub::new("a".into());
        let (one, any) = (hub.watch(7), hub.watch_any());
        hub.changed([7]);
        one.changed().await;
        any.changed().await;
    }

    #[tokio::test]
    async fn dropped_watches_leave_nothing_behind() {
        let hub = Hub::new("a".into());
        drop((hub.watch(7), hub.watch(7), hub.watch(8)));
        assert_eq!(hub.lock().waiters.len(), 0);
    }

    #[tokio::test]
    async fn a_watch_that_is_dropped_after_its_change_does_not_take_a_later_one_along() {
        let hub = Hub::new("a".into());
        let first = hub.watch(7);
        hub.changed([7]);
        let second = hub.watch(7);
        first.changed().await;
        hub.changed([7]);
        second.changed().await;
    }
}
