//! What every part of a batch server process shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use kit::{SharedClock, Wake};
use sql::Db;

use crate::catalog::CatalogCache;
use crate::hub::Hub;
use crate::interrupts::Interrupts;
use crate::options::Options;

/// The channel on which processes that share a database tell each other of changes: `catalog`, `requests:` or
/// `messages:` and ids, `interrupt:` and an id; and `here` from a process that has no lease.
pub(crate) const CHANNEL: &str = "ringmaster_batch";

/// Handles to the database and the signals of this process. It owns no state that a restart would miss.
pub(crate) struct Server {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) options: Options,
    pub(crate) catalog: CatalogCache,
    pub(crate) hub: Hub,
    pub(crate) wakes: Wakes,
    pub(crate) auth: crate::auth::Auth,
    /// Interrupts on their way to runners of this process.
    pub(crate) interrupts: Interrupts,
    /// Whether other processes use the database, so that changes are worth telling.
    pub(crate) peers: Peers,
}

/// How axum and the tasks hold it.
pub(crate) type SharedServer = Arc<Server>;

/// One signal per reconciler of this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wakes {
    /// There may be something to claim.
    pub(crate) claim: Wake,
    /// A running request may want a signal (kill, stop, interrupt, attach).
    pub(crate) signals: Wake,
    /// A queue has changed: its window may be open or closed.
    pub(crate) windows: Wake,
    /// A schedule has changed.
    pub(crate) planner: Wake,
}

/// Whether other processes use the database. Assumed on PostgreSQL until the first look at the leases says otherwise.
#[derive(Debug)]
pub(crate) struct Peers {
    exist: AtomicBool,
    /// When a process without a lease was heard of; microseconds.
    heard_at: AtomicI64,
}

/// How long a process without a lease counts as there after it was heard of.
const HEARD_FOR: SignedDuration = SignedDuration::from_secs(15);

impl Peers {
    /// The assumption before the first look.
    pub(crate) fn assume(exist: bool) -> Self {
        Self { exist: AtomicBool::new(exist), heard_at: AtomicI64::new(i64::MIN) }
    }

    /// What the newest look at the leases has shown.
    pub(crate) fn saw(&self, exist: bool, now: Timestamp) {
        let is_heard = self.heard_at.load(Ordering::Relaxed) > sql::to_micros(now - HEARD_FOR);
        self.exist.store(exist || is_heard, Ordering::Relaxed);
    }

    /// A process without a lease says that it is there.
    pub(crate) fn heard(&self, now: Timestamp) {
        self.heard_at.store(sql::to_micros(now), Ordering::Relaxed);
        self.exist.store(true, Ordering::Relaxed);
    }
}

impl Server {
    /// Tells everybody in this process that requests have changed, after the commit.
    pub(crate) fn changed(&self, requests: impl IntoIterator<Item = i64>) {
        self.hub.changed(requests);
    }

    /// Whether a change has to be told to other processes.
    pub(crate) fn has_peers(&self) -> bool {
        self.peers.exist.load(Ordering::Relaxed)
    }
}
