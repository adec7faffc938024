//! Who is told of agents, and who follows while nobody acknowledges.

use std::time::Duration;

use connector::fake::{Fake, Plan};
use connector::{Communication as Answer, StartTask};
use scheduler_core::action::Privilege;
use scheduler_store::{daily_schedule, message};

use crate::agents::{Communication, heartbeat, set_communication};
use crate::messages::{acknowledge, escalate, escalations, forget_escalations, undelivered};
use crate::testing::day::{Day, built_with, task};
use crate::testing::worlds;
use crate::{Caller, Error};

fn anna() -> Caller {
    Caller::local("anna")
}

/// The lines for the log that wait, which are taken away.
async fn lines(day: &Day) -> Vec<String> {
    let read = day.world.app.db().write(|tx| {
        Box::pin(async move {
            let mut lines = Vec::new();
            for each in message::undelivered(tx, 99).await? {
                message::remove(tx, each.id).await?;
                lines.push(each.body);
            }
            Ok::<_, sql::Error>(lines)
        })
    });
    read.await.unwrap()
}

async fn minutes(day: &mut Day, minutes: u64) {
    day.world.clock.advance(Duration::from_secs(60 * minutes));
    escalate(&day.world.app).await.unwrap();
    day.settle().await;
}

const AGENTS: &str = r#""thresholds": {}, "notifications": {"Agents": {"about": "all_agents", "triggers": [
    {"on": "agent_network_down", "actions": [{"log": {"message": "[[$MACHINE NAME]] is away: [[MI.$MACHINE NET STATUS]]"}}]},
    {"on": "agent_network_up", "actions": [{"log": {"message": "[[$MACHINE NAME]] is back"}}]},
    {"on": "agent_marked_limited", "actions": [{"log": {"message": "[[$MACHINE NAME]] is limited"}}]},
    {"on": "agent_marked_up", "actions": [{"log": {"message": "[[$MACHINE NAME]] is marked up"}}]}]}}"#;

fn away(fake: &Fake) {
    fake.set_communication(Answer::NotCommunicating { why: "the door is shut".to_owned() });
}

fn back(fake: &Fake) {
    let (version, warnings) = ("1".to_owned(), Vec::new());
    fake.set_communication(Answer::Communicating { version, warnings });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_told_once_that_an_agent_is_lost_and_once_that_it_is_back() {
    for world in worlds().await {
        let mut day = built_with(world, 0, AGENTS, "{}").await;
        day.settle().await;
        assert_eq!(lines(&day).await, [""; 0], "its first answer is no news");
        away(&day.world.fake);
        for _ in 0..3 {
            day.world.clock.advance(Duration::from_secs(600));
            day.settle().await;
        }
        assert_eq!(lines(&day).await, ["A is away: not_responding"]);
        // Whoever switches it off and on again, or starts the scheduler anew, has no news of the network.
        let app = &day.world.app;
        for communication in [Communication::Limited, Communication::Full] {
            set_communication(app, &anna(), "A", communication, None).await.unwrap();
        }
        let mut day = day.next_life().await;
        day.settle().await;
        assert_eq!(lines(&day).await, ["A is limited", "A is marked up"]);
        back(&day.world.fake);
        day.world.clock.advance(Duration::from_secs(600));
        heartbeat(&day.world.app).await.unwrap();
        day.settle().await;
        assert_eq!(lines(&day).await, ["A is back"]);
    }
}

const STEPS: &str = r#""thresholds": {}, "notifications": {
    "First": {"about": {"jobs": [{"schedule": "S", "job": "Bad"}]},
        "triggers": [{"on": "job_failed", "actions": [{"log": {"message": "first, number [[$NOTIFYID]]"}}]}],
        "escalation": [{"group": "Boss", "after_minutes": 5, "attempts": 2}, {"group": "Mute", "after_minutes": 5}]},
    "Boss": {"about": {"jobs": []}, "triggers": [
        {"on": "job_failed", "actions": [{"log": {"message": "boss: [[$JOB NAME]]"}}]},
        {"on": "job_finished_ok", "actions": [{"log": {"message": "never"}}]}]},
    "Mute": {"about": "all_agents", "triggers": []}
}"#;

