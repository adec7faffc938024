//! Thresholds and resources: what waits for them, what takes them, what gives them back.

use connector::StartTask;
use connector::fake::{Plan, ended};
use scheduler_core::action::Action;
use scheduler_core::job::SubscheduleRestart;

use crate::Caller;
use crate::advance::advance;
use crate::agents::heartbeat;
use crate::operate::job;
use crate::testing::day::{Day, built_with, task};
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

/// An event of its own start, which is performed before the start is sent.
const BEGINS: &str = r#", "events": [{"trigger": {"job_status": "start_attempted"}, "event": "$THRESHOLD:SET,ROWS,5"}]"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_are_given_back_by_a_job_whose_start_had_events() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let take = r#", "resources": [{"resource": "TAPE", "take": {"units": 2}}]"#;
        let refused = BEGINS.replace("ROWS", "[[WHERE]]");
        let jobs = format!(
            r#"{{"Refused": {}, "Runs": {}, "Waits": {}}}"#,
            task(r#", "priority": 9"#, &format!("{take}{refused}")),
            task(r#", "priority": 5"#, &format!("{take}{BEGINS}")),
            task("", take)
        );
        let more = format!(r#"{LIMITS}, "properties": {{"WHERE": {{"value": "NONE"}}}}"#);
        let mut day = built_with(world, 0, &more, &jobs).await;
        day.settle().await;
        assert_eq!(
            day.statuses().await[1..],
            [
                "Refused: On Hold",
                "Runs: Job Running (RUNNING)",
                "Waits: Wait Threshold/Resource Dependency"
            ]
        );
        assert_eq!(day.resources().await, ["TAPE: 2 of 2"]);
        let key = day.key(2, 1).await;
        day.world.fake.end(&key, ended(0));
        day.settle().await;
        assert_eq!(day.statuses().await[3], "Waits: Job Running (RUNNING)");
        let key = day.key(3, 1).await;
        day.world.fake.end(&key, ended(0));
        day.settle().await;
        assert_eq!(day.resources().await, ["TAPE: 0 of 2"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_does_not_start_beside_one_whose_start_events_are_performed() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let jobs = format!(
            r#"{{"J": {}, "K": {}}}"#,
            task(r#", "priority": 9"#, BEGINS),
            task(r#", "start": "04:01""#, r#", "depends_on": [{"conflict": {"job": "J"}}]"#)
        );
        let mut day = built_with(world, 0, LIMITS, &jobs).await;
        heartbeat(&day.world.app).await.unwrap();
        for at in ["2026-11-23T04:00:00Z", "2026-11-23T04:01:01Z"] {
            day.world.clock.set(at.parse().unwrap());
            for _ in 0..3 {
                advance(&day.world.app).await.unwrap();
            }
        }
        assert_eq!(
            day.statuses().await,
            ["S: In Process", "J: Attempt to Start", "K: Wait Job Conflict"]
        );
        day.settle().await;
        assert_eq!(day.statuses().await[1..], ["J: Job Running (RUNNING)", "K: Wait Job Conflict"]);
        let key = day.key(1, 1).await;
        day.world.fake.end(&key, ended(0));
        day.settle().await;
        assert_eq!(day.statuses().await[2], "K: Job Running (RUNNING)");
    }
}

/// `All` keeps `Later` away from the tape while `One` has it, and then does not want it any more.
async fn locked(world: crate::testing::World) -> Day {
    world.fake.plan_all(|_: &StartTask| Plan::until_told());
    let jobs = format!(
        r#"{{"One": {}, "All": {}, "Later": {}}}"#,
        takes(r#"{"units": 1}"#, r#", "priority": 9"#),
        takes(r#""all""#, r#", "priority": 5"#),
        takes(r#"{"units": 1}"#, r#", "start": "04:01""#)
    );
    let mut day = built_with(world, 0, LIMITS, &jobs).await;
    day.until("2026-11-23T04:02:00Z").await;
    day
}

async fn ask(day: &Day, action: Action) {
    let caller = Caller::local("anna");
    job(&day.world.app, &caller, 2, action, SubscheduleRestart::Leave, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_cancelled_keeps_nobody_away() {
    for world in worlds().await {
        let mut day = locked(world).await;
        ask(&day, Action::Cancel).await;
        day.settle().await;
        assert_eq!(day.statuses().await[3], "Later: Job Running (RUNNING)");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_on_hold_keeps_others_away_for_two_minutes() {
    for world in worlds().await {
        let mut day = locked(world).await;
        ask(&day, Action::Hold).await;
        let key = day.key(1, 1).await;
        day.world.fake.end(&key, ended(0));
        day.settle().await;
        assert_eq!(day.statuses().await[3], "Later: Wait Threshold/Resource Dependency");
        day.until("2026-11-23T04:04:30Z").await;
        assert_eq!(day.statuses().await[2..], ["All: On Hold", "Later: Job Running (RUNNING)"]);
    }
}

/// The definitions of a day with other sections.
async fn define(day: &Day, more: &str, jobs: &str) {
    let agents = r#""agents": {"A": {"connection": {"plug_in": {"integration": "Fake"}}}}"#;
    let schedules = format!(r#""schedules": {{"S": {{"jobs": {jobs}}}}}"#);
    day.world.define(&format!("{agents}, {more} {schedules}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_that_jobs_hold_are_counted_also_while_their_resource_is_not_defined() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let takes = r#", "resources": [{"resource": "TAPE", "take": {"units": 2}}]"#;
        let jobs = format!(r#"{{"J": {}, "K": {}}}"#, task("", takes), task("", takes));
        let tape = r#""resources": {"TAPE": {"units": 3}}"#;
        let mut day = built_with(world, 0, tape, &jobs).await;
        day.settle().await;
        assert_eq!(day.resources().await, ["TAPE: 2 of 3"]);
        let without = format!(r#"{{"J": {}, "K": {}}}"#, task("", ""), task("", ""));
        define(&day, "", &without).await;
        define(&day, &format!("{tape},"), &jobs).await;
        day.settle().await;
        assert_eq!(day.resources().await, ["TAPE: 2 of 3"]);
        assert_eq!(day.world.fake.tasks().len(), 1, "the other one waits still");
        day.world.fake.end(&day.key(1, 1).await, ended(0));
        day.settle().await;
        assert_eq!(day.resources().await, ["TAPE: 2 of 3"]);
        define(&day, "", &without).await;
        day.world.fake.end(&day.key(2, 1).await, ended(0));
        day.settle().await;
        assert_eq!(day.statuses().await[0], "S: Completed");
        // What nobody holds goes with the next definitions.
        define(&day, r#""properties": {"P": {"value": "1"}},"#, &without).await;
        assert_eq!(day.resources().await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_threshold_goes_on_when_that_goes_or_comes() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let needs = |value: i32| {
            format!(
                r#", "thresholds": [{{"threshold": "ROWS", "operator": "eq", "value": {value}}}]"#
            )
        };
        let jobs =
            format!(r#"{{"Zero": {}, "Nine": {}}}"#, task("", &needs(0)), task("", &needs(9)));
        let mut day = built_with(world, 0, LIMITS, &jobs).await;
        day.settle().await;
        let waits = "Wait Threshold/Resource Dependency";
        assert_eq!(day.statuses().await[1..], [format!("Zero: {waits}"), format!("Nine: {waits}")]);
        let without = format!(r#"{{"Zero": {}, "Nine": {}}}"#, task("", ""), task("", ""));
        define(&day, "", &without).await;
        day.settle().await;
        assert_eq!(
            day.statuses().await[1..],
            ["Zero: Finished OK".to_owned(), format!("Nine: {waits}")]
        );
        define(&day, r#""thresholds": {"ROWS": {"value": 9}},"#, &without).await;
        day.settle().await;
        assert_eq!(day.statuses().await[1..], ["Zero: Finished OK", "Nine: Finished OK"]);
    }
}
