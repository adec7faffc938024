//! Texts of jobs are resolved when they are sent.

use std::sync::{Arc, Mutex};

use connector::StartTask;
use connector::fake::Plan;

use crate::testing::day::{Day, built_with};
use crate::testing::{World, worlds};

const MORE: &str = r#""properties": {"SITE": {"value": "zrh"}, "PATH": {"value": "/data/[[SITE]]"}, "PIN": {"encrypted": true}},
    "thresholds": {"ROWS": {"value": 7}}"#;

/// Runs a job with these settings and says what arrived, or why it was not sent.
async fn sent(world: World, settings: &str) -> (Day, Vec<String>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    world.fake.plan_all(move |start: &StartTask| {
        let text = start.fields.get("text").and_then(|text| text.as_str()).unwrap_or("-");
        into.lock().unwrap().push(text.to_owned());
        Plan::ends_after(1, 0)
    });
    let jobs = format!(
        r#"{{"J": {{"run": {{"plug_in": {{"integration": "Fake", "task_type": "fake", "settings": {settings}}}}},
            "runs_on": {{"agents": ["A"]}}, "properties": {{"FILE": "[[PATH]]/in"}},
            "frequencies": [{{"use": "Daily"}}]}}}}"#
    );
    let mut day = built_with(world, 0, MORE, &jobs).await;
    day.settle().await;
    let seen = seen.lock().unwrap().clone();
    (day, seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_every_scope_have_their_values_when_a_job_is_sent() {
    for (text, expected) in [
        ("[[SITE]]", "zrh"),
        ("load [[JI.FILE]]", "load /data/zrh/in"),
        ("[[TH.ROWS]] rows", "7 rows"),
        ("[[$SCHEDULE DATE]] of [[$SCHEDULE NAME]]", "23-Nov-2026 of S"),
        ("[[$JOB NAME]]", "J"),
        ("[[=2 * 3]]", "6"),
    ] {
        for world in worlds().await {
            let (day, seen) = sent(world, &format!(r#"{{"text": "{text}"}}"#)).await;
            assert_eq!(seen, [expected], "{text}: {:?}", day.outcomes().await);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_without_a_value_refuses_the_start_and_says_which_field() {
    for world in worlds().await {
        let (day, seen) = sent(world, r#"{"text": "fine", "more": ["[[PIN]]"]}"#).await;
        assert_eq!(seen, Vec::<String>::new());
        let outcomes = day.outcomes().await;
        assert!(
            outcomes[0].starts_with("J not_started: Initialization Error: more[0]: ")
                && outcomes[0].contains("PIN"),
            "{outcomes:?}"
        );
    }
}
