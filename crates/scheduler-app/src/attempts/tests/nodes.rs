//! Two processes on one database: one takes over what the other one leaves, and nothing is started twice.

use std::time::Duration;

use connector::fake::{Plan, ended};
use connector::{StartTask, TaskStatus};
use scheduler_core::action::Action;
use scheduler_core::job::SubscheduleRestart;

use crate::advance::advance;
use crate::agents::heartbeat;
use crate::attempts::{Starter, Watcher, take_over};
use crate::operate;
use crate::testing::World;
use crate::testing::day::{Day, built, task};
use crate::testing::worlds;
use crate::view::nodes;
use crate::{App, Caller, Error};

/// The reconcilers of another process.
struct Other {
    app: App,
    starter: Starter,
    watcher: Watcher,
}

impl Other {
    async fn beside(day: &Day) -> Self {
        let app = day.world.beside("other").await;
        let starter = Starter::new(app.clone());
        Self { starter, watcher: Watcher::new(app.clone(), Duration::ZERO), app }
    }

    async fn settle(&mut self) {
        for _ in 0..30 {
            heartbeat(&self.app).await.unwrap();
            advance(&self.app).await.unwrap();
            self.starter.pass().await.unwrap();
            self.watcher.pass().await.unwrap();
        }
    }
}

/// Two jobs that run, of which one has not answered to its start, and one that comes after both.
async fn two_jobs(world: World) -> Day {
    world.fake.plan_all(|_: &StartTask| Plan::until_told());
    let after = r#", "depends_on": [{"requires": {"job": "J"}}, {"requires": {"job": "K"}}]"#;
    let jobs =
        format!(r#"{{"J": {}, "K": {}, "Next": {}}}"#, task("", ""), task("", ""), task("", after));
    let mut day = built(world, 0, &jobs).await;
    day.world.fake.lose_replies(1);
    for _ in 0..3 {
        day.round().await;
    }
    assert_eq!(day.world.fake.tasks().len(), 2);
    day
}

fn end_all(day: &Day) {
    for key in day.world.fake.tasks() {
        day.world.fake.end(&key, ended(0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_takes_over_what_a_dead_one_has_left_and_starts_nothing_twice() {
    for world in worlds().await {
        let day = two_jobs(world).await;
        let mut other = Other::beside(&day).await;
        assert_eq!(take_over(&other.app).await.unwrap(), 0, "it is alive");
        day.world.clock.advance(Duration::from_secs(16));
        other.app.renew_lease().await.unwrap();
        let shown = nodes(&other.app).await.unwrap();
        let shown: Vec<_> =
            shown.iter().map(|node| (node.name.as_str(), node.is_this, node.is_alive)).collect();
        assert_eq!(shown, [("test", false, false), ("other", true, true)]);
        assert_eq!(take_over(&other.app).await.unwrap(), 2);
        assert_eq!(take_over(&other.app).await.unwrap(), 0);
        // Whoever comes back late has been fenced off.
        assert!(matches!(day.world.app.renew_lease().await, Err(Error::Fenced)));
        assert!(matches!(advance(&day.world.app).await, Err(Error::Fenced)));
        for _ in 0..3 {
            day.world.clock.advance(Duration::from_secs(90));
            other.settle().await;
            end_all(&day);
        }
        other.settle().await;
        assert_eq!(
            day.statuses().await,
            ["S: Completed", "J: Finished OK", "K: Finished OK", "Next: Finished OK"]
        );
        assert_eq!((day.world.fake.tasks().len(), day.world.fake.started_twice()), (3, vec![]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_ends_in_good_order_leaves_its_attempts_at_once() {
    for world in worlds().await {
        let day = two_jobs(world).await;
        let other = Other::beside(&day).await;
        day.world.app.end_life().await.unwrap();
        day.world.clock.advance(Duration::from_millis(1));
        assert_eq!(take_over(&other.app).await.unwrap(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_process_has_lost_sight_of_is_asked_for_by_another_one() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        let key = day.key(1, 1).await;
        let why = "the agent was set up anew".to_owned();
        assert!(day.world.fake.set_status(&key, TaskStatus::Lost { why }));
        day.settle().await;
        assert_eq!(day.attempts().await, ["J 1 - -: nothing"]);
        let mut other = Other::beside(&day).await;
        day.world.clock.advance(Duration::from_secs(16));
        other.app.renew_lease().await.unwrap();
        day.world.fake.end(&key, ended(0));
        assert_eq!(take_over(&other.app).await.unwrap(), 1);
        other.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_on_the_machine_of_a_dead_process_wait_for_it() {
    for world in worlds().await {
        let day = two_jobs(world).await;
        day.world.fake.set_local(true);
        let other = Other::beside(&day).await;
        day.world.clock.advance(Duration::from_secs(16));
        assert_eq!(take_over(&other.app).await.unwrap(), 0);
        let mut day = day.next_life().await;
        for _ in 0..3 {
            day.settle().await;
            end_all(&day);
        }
        day.settle().await;
        assert_eq!(day.statuses().await[0], "S: Completed");
        assert_eq!(day.world.fake.started_twice(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_is_woken_when_another_one_wants_its_job_killed() {
    let [_, world] = worlds().await;
    let day = two_jobs(world).await;
    day.allow_kill().await;
    let other = day.world.beside("other").await;
    let mut signals = day.world.app.db().listen(crate::work::SIGNAL).await.unwrap();
    let (how, anna) = (SubscheduleRestart::RestartAll, Caller::local("anna"));
    operate::job(&other, &anna, 1, Action::Kill, how, None).await.unwrap();
    tokio::time::timeout(Duration::from_secs(30), signals.next()).await.unwrap();
}
