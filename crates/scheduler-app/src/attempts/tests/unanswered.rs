//! Starts without an answer: after five minutes that is said, once, and nothing else becomes of them.

use connector::StartTask;
use connector::fake::{AtStart, Plan};
use jiff::Timestamp;

use crate::Caller;
use crate::advance::advance;
use crate::agents::heartbeat;
use crate::events::perform;
use crate::messages::undelivered;
use crate::testing::day::{Day, built_with, task};
use crate::testing::{World, worlds};

const TOLD: &str = r#""thresholds": {"UNANSWERED": {"value": 0}},
    "notifications": {"G": {"about": "all_jobs", "triggers": [
        {"on": "job_still_attempting", "actions": [{"log": {"message": "[[$JOB NAME]] has no answer"}}]}]}}"#;

const FIRES: &str = r#", "events": [{"trigger": {"job_status": "job_still_attempting_start"}, "event": "$THRESHOLD:SET,UNANSWERED,1"}]"#;

/// A day with a job that is sent and whose agent does not answer before the day goes on.
async fn sent(world: World) -> Day {
    world.fake.plan_all(|_: &StartTask| Plan::until_told().at_start(AtStart::LosesReply));
    let jobs = format!(r#"{{"J": {}}}"#, task("", FIRES));
    let mut day = built_with(world, 0, TOLD, &jobs).await;
    heartbeat(&day.world.app).await.unwrap();
    while advance(&day.world.app).await.unwrap().steps > 0 {}
    day.take_up().await;
    day
}

/// What becomes of its job by an instant, from the time alone.
async fn at(day: &Day, instant: &str) -> String {
    day.world.clock.set(instant.parse::<Timestamp>().unwrap());
    while advance(&day.world.app).await.unwrap().steps > 0 {}
    while perform(&day.world.app).await.unwrap() > 0 {}
    day.statuses().await.remove(1)
}

/// How often it was told, and what the event has done.
async fn told(day: &Day) -> (usize, Vec<String>) {
    let messages = undelivered(&day.world.app, &Caller::local("anna")).await.unwrap();
    let audit = day.audit().await.into_iter();
    (messages.len(), audit.filter(|line| line.contains("UNANSWERED")).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_without_an_answer_for_five_minutes_is_still_attempted_and_that_is_told_once() {
    for world in worlds().await {
        let mut day = sent(world).await;
        assert_eq!(at(&day, "2026-11-23T04:04:59.999999Z").await, "J: Start Attempted");
        assert_eq!(told(&day).await, (0, Vec::new()));
        for after in ["2026-11-23T04:05:00Z", "2026-11-23T04:30:00Z"] {
            assert_eq!(at(&day, after).await, "J: Still Attempting Start", "{after}");
            let (messages, events) = told(&day).await;
            assert_eq!((messages, events.len()), (1, 1), "{events:?}");
        }
        // The answer was lost. It is looked for, and is there.
        day.until("2026-11-23T05:00:00Z").await;
        assert_eq!(day.statuses().await[1], "J: Job Running (RUNNING)");
        assert_eq!(told(&day).await.0, 1);
        assert_eq!(day.world.fake.started_twice(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_was_unanswered_when_the_scheduler_was_killed_is_still_attempted_in_its_next_life()
 {
    for world in worlds().await {
        let day = sent(world).await;
        at(&day, "2026-11-23T04:03:00Z").await;
        let day = day.next_life().await;
        assert_eq!(at(&day, "2026-11-23T04:04:59Z").await, "J: Start Attempted");
        assert_eq!(at(&day, "2026-11-23T04:05:00Z").await, "J: Still Attempting Start");
        assert_eq!(told(&day).await.0, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_its_agent_has_and_has_not_begun_was_answered_however_long_that_takes() {
    for world in worlds().await {
        world.fake.stand_for("Command");
        world.fake.plan_all(|_: &StartTask| Plan::until_told().waiting("QUEUED", None));
        let job = r#"{"J": {"run": {"command": {"line": "load", "pre_run": {"line": "check"}}}, "runs_on": {"agents": ["C"]},
            "frequencies": [{"use": "Daily"}]}}"#;
        let more = format!(r#""agents": {{"C": {{"connection": {{"command": {{}}}}}}}}, {TOLD}"#);
        world.build(&format!(r#"{more}, "schedules": {{"S": {{"jobs": {job}}}}}"#)).await;
        let mut day = Day::of(world);
        day.until("2026-11-23T04:10:00Z").await;
        assert_eq!(day.statuses().await[1], "J: Start Attempted (QUEUED)");
        assert_eq!(told(&day).await, (0, Vec::new()));
    }
}
