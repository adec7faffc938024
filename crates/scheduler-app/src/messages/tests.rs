//! Who is told of what, and what becomes of messages.

mod commands;
mod escalations;
mod triggers;

use std::sync::Arc;
use std::time::Duration;

use connector::StartTask;
use connector::fake::Plan;
use notification::{Senders, Settings};
use scheduler_store::message::{self, Message};

use super::{KINDS, Sent, deliver};
use crate::App;
use crate::testing::day::{Day, built_with, task};
use crate::testing::worlds;

const GROUPS: &str = r#""thresholds": {}, "properties": {"ON_CALL": {"value": "ops@example.com"}},
    "notifications": {
        "Failures": {"about": {"jobs": [{"schedule": "S", "job": "Bad"}]}, "triggers": [{"on": "job_failed", "actions": [
            {"email": {"to": ["[[ON_CALL]]"], "subject": "[[$JOB NAME]] failed", "message": "code [[$JOB TERMINATION]]"}},
            {"log": {"message": "[[$JOB NAME]] failed"}}]}]},
        "Days": {"about": "all_schedules", "triggers": [{"on": "schedule_completed", "actions": [
            {"webhook": {"url": "http://127.0.0.1:1/hook", "message": "[[$SCHEDULE NAME]] is over"}}]}]},
        "Others": {"about": {"jobs": [{"schedule": "S", "job": "Good"}]}, "triggers": [{"on": "job_failed", "actions": [
            {"log": {"message": "never"}}]}]}
    }"#;

/// Sends what is due of every kind.
pub(super) async fn deliver_all(app: &App) -> Sent {
    let mut all = Sent::default();
    for kind in KINDS {
        let sent = deliver(app, kind).await.unwrap();
        all.tried += sent.tried;
        all.next = [all.next, sent.next].into_iter().flatten().min();
    }
    all
}

pub(super) async fn waiting(day: &Day) -> Vec<Message> {
    let read =
        day.world.app.db().read(|tx| Box::pin(async move { message::undelivered(tx, 99).await }));
    read.await.unwrap()
}

/// A day with a job that fails and one that does not, after everything has happened.
async fn a_day(world: crate::testing::World) -> Day {
    world
        .fake
        .plan_all(|start: &StartTask| Plan::ends_after(1, i32::from(start.name.ends_with("Bad"))));
    let jobs = format!(r#"{{"Bad": {}, "Good": {}}}"#, task("", ""), task("", ""));
    let mut day = built_with(world, 0, GROUPS, &jobs).await;
    day.settle().await;
    day
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_told_of_what_they_are_about_with_the_values_of_the_moment() {
    for world in worlds().await {
        let day = a_day(world).await;
        let all = waiting(&day).await;
        let kinds: Vec<&str> = all.iter().map(|each| each.kind.as_str()).collect();
        assert_eq!(kinds, ["email", "log", "webhook"]);
        let mail: serde_json::Value = serde_json::from_str(&all[0].body).unwrap();
        assert_eq!(mail["email"]["to"], serde_json::json!(["ops@example.com"]));
        assert_eq!(mail["email"]["subject"], "Bad failed");
        assert_eq!(mail["email"]["message"], "code 1");
        assert_eq!(all[1].body, "Bad failed");
        let hook: serde_json::Value = serde_json::from_str(&all[2].body).unwrap();
        assert_eq!(hook["webhook"]["body"]["data"]["message"], "S is over");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_wait_for_a_server_that_is_away_and_are_given_up_after_days() {
    for world in worlds().await {
        let day = a_day(world).await;
        kit::tls::install_provider();
        let clock = day.world.clock.shared();
        let mut settings = Settings::default();
        settings.webhooks.private_addresses = true;
        day.world.app.set_senders(Senders::open(&settings, Arc::clone(&clock)).unwrap());
        // The line of the log is written; nobody listens for the webhook, and there is no mail server.
        let sent = deliver_all(&day.world.app).await;
        assert_eq!(sent.tried, 3);
        let all = waiting(&day).await;
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|each| each.tries == 1 && each.last_error.is_some()), "{all:?}");
        assert!(sent.next.is_some_and(|next| next > day.world.app.now()));
        assert_eq!(deliver_all(&day.world.app).await.tried, 0);
        day.world.clock.advance(Duration::from_secs(4 * 86_400));
        assert_eq!(deliver_all(&day.world.app).await.tried, 2);
        assert_eq!(waiting(&day).await, []);
    }
}
