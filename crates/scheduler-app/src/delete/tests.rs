//! Daily schedules leave the plan after their days, and never before they are completed.

use connector::StartTask;
use connector::fake::{Plan, ended};
use jiff::Timestamp;
use scheduler_store::{audit, daily_schedule, outcome};

use super::{Deleted, delete};
use crate::testing::day::{Day, task};
use crate::testing::worlds;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn there(day: &Day) -> Vec<String> {
    let read = day
        .world
        .app
        .db()
        .read(|tx| Box::pin(async move { daily_schedule::of_date(tx, "2026-11-23").await }));
    read.await.unwrap().into_iter().map(|each| each.name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completed_schedule_goes_after_its_days_with_what_it_contains_and_its_outcomes_stay() {
    for world in worlds().await {
        let daily = r#""frequencies": [{"use": "Daily"}]"#;
        let inside = r#"{"container": {"schedule": "Sub"}}"#;
        world
            .build(&format!(
                r#""schedules": {{
                    "S": {{"time_zone": "Europe/Zurich", "auto_delete_days": 2, "jobs": {{"J": {{"run": {inside}, {daily}}}}}}},
                    "Sub": {{"subschedule": true, "auto_delete_days": 1, "jobs": {{"K": {{"run": "null_job", {daily}}}}}}},
                    "Stays": {{"jobs": {{"J": {{"run": "null_job", {daily}}}}}}}}}"#
            ))
            .await;
        let mut day = Day::of(world);
        day.settle().await;
        let next = Some(at("2026-11-24T23:00:00Z"));
        assert_eq!(delete(&day.world.app).await.unwrap(), Deleted { schedules: 0, next });
        day.world.clock.set(at("2026-11-24T22:59:59Z"));
        assert_eq!(delete(&day.world.app).await.unwrap().schedules, 0);
        day.world.clock.set(at("2026-11-24T23:00:00Z"));
        let done = delete(&day.world.app).await.unwrap();
        assert_eq!(done, Deleted { schedules: 1, next: None });
        assert_eq!(there(&day).await, ["Stays"]);
        let (outcomes, records) = day
            .world
            .app
            .db()
            .read(|tx| {
                Box::pin(async move {
                    let outcomes = outcome::of_date(tx, "2026-11-23").await?;
                    Ok::<_, sql::Error>((outcomes.len(), audit::after(tx, 0, 100).await?))
                })
            })
            .await
            .unwrap();
        assert_eq!(outcomes, 3);
        let last = records.last().unwrap();
        assert_eq!(
            (last.caller.as_str(), last.subject.as_str()),
            ("system:delete", "2026-11-23/S")
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_schedule_stays_until_it_is_completed() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let job = task("", "");
        world
            .build(&format!(
                r#""agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}}}}},
                    "schedules": {{"S": {{"auto_delete_days": 1, "jobs": {{"J": {job}}}}}}}"#
            ))
            .await;
        let mut day = Day::of(world);
        day.settle().await;
        day.world.clock.set(at("2026-12-24T00:00:00Z"));
        day.settle().await;
        assert_eq!(delete(&day.world.app).await.unwrap(), Deleted { schedules: 0, next: None });
        assert_eq!(there(&day).await, ["S"]);
        day.world.fake.end(&day.key(1, 1).await, ended(0));
        day.settle().await;
        assert_eq!(delete(&day.world.app).await.unwrap().schedules, 1);
        assert_eq!(there(&day).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_cannot_be_deleted_holds_up_no_other() {
    for world in worlds().await {
        let daily = r#""frequencies": [{"use": "Daily"}]"#;
        let of = format!(
            r#"{{"auto_delete_days": 1, "jobs": {{"J": {{"run": "null_job", {daily}}}}}}}"#
        );
        world.build(&format!(r#""schedules": {{"S": {of}, "T": {of}}}"#)).await;
        let mut day = Day::of(world);
        day.settle().await;
        day.damage(1, true).await;
        day.world.clock.set(at("2026-12-24T00:00:00Z"));
        let again = Some(at("2026-12-24T00:10:00Z"));
        assert_eq!(delete(&day.world.app).await.unwrap(), Deleted { schedules: 1, next: again });
        assert_eq!(there(&day).await, ["S"]);
        day.damage(1, false).await;
        day.world.clock.set(at("2026-12-24T00:10:00Z"));
        assert_eq!(delete(&day.world.app).await.unwrap(), Deleted { schedules: 1, next: None });
    }
}
