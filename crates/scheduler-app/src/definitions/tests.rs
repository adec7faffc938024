//! Definitions are stored whole, changed in one step, and given back as they are.

mod moves;

use connector::StartTask;
use connector::fake::{Plan, ended};
use scheduler_core::definition::Definitions;
use scheduler_core::name::{JobName, ScheduleName};
use scheduler_store::{agent_state, audit, daily_job, daily_schedule};

use super::{What, apply, export, plan};
use crate::testing::day::{AFTER, built, task};
use crate::testing::{World, worlds};
use crate::{Caller, Error};

const DAY: &str = r#"{
    "options": {"time_zone": "Europe/Zurich"},
    "frequencies": {"Daily": {"when": {"all_weeks": {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}}}},
    "agents": {"AMT": {"connection": {"asysco_amt": {"batch_server_url": "http://h:1", "batch_user": "U"}}}},
    "batch_users": {"U": {"target": "AsyscoAMT", "identifier": "api"}},
    "schedules": {
        "Z": {"jobs": {"b": {"run": "null_job", "frequencies": [{"use": "Daily"}]},
                       "a": {"run": "null_job", "frequencies": [{"use": "Daily"}]}}},
        "A": {"jobs": {}}
    }
}"#;

fn definitions(text: &str) -> Definitions {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

async fn applied(world: &World, text: &str) -> Vec<String> {
    let caller = Caller::local("anna");
    let done = apply(&world.app, &caller, definitions(text), None, None).await.unwrap();
    let shown = |change: &super::Change| {
        format!("{:?} {} {} {:?}", change.what, change.kind, change.name, change.fields)
    };
    done.changes.changes.iter().map(shown).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_exported_is_what_was_stored_in_its_order_and_storing_it_changes_nothing() {
    for world in worlds().await {
        assert_eq!(applied(&world, DAY).await.len(), 8);
        let out = export(&world.app).await.unwrap();
        assert_eq!(out, definitions(DAY));
        let names: Vec<&str> = out.schedules.keys().map(ScheduleName::as_str).collect();
        assert_eq!(names, ["Z", "A"]);
        let jobs: Vec<&str> = out.schedules["Z"].jobs.keys().map(JobName::as_str).collect();
        assert_eq!(jobs, ["b", "a"]);
        let again = plan(&world.app, out).await.unwrap();
        assert!(again.changes.is_empty(), "{:?}", again.changes);
        assert_eq!(again.revision, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_differs_gets_a_new_form_and_each_change_is_named() {
    for world in worlds().await {
        applied(&world, DAY).await;
        let changed = DAY
            .replace(r#""a": {"run": "null_job","#, r#""a": {"run": "null_job", "tags": ["x"],"#)
            .replace(r#""A": {"jobs": {}}"#, r#""N": {"jobs": {}}"#);
        assert_eq!(
            applied(&world, &changed).await,
            [r#"Changed job Z/a ["tags"]"#, "Removed schedule A []", "Added schedule N []",]
        );
        assert_eq!(export(&world.app).await.unwrap(), definitions(&changed));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_order_alone_is_stored_without_new_forms() {
    for world in worlds().await {
        applied(&world, DAY).await;
        let mut turned = definitions(DAY);
        turned.schedules.reverse();
        let done = apply(&world.app, &Caller::local("anna"), turned, None, None).await.unwrap();
        assert_eq!((done.revision, done.changes.changes.len()), (2, 0));
        let names = export(&world.app).await.unwrap();
        assert_eq!(
            names.schedules.keys().map(ScheduleName::as_str).collect::<Vec<_>>(),
            ["A", "Z"]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_definitions_and_those_of_an_old_plan_change_nothing() {
    for world in worlds().await {
        applied(&world, DAY).await;
        let wrong = definitions(&DAY.replace(r#"{"use": "Daily"}"#, r#"{"use": "Dayly"}"#));
        let caller = Caller::local("anna");
        let error = apply(&world.app, &caller, wrong, None, None).await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with(
                "the definitions have 2 mistakes, the first at schedules.Z.jobs.b.frequencies"
            ),
            "{text}"
        );
        let error =
            apply(&world.app, &caller, Definitions::default(), Some(7), None).await.unwrap_err();
        assert!(matches!(error, Error::Revision { expected: 7, found: 1 }), "{error}");
        assert_eq!(export(&world.app).await.unwrap(), definitions(DAY));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_come_and_go_with_their_definitions_and_the_audit_says_who_changed_what() {
    for world in worlds().await {
        applied(&world, DAY).await;
        let done = apply(
            &world.app,
            &Caller::local("anna"),
            Definitions::default(),
            Some(1),
            Some("end of the year"),
        )
        .await
        .unwrap();
        assert_eq!(done.changes.count(What::Removed), 8);
        let (agents, records) = world
            .app
            .db()
            .read(|tx| {
                Box::pin(async move {
                    Ok::<_, sql::Error>((
                        agent_state::all(tx).await?,
                        audit::after(tx, 0, 10).await?,
                    ))
                })
            })
            .await
            .unwrap();
        assert_eq!(agents, []);
        assert_eq!(records.len(), 2);
        assert_eq!(
            (records[1].caller.as_str(), records[1].reason.as_deref()),
            ("local:anna", Some("end of the year"))
        );
        assert!(records[1].new_value.as_ref().unwrap().contains("schedule Z"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_applied_while_jobs_run_counts_from_the_next_build_on() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let built_as = format!(r#"{{"J": {}, "K": {}}}"#, task("", ""), task("", AFTER));
        let mut day = built(world, 0, &built_as).await;
        day.settle().await;
        let before = day.statuses().await;
        assert_eq!(before[1..], ["J: Job Running (RUNNING)", "K: Wait Job Dependency"]);

        // While J runs, it gets another start time, K goes, and L comes.
        let app = &day.world.app;
        let mut all = serde_json::to_value(export(app).await.unwrap()).unwrap();
        let jobs = &mut all["schedules"]["S"]["jobs"];
        let (mut j, l) = (jobs["J"].clone(), jobs["J"].clone());
        j["frequencies"][0]["start"] = "23:00".into();
        *jobs = serde_json::json!({"J": j, "L": l});
        let all = serde_json::from_value(all).unwrap();
        apply(app, &Caller::local("anna"), all, None, None).await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await, before, "the day stays as it was built");
        for job in [1, 2] {
            let key = day.key(job, 1).await;
            assert!(day.world.fake.end(&key, ended(0)), "job {job} runs");
            day.settle().await;
        }
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK", "K: Finished OK"]);
        assert_eq!(day.world.fake.tasks().len(), 2, "each was started once");

        day.world.build_date("2026-11-24").await;
        let read = day.world.app.db().read(|tx| {
            Box::pin(async move {
                let schedule = daily_schedule::of_date(tx, "2026-11-24").await?.remove(0);
                daily_job::of_schedule(tx, schedule.id).await
            })
        });
        let names: Vec<String> = read.await.unwrap().into_iter().map(|job| job.name).collect();
        assert_eq!(names, ["J", "L"]);
    }
}
