//! A scheduler for tests, on either database.

pub(crate) mod day;

use std::sync::Arc;

use connector::Connector;
use connector::fake::Fake;
use testkit::{SimClock, TestDb, databases};

use crate::agents::Connectors;
use crate::build::{Request, build};
use crate::definitions::apply;
use crate::{App, Caller, Process};

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
    worlds_with(|fake| Arc::new(fake)).await
}

/// As [`worlds`], with something around the fake.
pub(crate) async fn worlds_with(mut around: impl FnMut(Fake) -> Arc<dyn Connector>) -> [World; 2] {
    [
        world(databases::sqlite().await, &mut around).await,
        world(databases::postgres().await, &mut around).await,
    ]
}

async fn world(db: TestDb, around: &mut impl FnMut(Fake) -> Arc<dyn Connector>) -> World {
    db.migrate(&scheduler_store::MIGRATIONS).await.unwrap();
    let clock = SimClock::at_text(START);
    let fake = Fake::new();
    let connectors = Connectors::new(vec![around(fake.clone())]);
    let app =
        App::begin(db.db(), clock.shared(), connectors, Process { name: "test", home: "test" })
            .await
            .unwrap();
    World { app, clock, fake, db }
}

impl World {
    /// Stores these sections of definitions, with a frequency `Daily`, and builds Monday, 2026-11-23.
    pub(crate) async fn build(&self, sections: &str) {
        self.define(sections).await;
        self.build_date("2026-11-23").await;
    }

    /// Stores these sections of definitions, with a frequency `Daily`.
    pub(crate) async fn define(&self, sections: &str) {
        let all = format!(
            r#"{{"frequencies": {{"Daily": {{"when": {{"all_weeks": {{"day_type": "any",
                "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}}}}}}}}, {sections}}}"#
        );
        let definitions = serde_json::from_str(&all).unwrap_or_else(|error| panic!("{error}"));
        let caller = Caller::local("anna");
        apply(&self.app, &caller, definitions, None, None).await.unwrap();
    }

    /// Builds a date of one schedule.
    pub(crate) async fn build_schedule(&self, date: &str, schedule: &str) {
        let request = Request {
            date: date.parse().unwrap(),
            schedules: Some(vec![schedule.to_owned()]),
            overwrite: false,
            on_hold: false,
            reason: None,
        };
        build(&self.app, &Caller::local("anna"), request).await.unwrap();
    }

    /// Builds a date of everything.
    pub(crate) async fn build_date(&self, date: &str) {
        let request = Request {
            date: date.parse().unwrap(),
            schedules: None,
            overwrite: false,
            on_hold: false,
            reason: None,
        };
        build(&self.app, &Caller::local("anna"), request).await.unwrap();
    }

    /// Another process on the same database.
    pub(crate) async fn beside(&self, name: &str) -> App {
        let connectors = Connectors::new(vec![Arc::new(self.fake.clone())]);
        App::begin(self.db.db(), self.clock.shared(), connectors, Process { name, home: name })
            .await
            .unwrap()
    }

    /// The same world in the next life of its scheduler.
    pub(crate) async fn next_life(mut self) -> Self {
        let connectors = Connectors::new(vec![Arc::new(self.fake.clone())]);
        self.app = App::begin(
            self.db.db(),
            self.clock.shared(),
            connectors,
            Process { name: "test", home: "test" },
        )
        .await
        .unwrap();
        self
    }
}
