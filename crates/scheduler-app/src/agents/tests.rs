//! What agents may do, who uses them, and how they are listed.

use connector::call::CallKind;
use connector::fake::{Plan, ended};
use connector::{Communication as Answer, StartTask};
use scheduler_core::action::Privilege;

use super::{Communication, heartbeat, integrations, list, set_communication};
use crate::definitions::{apply, export};
use crate::testing::day::{Day, built, task};
use crate::testing::worlds;
use crate::{Caller, Error};

mod heartbeats;
mod plugged;

fn anna() -> Caller {
    Caller::local("anna")
}

async fn become_(day: &Day, communication: Communication) {
    let reason = Some("maintenance");
    set_communication(&day.world.app, &anna(), "A", communication, reason).await.unwrap();
}

async fn agents(day: &Day) -> Vec<String> {
    let all = list(&day.world.app, &anna()).await.unwrap();
    all.into_iter()
        .map(|each| {
            format!(
                "{} {} {} {} {:?} {} of {} {:?} {:?}",
                each.name,
                each.integration,
                each.communication,
                each.status,
                each.why,
                each.running,
                each.max_jobs,
                each.groups,
                each.warnings
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limited_agent_follows_its_jobs_and_starts_none() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let mut day =
            built(world, 1, &format!(r#"{{"J": {}, "K": {}}}"#, task("", ""), task("", ""))).await;
        day.settle().await;
        become_(&day, Communication::Limited).await;
        let key = day.key(1, 1).await;
        day.world.fake.end(&key, ended(0));
        day.settle().await;
        assert_eq!(day.statuses().await[1..], ["J: Finished OK", "K: Wait Machine"]);
        assert_eq!(agents(&day).await, [r#"A Fake limited communicating "" 0 of 1 [] []"#]);
        become_(&day, Communication::Full).await;
        day.settle().await;
        assert_eq!(day.statuses().await[2], "K: Job Running (RUNNING)");
        assert_eq!(
            day.audit().await,
            [
                "local:anna agent.set_communication A: full to limited",
                "local:anna agent.set_communication A: limited to full"
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_to_a_disabled_agent_and_a_start_that_was_under_way_waits() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let mut day = built(
            world,
            0,
            &format!(r#"{{"J": {}, "K": {}}}"#, task("", ""), task(r#", "start": "05:00""#, "")),
        )
        .await;
        day.settle().await;
        become_(&day, Communication::Disabled).await;
        let calls = day.world.fake.calls_count();
        let key = day.key(1, 1).await;
        day.world.fake.end(&key, ended(0));
        day.until("2026-11-23T04:05:00Z").await;
        assert_eq!(day.world.fake.calls_count(), calls);
        assert_eq!(
            day.statuses().await[1],
            "J: Job Running (RUNNING)",
            "nobody has said otherwise"
        );
        assert_eq!(agents(&day).await, [r#"A Fake disabled disabled "" 1 of 0 [] []"#]);
        become_(&day, Communication::Full).await;
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Finished OK");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_enabled_is_asked_at_once_and_says_why_it_cannot_be_used() {
    for world in worlds().await {
        let mut day = built(world, 0, "{}").await;
        day.settle().await;
        let asked = day.world.fake.count_calls(CallKind::Heartbeat);
        day.world
            .fake
            .set_communication(Answer::NotCommunicating { why: "the door is shut".to_owned() });
        become_(&day, Communication::Full).await;
        assert_eq!(heartbeat(&day.world.app).await.unwrap().asked, 1);
        assert_eq!(day.world.fake.count_calls(CallKind::Heartbeat), asked + 1);
        assert_eq!(
            agents(&day).await,
            [r#"A Fake full not_responding "the door is shut" 0 of 0 [] []"#]
        );
        let warnings = vec!["passwords go in clear text".to_owned()];
        day.world
            .fake
            .set_communication(Answer::Communicating { version: "1".to_owned(), warnings });
        become_(&day, Communication::Full).await;
        day.settle().await;
        assert_eq!(
            agents(&day).await,
            [r#"A Fake full communicating "" 0 of 0 [] ["passwords go in clear text"]"#]
        );
        let caller = Caller::with("bert", vec![Privilege::GlobalProperties]);
        let error =
            set_communication(&day.world.app, &caller, "A", Communication::Full, None).await;
        assert!(matches!(error, Err(Error::Forbidden { .. })));
        let error =
            set_communication(&day.world.app, &anna(), "a", Communication::Full, None).await;
        assert_eq!(error.unwrap_err().to_string(), "there is no agent `a`; did you mean `A`?");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_an_agent_gave_before_it_was_disabled_does_not_count() {
    for world in worlds().await {
        let day = built(world, 0, "{}").await;
        let app = day.world.app.clone();
        let asked = app
            .db()
            .read(|tx| Box::pin(async move { scheduler_store::agent_state::one(tx, "A").await }));
        let asked = asked.await.unwrap().unwrap();
        become_(&day, Communication::Disabled).await;
        let is_stored = app.db().write(move |tx| {
            let asked = asked.clone();
            Box::pin(async move {
                scheduler_store::agent_state::answered(tx, &asked, "communicating", "", 1, 2).await
            })
        });
        assert!(!is_stored.await.unwrap());
        assert_eq!(agents(&day).await, [r#"A Fake disabled disabled "" 0 of 0 [] []"#]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn integrations_are_listed_and_plain_http_to_another_host_is_a_warning() {
    for world in worlds().await {
        let connection = |url: &str| {
            format!(
                r#"{{"connection": {{"asysco_amt": {{"batch_server_url": "{url}", "batch_user": "U"}}}}, "max_jobs": 3}}"#
            )
        };
        world
            .build(&format!(
                r#""agents": {{"FAR": {}, "NEAR": {}, "SAFE": {}}}, "batch_users": {{"U": {{"target": "AsyscoAMT"}}}},
                "machine_groups": {{"G": {{"agents": ["NEAR", "FAR"]}}}}"#,
                connection("http://amt.example.com:42000"),
                connection("http://127.0.0.1:42000"),
                connection("https://amt.example.com:42000")
            ))
            .await;
        let mut day = Day::of(world);
        day.settle().await;
        let why =
            "the batch user `U` has no password; set it with `ringmaster batch-user set-password`";
        assert_eq!(
            agents(&day).await,
            [
                format!(
                    r#"FAR AsyscoAMT full not_responding "{why}" 0 of 3 ["G"] ["passwords and tokens go to amt.example.com in clear text; use https in batch_server_url"]"#
                ),
                format!(r#"NEAR AsyscoAMT full not_responding "{why}" 0 of 3 ["G"] []"#),
                format!(r#"SAFE AsyscoAMT full not_responding "{why}" 0 of 3 [] []"#),
            ]
        );
        let all = list(&day.world.app, &anna()).await.unwrap();
        assert!(
            all.iter().all(|each| !each.is_installed && each.batch_user.as_deref() == Some("U"))
        );
        let names: Vec<String> = integrations(&day.world.app, &anna())
            .unwrap()
            .into_iter()
            .map(|info| info.name)
            .collect();
        assert_eq!(names, ["fake"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_open_daily_jobs_use_cannot_be_removed_and_what_has_ended_holds_nothing() {
    const AGENT: &str = r#"{"connection": {"plug_in": {"integration": "Fake"}}}"#;
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let job = |on: &str, user: &str| {
            format!(
                r#"{{"run": {{"plug_in": {{"integration": "Fake", "task_type": "fake", "settings": {{{user}}}}}}},
                "runs_on": {on}, "frequencies": [{{"use": "Daily", "start": "05:00"}}]}}"#
            )
        };
        world
            .build(&format!(
                r#""agents": {{"A": {AGENT}, "B": {AGENT}, "C": {AGENT}}}, "machine_groups": {{"G": {{"agents": ["B"]}}}},
                "batch_users": {{"U": {{"target": "Fake"}}, "FREE": {{"target": "Fake"}}}},
                "schedules": {{"S": {{"jobs": {{"OnA": {}, "OnG": {}}}}}, "T": {{"jobs": {{}}}}}}"#,
                job(r#"{"agents": ["A"]}"#, r#""batch_user": "U""#),
                job(r#"{"least_tasked": "G"}"#, "")
            ))
            .await;
        let mut day = Day::of(world);
        let whole = export(&day.world.app).await.unwrap();
        let mut kept = whole.clone();
        // The schedule itself may go: its day was built.
        kept.schedules.shift_remove("S");
        apply(&day.world.app, &anna(), kept.clone(), None, None).await.unwrap();
        for (kind, name) in [("agent", "A"), ("machine group", "G"), ("batch user", "U")] {
            let mut without = kept.clone();
            match kind {
                "agent" => drop(without.agents.shift_remove(name)),
                "machine group" => drop(without.machine_groups.shift_remove(name)),
                _ => drop(without.batch_users.shift_remove(name)),
            }
            let error = apply(&day.world.app, &anna(), without, None, None).await.unwrap_err();
            let job = if kind == "machine group" { "OnG" } else { "OnA" };
            assert_eq!(
                error.to_string(),
                format!(
                    "the {kind} `{name}` cannot be removed: 2026-11-23/S/{job} that has not ended uses it; wait for its end or cancel \
                     it, or delete its daily schedule"
                )
            );
            assert_eq!(export(&day.world.app).await.unwrap(), kept, "nothing is stored in part");
        }
        let mut without = kept.clone();
        without.agents.shift_remove("C");
        without.batch_users.shift_remove("FREE");
        apply(&day.world.app, &anna(), without, None, None).await.unwrap();
        let folder = testkit::temp_dir();
        day.world.app.open_keys(&folder.path().join("keys")).await.unwrap();
        crate::batch_users::set_password(
            &day.world.app,
            &anna(),
            "U",
            "pw".to_owned().into(),
            None,
        )
        .await
        .unwrap();
        day.until("2026-11-23T05:01:00Z").await;
        assert_eq!(day.statuses().await, ["S: Completed", "OnA: Finished OK", "OnG: Finished OK"]);
        let mut none = kept;
        (none.agents, none.machine_groups, none.batch_users) = Default::default();
        apply(&day.world.app, &anna(), none, None, None).await.unwrap();
        let left = day.world.app.db().read(|tx| {
            Box::pin(async move { scheduler_store::secret::of_kind(tx, "batch_user").await })
        });
        assert_eq!(left.await.unwrap(), [], "a password goes with its user");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_least_tasked_agent_of_a_group_is_the_one_with_the_smallest_part_of_its_slots_taken() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let agent = |max: u32| {
            format!(
                r#"{{"connection": {{"plug_in": {{"integration": "Fake"}}}}, "max_jobs": {max}}}"#
            )
        };
        let job = r#"{"run": {"plug_in": {"integration": "Fake", "task_type": "fake"}}, "runs_on": {"least_tasked": "G"},
            "frequencies": [{"use": "Daily"}]}"#;
        let jobs: Vec<String> = (1..=7).map(|number| format!(r#""J{number}": {job}"#)).collect();
        world
            .build(&format!(
                r#""agents": {{"SMALL": {}, "BIG": {}}}, "machine_groups": {{"G": {{"agents": ["SMALL", "BIG"]}}}},
                "schedules": {{"S": {{"jobs": {{{}}}}}}}"#,
                agent(2),
                agent(4),
                jobs.join(", ")
            ))
            .await;
        let mut day = Day::of(world);
        day.settle().await;
        assert_eq!(
            agents(&day).await,
            [
                r#"SMALL Fake full communicating "" 2 of 2 ["G"] []"#,
                r#"BIG Fake full communicating "" 4 of 4 ["G"] []"#
            ]
        );
        let statuses = day.statuses().await;
        assert_eq!(statuses.iter().filter(|each| each.ends_with("Wait Machine")).count(), 1);
        // Whichever gets room takes the one that waits.
        let key = day.key(1, 1).await;
        day.world.fake.end(&key, ended(0));
        day.settle().await;
        let statuses = day.statuses().await;
        assert!(statuses.iter().all(|each| !each.ends_with("Wait Machine")), "{statuses:?}");
    }
}
