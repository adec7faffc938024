//! A scheduler for tests, on either database.

pub(crate) mod day;

use std::sync::Arc;

use connector::fake::Fake;
use testkit::{SimClock, TestDb, databases};

use crate::App;
use crate::agents::Connectors;

/// A scheduler with a clock that stands still.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) clock: SimClock,
    /// The connector of its agents.
    pub(crate) fake: Fake,
    db: TestDb,
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
    let fake = Fake::new();
    let connectors = Connectors::new(vec![Arc::new(fake.clone())]);
    let app = App::begin(db.db(), clock.shared(), connectors, "test").await.unwrap();
    World { app, clock, fake, db }
}

impl World {
    /// The same world in the next life of its scheduler.
    pub(crate) async fn next_life(mut self) -> Self {
        let connectors = Connectors::new(vec![Arc::new(self.fake.clone())]);
        self.app = App::begin(self.db.db(), self.clock.shared(), connectors, "test").await.unwrap();
        self
    }
}
