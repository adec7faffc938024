//! The past: what is known of it, and when it is forgotten.

use std::time::Duration;

use connector::StartTask;
use connector::fake::Plan;
use scheduler_store::attempt::{self, Archived};
use scheduler_store::daily_schedule;

use super::{Forgotten, Retention, forget, past};
use crate::removal::{Gone, remove};
use crate::testing::day::{Day, built, task};
use crate::testing::worlds;

/// A day whose job has run, of which nothing is wanted any more, and whose schedule is deleted.
async fn a_past_day(world: crate::testing::World) -> Day {
    world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
    let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
    day.settle().await;
    let app = &day.world.app;
    let now = app.now();
    app.db()
        .write(move |tx| {
            Box::pin(async move {
                let (wanted, due_at, archived_at) = (None, None, Some(0));
                let done = Archived { job_id: 1, number: 1, wanted, due_at, tries: 0, archived_at };
                attempt::archived(tx, &[done]).await?;
                let schedule = daily_schedule::of_date(tx, "2026-11-23").await?.remove(0);
                remove(tx, &schedule, Gone::Deleted(None), now).await
            })
        })
        .await
        .unwrap();
    day
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_became_of_a_job_is_known_after_its_schedule_is_gone_until_its_time_is_over() {
    for world in worlds().await {
        let day = a_past_day(world).await;
        let app = &day.world.app;
        let date = "2026-11-23".parse().unwrap();
        let known = past(app, date, "S", "J").await.unwrap();
        let outcomes: Vec<_> =
            known.outcomes.iter().map(|of| (of.outcome.as_str(), of.attempt)).collect();
        assert_eq!(outcomes, [("ran", Some(1))]);
        // By these its logs are found.
        let attempts: Vec<_> =
            known.attempts.iter().map(|of| (of.job_id, of.number, of.code)).collect();
        assert_eq!(attempts, [(1, 1, Some(0))]);
        assert_eq!(past(app, date, "S", "K").await.unwrap().outcomes, []);
        let keep = Retention { history_days: 30, audit_days: 40 };
        day.world.clock.advance(Duration::from_secs(30 * 86_400));
        assert_eq!(forget(app, keep).await.unwrap(), Forgotten::default());
        day.world.clock.advance(Duration::from_secs(86_400));
        assert_eq!(forget(app, keep).await.unwrap(), Forgotten { dates: 1, records: 0 });
        let known = past(app, date, "S", "J").await.unwrap();
        assert_eq!((known.outcomes, known.attempts), (Vec::new(), Vec::new()));
        let left = app
            .db()
            .read(|tx| {
                Box::pin(
                    async move { scheduler_store::attempt::of_jobs(tx, &sql::id_list([1])).await },
                )
            })
            .await
            .unwrap();
        assert_eq!(left, []);
        day.world.clock.advance(Duration::from_secs(10 * 86_400));
        let gone = forget(app, keep).await.unwrap();
        assert!(gone.records > 0 && gone.dates == 0, "{gone:?}");
        assert_eq!(scheduler_store::audit::verify(app.db()).await.unwrap().broken, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_of_a_job_that_was_built_anew_are_known_beside_those_of_the_one_that_is_there() {
    for world in worlds().await {
        let day = a_past_day(world).await;
        day.world.build_date("2026-11-23").await;
        let known = past(&day.world.app, "2026-11-23".parse().unwrap(), "S", "J").await.unwrap();
        let attempts: Vec<_> = known.attempts.iter().map(|of| (of.job_id, of.number)).collect();
        assert_eq!(attempts, [(1, 1)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_of_which_something_is_wanted_are_forgotten_once_that_is_done() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        let app = &day.world.app;
        let now = app.now();
        let gone = app.db().write(move |tx| {
            Box::pin(async move {
                let schedule = daily_schedule::of_date(tx, "2026-11-23").await?.remove(0);
                remove(tx, &schedule, Gone::Deleted(None), now).await
            })
        });
        gone.await.unwrap();
        day.world.clock.advance(Duration::from_secs(31 * 86_400));
        let keep = Retention { history_days: 30, audit_days: 400 };
        assert_eq!(forget(app, keep).await.unwrap().dates, 0);
        let date = "2026-11-23".parse().unwrap();
        let known = past(app, date, "S", "J").await.unwrap();
        assert_eq!(
            (known.outcomes.len(), known.attempts.len()),
            (1, 1),
            "its logs are wanted still"
        );
        let archived = app.db().write(|tx| {
            Box::pin(async move {
                let (wanted, due_at, archived_at) = (None, None, Some(0));
                let done = Archived { job_id: 1, number: 1, wanted, due_at, tries: 0, archived_at };
                attempt::archived(tx, &[done]).await
            })
        });
        archived.await.unwrap();
        assert_eq!(forget(app, keep).await.unwrap().dates, 1);
        let known = past(app, date, "S", "J").await.unwrap();
        assert_eq!((known.outcomes, known.attempts), (Vec::new(), Vec::new()));
    }
}
