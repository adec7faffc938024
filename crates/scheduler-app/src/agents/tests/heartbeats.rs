//! From when an agent counts as lost. It is asked anew when its interval has passed since the question that it answered last, and the
//! first answer that does not come, or says no, counts: until then it is as it was before, and nobody has noticed.

use jiff::Timestamp;

use super::agents;
use crate::testing::day::{Day, built, built_with, task};
use crate::testing::worlds;
use connector::StartTask;
use connector::call::CallKind;
use connector::fake::Plan;

const HERE: &str = r#"A Fake full communicating "" 0 of 0 [] []"#;
const LOST: &str = r#"A Fake full not_responding "the agent A of the fake cannot be reached, as a test has said" 0 of 0 [] []"#;

/// Everything that is due at an instant is done.
async fn at(day: &mut Day, instant: &str) {
    day.world.clock.set(instant.parse::<Timestamp>().unwrap());
    day.settle().await;
}

/// What is known of the agent, and how often it was asked.
async fn known(day: &Day) -> (Vec<String>, usize) {
    (agents(day).await, day.world.fake.count_calls(CallKind::Heartbeat))
}

fn is(how: &str, asked: usize) -> (Vec<String>, usize) {
    (vec![how.to_owned()], asked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_counts_as_it_did_for_119_seconds_after_its_last_answer_and_is_lost_at_120() {
    for world in worlds().await {
        let mut day = built(world, 0, "{}").await;
        day.settle().await;
        assert_eq!(known(&day).await, is(HERE, 1));
        day.world.fake.set_reachable(false);
        for before in ["2026-11-23T04:01:59Z", "2026-11-23T04:01:59.999999Z"] {
            at(&mut day, before).await;
            assert_eq!(known(&day).await, is(HERE, 1), "{before}");
        }
        at(&mut day, "2026-11-23T04:02:00Z").await;
        assert_eq!(known(&day).await, is(LOST, 2));
        // It comes back in the same way.
        day.world.fake.set_reachable(true);
        at(&mut day, "2026-11-23T04:03:59Z").await;
        assert_eq!(known(&day).await, is(LOST, 2));
        at(&mut day, "2026-11-23T04:04:00Z").await;
        assert_eq!(known(&day).await, is(HERE, 3));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_with_an_interval_of_its_own_is_lost_when_that_has_passed() {
    for world in worlds().await {
        let agent = r#""agents": {"A": {"connection": {"plug_in": {"integration": "Fake"}}, "check_status_seconds": 15}}"#;
        world.build(agent).await;
        let mut day = Day::of(world);
        day.settle().await;
        at(&mut day, "2026-11-23T04:00:15Z").await;
        assert_eq!(known(&day).await, is(HERE, 2));
        day.world.fake.set_reachable(false);
        at(&mut day, "2026-11-23T04:00:29Z").await;
        assert_eq!(known(&day).await, is(HERE, 2));
        at(&mut day, "2026-11-23T04:00:30Z").await;
        assert_eq!(known(&day).await, is(LOST, 3));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_sent_to_an_agent_that_counts_and_wait_for_one_that_is_lost() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let jobs = format!(
            r#"{{"Before": {}, "After": {}}}"#,
            task(r#", "start": "04:01""#, ""),
            task(r#", "start": "04:03""#, "")
        );
        let mut day = built_with(world, 0, r#""thresholds": {}"#, &jobs).await;
        day.settle().await;
        day.world.fake.set_reachable(false);
        at(&mut day, "2026-11-23T04:01:59Z").await;
        assert_eq!(
            day.statuses().await[1..],
            ["Before: Start Attempted", "After: Wait Start Time"]
        );
        at(&mut day, "2026-11-23T04:02:00Z").await;
        at(&mut day, "2026-11-23T04:03:00Z").await;
        assert_eq!(day.statuses().await[1..], ["Before: Start Attempted", "After: Wait Machine"]);
        day.world.fake.set_reachable(true);
        at(&mut day, "2026-11-23T04:03:59Z").await;
        assert_eq!(day.statuses().await[2], "After: Wait Machine");
        at(&mut day, "2026-11-23T04:04:00Z").await;
        assert_eq!(day.statuses().await[2], "After: Job Running (RUNNING)");
        assert_eq!(day.world.fake.started_twice(), []);
    }
}
