//! A day of tasks on one agent, moved on by every reconciler.

use std::time::Duration;

use connector::AttemptKey;
use jiff::Timestamp;
use scheduler_store::{attempt, audit, daily_job, daily_schedule, limit, outcome, server_state};

use super::World;
use crate::Caller;
use crate::advance::advance;
use crate::agents::heartbeat;
use crate::attempts::{Starter, Watcher, adopt, key, kill};
use crate::definitions::{apply, export};
use crate::events::perform;
use crate::operate::set_threshold;

/// A world in which these jobs of `S` are built for the day, on the agent `A` with so many slots.
pub(crate) async fn built(world: World, slots: u32, jobs: &str) -> Day {
    built_with(world, slots, r#""thresholds": {}"#, jobs).await
}

/// As [`built`], with more sections of definitions.
pub(crate) async fn built_with(world: World, slots: u32, more: &str, jobs: &str) -> Day {
    world
        .build(&format!(
            r#""agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}, "max_jobs": {slots}}}}}, {more},
            "schedules": {{"S": {{"jobs": {jobs}}}}}"#
        ))
        .await;
    Day::of(world)
}

/// A job of the agent with one frequency and more fields.
pub(crate) fn task(of_use: &str, more: &str) -> String {
    format!(
        r#"{{"run": {{"plug_in": {{"integration": "Fake", "task_type": "fake"}}}}, "runs_on": {{"agents": ["A"]}},
            "frequencies": [{{"use": "Daily"{of_use}}}]{more}}}"#
    )
}

pub(crate) const AFTER: &str = r#", "depends_on": [{"requires": {"job": "J"}}]"#;

/// A day and what moves it.
pub(crate) struct Day {
    pub(crate) world: World,
    starter: Starter,
    watcher: Watcher,
}

impl Day {
    pub(crate) fn of(world: World) -> Self {
        let starter = Starter::new(world.app.clone());
        let watcher = Watcher::new(world.app.clone(), Duration::ZERO);
        let watcher = watcher.with_failed_pause(Duration::ZERO);
        Self { world, starter, watcher }
    }

    /// Each question is about fewer attempts, and fewer are read at once.
    pub(crate) fn with_bounds(self, tasks_max: usize, page: usize) -> Self {
        Self { watcher: self.watcher.with_bounds(tasks_max, page), ..self }
    }

    /// What is stored of a daily job is damaged in a way that lets nobody move it on, or mended again.
    pub(crate) async fn damage(&self, id: i64, is_damaged: bool) {
        let write = self.world.app.db().write(move |tx| {
            Box::pin(async move {
                let mut job = daily_job::lock(tx, &sql::id_list([id])).await?.remove(0);
                job.life = if is_damaged {
                    format!("damaged {}", job.life)
                } else {
                    job.life.replace("damaged ", "")
                };
                daily_job::update(tx, &[job]).await
            })
        });
        write.await.unwrap();
    }

    /// The agent lets its jobs be killed from now on.
    pub(crate) async fn allow_kill(&self) {
        let mut all = export(&self.world.app).await.unwrap();
        for agent in all.agents.values_mut() {
            agent.allow_kill = true;
        }
        apply(&self.world.app, &Caller::local("anna"), all, None, None).await.unwrap();
    }

    /// The scheduler is killed and begins again.
    pub(crate) async fn next_life(self) -> Self {
        let day = Self::of(self.world.next_life().await);
        adopt(&day.world.app).await.unwrap();
        day
    }

    /// One round of every reconciler; whether anything happened.
    pub(crate) async fn round(&mut self) -> bool {
        let events = perform(&self.world.app).await.unwrap();
        self.round_without_events().await || events > 0
    }

    async fn round_without_events(&mut self) -> bool {
        let asked = heartbeat(&self.world.app).await.unwrap().asked;
        let steps = advance(&self.world.app).await.unwrap().steps;
        // It may have woken jobs without a step.
        let is_woken = self.world.app.take_woken().contains(&"advance");
        let answers = self.starter.pass().await.unwrap();
        let (_, news) = self.watcher.pass().await.unwrap();
        let kills = kill(&self.world.app).await.unwrap();
        is_woken || asked + steps + answers + news + kills > 0
    }

    /// What is wanted is started, without waiting for who does not answer; and what runs is followed.
    pub(crate) async fn start_and_watch(&mut self) {
        self.starter.take_up().await.unwrap();
        self.starter.take_answered().await.unwrap();
        self.watcher.pass().await.unwrap();
    }

    /// What is wanted is sent to the agents; answers are neither waited for nor stored.
    pub(crate) async fn take_up(&mut self) {
        self.starter.take_up().await.unwrap();
    }

