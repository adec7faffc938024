//! A scheduler for tests, on either database.

use testkit::{SimClock, TestDb, databases};

use crate::App;

/// A scheduler with a clock that stands still.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) clock: SimClock,
    _db: TestDb,
}

/// When the clock of a new world stands.
pub(crate) const START: &str = "2026-11-23T04:00:00Z";

/// A world on each database.
pub(crate) async fn worlds() -> [World; 2] {
    [world(databases::sqlite().await).await, world(databases::postgres().await).await]
}

async fn world(db: TestDb) -> World {
    db.migrate(&scheduler_store::MIGRATIONS).await.unwrap();
    let clock = SimClock::at_text(START);
    let app = App::begin(db.db(), clock.shared(), "test").await.unwrap();
    World { app, clock, _db: db }
}
