//! Thresholds and resources: what waits for them, what takes them, what gives them back.

use connector::StartTask;
use connector::fake::{Plan, ended};

use crate::advance::advance;
use crate::agents::heartbeat;
use crate::testing::day::{built_with, task};
use crate::testing::worlds;

const LIMITS: &str = r#""resources": {"TAPE": {"units": 2}}, "thresholds": {"ROWS": {"value": 3}}"#;

fn takes(units: &str, of_use: &str) -> String {
    task(of_use, &format!(r#", "resources": [{{"resource": "TAPE", "take": {units}}}]"#))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_are_taken_while_a_job_runs_and_given_back() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let jobs = format!(
            r#"{{"One": {}, "Two": {}, "Three": {}}}"#,
            takes(r#"{"units": 1}"#, r#", "priority": 9"#),
            takes(r#"{"units": 2}"#, r#", "priority": 5"#),
            takes(r#"{"units": 1}"#, "")
        );
        let mut day = built_with(world, 0, LIMITS, &jobs).await;
        day.settle().await;
        assert_eq!(
            day.statuses().await,
            [
                "S: In Process",
                "One: Job Running (RUNNING)",
                "Two: Wait Threshold/Resource Dependency",
                "Three: Job Running (RUNNING)"
            ]
        );
        for job in [1, 3] {
            let key = day.key(job, 1).await;
            day.world.fake.end(&key, ended(0));
        }
        day.settle().await;
        assert_eq!(day.statuses().await[2], "Two: Job Running (RUNNING)");
        let key = day.key(2, 1).await;
        day.world.fake.end(&key, ended(0));
        day.settle().await;
        assert_eq!(day.statuses().await[0], "S: Completed");
        assert_eq!(day.resources().await, ["TAPE: 0 of 2"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wants_all_of_a_resource_keeps_later_ones_away_until_it_has_it() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let jobs = format!(
            r#"{{"One": {}, "All": {}, "Later": {}}}"#,
            takes(r#"{"units": 1}"#, r#", "priority": 9"#),
            takes(r#""all""#, r#", "priority": 5"#),
            takes(r#"{"units": 1}"#, r#", "start": "04:01""#)
        );
        let mut day = built_with(world, 0, LIMITS, &jobs).await;
        day.until("2026-11-23T04:02:00Z").await;
        let waits = "Wait Threshold/Resource Dependency";
        assert_eq!(
            day.statuses().await[1..],
            [
                "One: Job Running (RUNNING)".to_owned(),
                format!("All: {waits}"),
                format!("Later: {waits}")
            ]
        );
        let key = day.key(1, 1).await;
        day.world.fake.end(&key, ended(0));
        day.settle().await;
        assert_eq!(
            day.statuses().await[2..],
            ["All: Job Running (RUNNING)".to_owned(), format!("Later: {waits}")]
        );
        assert_eq!(day.resources().await, ["TAPE: 2 of 2"]);
        let key = day.key(2, 1).await;
        day.world.fake.end(&key, ended(0));
        day.settle().await;
        assert_eq!(day.statuses().await[3], "Later: Job Running (RUNNING)");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_waits_until_its_threshold_has_the_value() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let waits = |value: i32| {
            let of = format!(
                r#", "thresholds": [{{"threshold": "ROWS", "operator": "ge", "value": {value}}}]"#
            );
            task("", &of)
        };
        let jobs = format!(r#"{{"Has": {}, "Waits": {}}}"#, waits(3), waits(4));
        let mut day = built_with(world, 0, LIMITS, &jobs).await;
        day.settle().await;
        assert_eq!(
            day.statuses().await[1..],
            ["Has: Finished OK", "Waits: Wait Threshold/Resource Dependency"]
        );
        day.set_threshold("ROWS", 4).await;
        day.settle().await;
        assert_eq!(day.statuses().await[2], "Waits: Finished OK");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_waits_until_its_expression_is_true() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let jobs =
            format!(r#"{{"J": {}}}"#, task("", r#", "expression": "ToInt([[TH.ROWS]]) > 3""#));
        let mut day = built_with(world, 0, LIMITS, &jobs).await;
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Wait Expression Dependency");
        day.set_threshold("ROWS", 4).await;
        day.until("2026-11-23T04:01:00Z").await;
        assert_eq!(day.statuses().await[1], "J: Finished OK");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_changes_a_threshold_at_its_moment_and_who_waits_for_it_goes_on() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let update = |on: &str, change: &str| {
            format!(r#", "threshold_updates": [{{"on": "{on}", "threshold": "ROWS", {change}}}]"#)
        };
        let waits = r#", "thresholds": [{"threshold": "ROWS", "operator": "eq", "value": 5}]"#;
        let jobs = format!(
            r#"{{"Two": {}, "Waits": {}, "Fails": {}}}"#,
            task("", &update("finished_ok", r#""change": {"add": 2}"#)),
            task("", waits),
            task(
                r#", "start": "04:01""#,
                &update("start_attempted", r#""change": {"add": 2147483647}"#)
            )
        );
        let mut day = built_with(world, 0, LIMITS, &jobs).await;
        day.until("2026-11-23T04:02:00Z").await;
        assert_eq!(
            day.statuses().await[1..],
            ["Two: Finished OK", "Waits: Finished OK", "Fails: On Hold"]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_run_beside_a_job_goes_on_when_its_start_never_arrived() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let jobs = format!(
            r#"{{"J": {}, "K": {}}}"#,
            task("", r#", "thresholds": [{"threshold": "ROWS", "operator": "eq", "value": 3}]"#),
            task("", r#", "depends_on": [{"conflict": {"job": "J"}}]"#)
        );
        let mut day = built_with(world, 0, LIMITS, &jobs).await;
        heartbeat(&day.world.app).await.unwrap();
        for _ in 0..3 {
            advance(&day.world.app).await.unwrap();
        }
        assert_eq!(
            day.statuses().await,
            ["S: In Process", "J: Start Attempted", "K: Wait Job Conflict"]
        );
        // The start was not sent, and when that is known the job may not start any more.
        day.set_threshold("ROWS", 4).await;
        day = day.next_life().await;
        day.until("2026-11-23T04:01:00Z").await;
        let waits = "J: Wait Threshold/Resource Dependency";
        assert_eq!(day.statuses().await, ["S: In Process", waits, "K: Finished OK"]);
    }
}
