//! What every part of a scheduler process shares.

use std::sync::Arc;

use jiff::Timestamp;
use kit::SharedClock;
use sql::Db;

/// Handles to the database and the clock. It owns no state that a restart would miss, and is cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    db: Db,
    clock: SharedClock,
}

impl App {
    /// A scheduler on a database whose schema is up to date.
    pub fn new(db: Db, clock: SharedClock) -> Self {
        Self(Arc::new(Inner { db, clock }))
    }

    /// Its database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The present in microseconds, as it is stored.
    pub(crate) fn now_micros(&self) -> i64 {
        sql::to_micros(self.now())
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}