async fn escalating(world: crate::testing::World) -> Day {
    world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 1));
    let jobs = format!(r#"{{"Bad": {}}}"#, task("", ""));
    let mut day = built_with(world, 0, STEPS, &jobs).await;
    day.settle().await;
    assert_eq!(lines(&day).await, ["first, number 1"]);
    day
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_follow_in_their_time_until_there_are_none_and_whatever_is_killed() {
    for world in worlds().await {
        let mut day = escalating(world).await;
        minutes(&mut day, 4).await;
        assert_eq!(lines(&day).await, [""; 0]);
        // What is missed while the scheduler is down is told once.
        let mut day = day.next_life().await;
        minutes(&mut day, 30).await;
        assert_eq!(lines(&day).await, ["boss: Bad"]);
        minutes(&mut day, 0).await;
        assert_eq!(lines(&day).await, [""; 0]);
        minutes(&mut day, 5).await;
        assert_eq!(lines(&day).await, ["boss: Bad"]);
        let open = escalations(&day.world.app, &anna(), false).await.unwrap();
        let shown: Vec<_> =
            open.iter().map(|of| (of.state, of.group.as_str(), of.trigger.as_str())).collect();
        assert_eq!(shown, [("waiting", "First", "job_failed")]);
        assert_eq!(open[0].subject, "2026-11-23/S/Bad");
        // The last group has nothing to say.
        minutes(&mut day, 5).await;
        assert_eq!(lines(&day).await, [""; 0]);
        let open = escalations(&day.world.app, &anna(), false).await.unwrap();
        assert_eq!((open[0].state, open[0].due_at), ("exhausted", None));
        assert_eq!(forget_escalations(&day.world.app).await.unwrap(), 0);
        day.world.clock.advance(Duration::from_secs(15 * 86_400));
        assert_eq!(forget_escalations(&day.world.app).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_escalation_goes_on_when_its_schedule_has_been_deleted() {
    for world in worlds().await {
        let mut day = escalating(world).await;
        let write = day.world.app.db().write(|tx| {
            Box::pin(async move { daily_schedule::delete(tx, "2026-11-23", "S").await })
        });
        write.await.unwrap();
        minutes(&mut day, 5).await;
        assert_eq!(lines(&day).await, ["boss: Bad"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_follows_once_somebody_has_acknowledged() {
    for world in worlds().await {
        let mut day = escalating(world).await;
        minutes(&mut day, 5).await;
        assert_eq!(lines(&day).await, ["boss: Bad"]);
        let app = day.world.app.clone();
        let nobody = Caller::with("bert", vec![Privilege::Machines]);
        let refused = acknowledge(&app, &nobody, 1, None).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
        acknowledge(&app, &anna(), 1, Some("I look")).await.unwrap();
        let again = acknowledge(&app, &anna(), 1, None).await.unwrap_err().to_string();
        assert_eq!(again, "local:anna has acknowledged it already");
        let unknown = acknowledge(&app, &anna(), 2, None).await.unwrap_err().to_string();
        assert!(unknown.starts_with("there is no escalation `2`"), "{unknown}");
        minutes(&mut day, 60).await;
        assert_eq!(lines(&day).await, [""; 0]);
        assert_eq!(escalations(&app, &anna(), false).await.unwrap(), []);
        let all = escalations(&app, &anna(), true).await.unwrap();
        assert_eq!(
            (all[0].state, all[0].acknowledged_by.as_deref()),
            ("acknowledged", Some("local:anna"))
        );
        assert!(
            day.audit().await.contains(
                &"local:anna escalation.acknowledge 1: 2026-11-23/S/Bad: - to -".to_owned()
            )
        );
        assert_eq!(undelivered(&app, &anna()).await.unwrap(), []);
    }
}
