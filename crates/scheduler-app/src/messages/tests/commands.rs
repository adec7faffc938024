//! Command lines of notifications.

use std::time::Duration;

use connector::StartTask;
use connector::call::Call;
use connector::fake::{Plan, Recorded, ended};

use super::deliver_all;
use crate::Caller;
use crate::agents::{Communication, set_communication};
use crate::messages::undelivered;
use crate::testing::day::{Day, task};
use crate::testing::{World, worlds};

const COMMAND: &str = r#""thresholds": {}, "notifications": {"Failures": {"about": {"jobs": [{"schedule": "S", "job": "Bad"}]},
    "triggers": [{"on": "job_failed", "actions": [{"command": {"agent": "C", "line": "tell [[$JOB NAME]]"}}]}]}}"#;

async fn waits(day: &Day) -> Vec<String> {
    let anna = Caller::local("anna");
    let all = undelivered(&day.world.app, &anna).await.unwrap();
    all.into_iter().map(|each| format!("{} {}", each.kind, each.why.unwrap_or_default())).collect()
}

/// Sends what is due, some seconds later.
async fn later(day: &Day) {
    day.world.clock.advance(Duration::from_secs(600));
    deliver_all(&day.world.app).await;
}

/// The commands that were started.
fn commands(day: &Day) -> Vec<StartTask> {
    let start = |recorded: Recorded| match recorded.call {
        Call::Start(start) if start.task_type == "command" => Some(start),
        _ => None,
    };
    day.world.fake.calls().into_iter().filter_map(start).collect()
}

/// A day whose failed job is told of by a command on the agent `C`.
async fn failed(world: World) -> Day {
    world.fake.stand_for("Command");
    world.fake.plan_all(|start: &StartTask| match start.task_type.as_str() {
        "command" => Plan::until_told(),
        _ => Plan::ends_after(1, 1),
    });
    world
        .build(&format!(
            r#""agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}}},
                "C": {{"connection": {{"command": {{}}}}}}}}, {COMMAND},
            "schedules": {{"S": {{"jobs": {{"Bad": {}}}}}}}"#,
            task("", "")
        ))
        .await;
    let mut day = Day::of(world);
    day.settle().await;
    day
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_on_the_machine_of_a_dead_process_waits_for_it() {
    for world in worlds().await {
        world.fake.set_local(true);
        let day = failed(world).await;
        later(&day).await;
        // The process has sent it, and is killed before it can store that.
        let other = day.world.beside("other").await;
        day.world.clock.advance(Duration::from_secs(600));
        deliver_all(&other).await;
        assert_eq!(commands(&day).len(), 0, "it may run on the other machine already");
        let day = day.next_life().await;
        later(&day).await;
        let start = commands(&day).remove(0);
        day.world.clock.advance(Duration::from_secs(600));
        deliver_all(&other).await;
        assert_eq!(waits(&day).await, ["command it runs on the agent `C`"]);
        day.world.fake.end(&start.attempt, ended(0));
        later(&day).await;
        assert_eq!((waits(&day).await, commands(&day).len()), (Vec::new(), 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_run_once_however_often_the_scheduler_is_killed_and_its_end_is_awaited() {
    for world in worlds().await {
        let day = failed(world).await;
        let app = day.world.app.clone();
        let anna = Caller::local("anna");
        set_communication(&app, &anna, "C", Communication::Disabled, None).await.unwrap();
        later(&day).await;
        assert_eq!(
            waits(&day).await,
            ["command communication with the agent `C` is disabled; an operator can enable it"]
        );
        set_communication(&app, &anna, "C", Communication::Full, None).await.unwrap();
        later(&day).await;
        assert_eq!(
            (waits(&day).await, commands(&day).len()),
            (vec!["command it is sent to the agent `C`".to_owned()], 0)
        );
        // The answer to the start is lost: it is looked for, in another life too, and not started again.
        day.world.fake.lose_replies(1);
        let day = day.next_life().await;
        later(&day).await;
        assert_eq!(commands(&day).len(), 1);
        let day = day.next_life().await;
        later(&day).await;
        assert_eq!(
            (waits(&day).await, commands(&day).len()),
            (vec!["command it runs on the agent `C`".to_owned()], 1)
        );
        let start = commands(&day).remove(0);
        assert_eq!(start.fields["line"], "tell Bad");
        day.world.fake.end(&start.attempt, ended(3));
        later(&day).await;
        assert_eq!((waits(&day).await, commands(&day).len()), (Vec::new(), 1));
    }
}