    /// Rounds at the present until nothing happens.
    pub(crate) async fn settle(&mut self) {
        for _ in 0..1000 {
            if !self.round().await {
                return;
            }
        }
        panic!("something happens for ever: {:?}", self.statuses().await);
    }

    /// Rounds in which no event is performed, until nothing happens.
    pub(crate) async fn settle_without_events(&mut self) {
        for _ in 0..1000 {
            if !self.round_without_events().await {
                return;
            }
        }
        panic!("something happens for ever: {:?}", self.statuses().await);
    }

    /// Rounds until an instant.
    pub(crate) async fn until(&mut self, end: &str) {
        let end: Timestamp = end.parse().unwrap();
        while self.world.app.now() < end {
            self.settle().await;
            let now = self.world.app.now();
            self.world.clock.set((now + Duration::from_secs(30)).min(end));
        }
        self.settle().await;
    }

    pub(crate) async fn statuses(&self) -> Vec<String> {
        let read = self.world.app.db().read(|tx| {
            Box::pin(async move {
                let schedule = daily_schedule::of_date(tx, "2026-11-23").await?.remove(0);
                let mut lines = vec![format!("S: {}", schedule.status)];
                for job in daily_job::of_schedule(tx, schedule.id).await? {
                    let phase = job.phase.map_or_else(String::new, |phase| format!(" ({phase})"));
                    lines.push(format!("{}: {}{phase}", job.name, job.status));
                }
                Ok::<_, sql::Error>(lines)
            })
        });
        read.await.unwrap()
    }

    /// How many failed jobs the schedule has counted.
    pub(crate) async fn failed_jobs(&self) -> i64 {
        let read =
            self.world.app.db().read(|tx| {
                Box::pin(async move { daily_schedule::of_date(tx, "2026-11-23").await })
            });
        read.await.unwrap()[0].failed_jobs
    }

    /// The attempts of all jobs: agent, code, ending, what is wanted.
    pub(crate) async fn attempts(&self) -> Vec<String> {
        let read = self.world.app.db().read(|tx| {
            Box::pin(async move {
                let schedule = daily_schedule::of_date(tx, "2026-11-23").await?.remove(0);
                let mut lines = Vec::new();
                for job in daily_job::of_schedule(tx, schedule.id).await? {
                    for each in attempt::of_jobs(tx, &sql::id_list([job.id])).await? {
                        let code =
                            each.code.map_or_else(|| "-".to_owned(), |code| code.to_string());
                        let ending = each.ending.unwrap_or_else(|| "-".to_owned());
                        let wanted = each.wanted.unwrap_or_else(|| "nothing".to_owned());
                        lines.push(format!(
                            "{} {} {code} {ending}: {wanted}",
                            job.name, each.number
                        ));
                    }
                }
                Ok::<_, sql::Error>(lines)
            })
        });
        read.await.unwrap()
    }

    pub(crate) async fn key(&self, job: i64, number: i64) -> AttemptKey {
        let read =
            self.world.app.db().read(|tx| Box::pin(async move { server_state::read(tx).await }));
        key(&read.await.unwrap().instance, job, number)
    }

    pub(crate) async fn outcomes(&self) -> Vec<String> {
        let read = self
            .world
            .app
            .db()
            .read(|tx| Box::pin(async move { outcome::of_date(tx, "2026-11-23").await }));
        let shown =
            |each: outcome::Outcome| format!("{} {}: {}", each.job, each.outcome, each.reason);
        read.await.unwrap().into_iter().map(shown).collect()
    }

    /// The audit: who did what to what, from which status to which.
    pub(crate) async fn audit(&self) -> Vec<String> {
        let read =
            self.world.app.db().read(|tx| Box::pin(async move { audit::after(tx, 0, 100).await }));
        let shown = |each: audit::Record| {
            let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
            format!(
                "{} {} {}: {} to {}",
                each.caller,
                each.action,
                each.subject,
                text(each.old_value),
                text(each.new_value)
            )
        };
        read.await.unwrap().into_iter().skip(2).map(shown).collect()
    }

    /// How many units of each resource are taken.
    pub(crate) async fn resources(&self) -> Vec<String> {
        let read =
            self.world.app.db().write(|tx| Box::pin(async move { limit::resources(tx).await }));
        let shown =
            |each: limit::Resource| format!("{}: {} of {}", each.resource, each.used, each.maximum);
        read.await.unwrap().into_iter().map(shown).collect()
    }

    /// Sets a threshold.
    pub(crate) async fn set_threshold(&self, name: &str, value: i32) {
        set_threshold(&self.world.app, &Caller::local("anna"), name, value, None).await.unwrap();
    }
}
