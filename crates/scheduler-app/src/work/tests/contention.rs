//! Two processes that share an agent and its slots.

use std::time::Duration;

use connector::StartTask;
use connector::fake::Plan;
use scheduler_store::{agent_state, daily_schedule};

use crate::agents::heartbeat;
use crate::attempts::{Starter, Watcher};
use crate::testing::{World, worlds};
use crate::{App, advance};

const JOBS: usize = 30;
const SLOTS: i64 = 3;
/// Only so that a test that hangs ends.
const LIMIT: Duration = Duration::from_secs(120);

/// Moves jobs on until all of them have ended. What the database gives up because of the other process, is done again.
async fn drive(app: App) {
    let (mut starter, mut watcher) =
        (Starter::new(app.clone()), Watcher::new(app.clone(), Duration::ZERO));
    loop {
        let steps = [
            advance::advance(&app).await.map(|_| ()),
            starter.pass().await.map(|_| ()),
            watcher.pass().await.map(|_| ()),
        ];
        for error in steps.into_iter().filter_map(Result::err) {
            assert!(
                matches!(&error, crate::Error::Sql(error) if error.is_unavailable()),
                "{error}"
            );
        }
        let read = app.db().read(|tx| {
            Box::pin(async move {
                let schedule = daily_schedule::of_date(tx, "2026-11-23").await?.remove(0);
                let agent = agent_state::one(tx, "A").await?;
                Ok::<_, sql::Error>((schedule.status, agent.map_or(0, |agent| agent.running)))
            })
        });
        let (status, running) = read.await.unwrap();
        assert!((0..=SLOTS).contains(&running), "{running} jobs run");
        if status == "Completed" {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_never_take_more_slots_than_there_are_and_leave_no_job_asleep() {
    let [_, world] = worlds().await;
    world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
    let job = r#"{"run": {"plug_in": {"integration": "Fake", "task_type": "fake"}}, "runs_on": {"agents": ["A"]},
        "frequencies": [{"use": "Daily"}]}"#;
    let jobs: Vec<String> = (0..JOBS).map(|number| format!(r#""J{number}": {job}"#)).collect();
    world
        .build(&format!(
            r#""agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}, "max_jobs": {SLOTS}}}}},
            "schedules": {{"S": {{"jobs": {{{}}}}}}}"#,
            jobs.join(", ")
        ))
        .await;
    heartbeat(&world.app).await.unwrap();
    let other = world.beside("other").await;
    let both = async { tokio::join!(drive(world.app.clone()), drive(other)) };
    tokio::time::timeout(LIMIT, Box::pin(both)).await.unwrap();
    check(&world).await;
}

async fn check(world: &World) {
    assert_eq!(world.fake.started_twice(), []);
    assert_eq!(world.fake.tasks().len(), JOBS);
    let read = world.app.db().read(|tx| Box::pin(async move { agent_state::one(tx, "A").await }));
    assert_eq!(read.await.unwrap().unwrap().running, 0);
}
