//! What events make other for one daily job, and what they do when an agent says something.

use connector::fake::Plan;
use scheduler_core::job::changes::Changes;
use scheduler_store::{daily_job, daily_schedule};

use super::{THRESHOLDS, bad_fails, said, with_events};
use crate::testing::day::{Day, built_with, task};
use crate::testing::worlds;
use crate::view;

const BEGIN: &str = r#""job_status": "start_attempted""#;

async fn row(day: &Day, name: &'static str) -> daily_job::DailyJob {
    let read = day.world.app.db().read(move |tx| {
        Box::pin(async move {
            let schedule = daily_schedule::found(tx, "2026-11-23", "S").await?.unwrap();
            Ok::<_, sql::Error>(daily_job::named(tx, schedule.id, name).await?.unwrap())
        })
    });
    read.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_change_one_daily_job_and_not_its_definition() {
    for world in worlds().await {
        world.fake.plan_all(bad_fails);
        let first = with_events(&[
            (BEGIN, "$JOB:MAXRUNTIME,,S,Other,5"),
            (BEGIN, "$JOB:TAGADD,,S,Other,late;night"),
            (BEGIN, "$JOB:TAGDEL,,S,Other,old"),
            (BEGIN, "$JOB:PRIORITY,,S,Other,77"),
            (BEGIN, "$JOB:MACHGRP,,S,Other,Both"),
        ]);
        let other = task(r#", "max_run_minutes": 60"#, r#", "tags": ["old", "kept"]"#);
        let jobs = format!(r#"{{"First": {first}, "Other": {other}}}"#);
        let more = r#""machine_groups": {"Both": {"agents": ["A"]}}"#;
        let mut day = built_with(world, 0, more, &jobs).await;
        day.settle().await;
        let said = said(&day).await;
        assert!(said.iter().all(|line| line.ends_with("performed")), "{said:#?}");
        let found = row(&day, "Other").await;
        assert_eq!(found.priority, 77);
        assert_eq!(found.runs_on.as_deref(), Some(r#"{"least_tasked":"Both"}"#));
        let changes: Changes = serde_json::from_str(&found.changes.unwrap()).unwrap();
        assert_eq!(changes.max_run_minutes, Some(5));
        let (view, _, why) = view::job(&day.world.app, found.id).await.unwrap();
        assert_eq!(view.tags, ["kept", "late", "night"]);
        assert!(why.iter().any(|why| why.text.contains("may run for 5 minutes")), "{why:?}");
        let all = crate::definitions::export(&day.world.app).await.unwrap();
        let of = all.schedules.values().next().unwrap().jobs.values().nth(1).unwrap();
        assert_eq!(of.tags.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_longest_run_counts_for_a_job_that_runs_already() {
    for world in worlds().await {
        world.fake.plan_all(|start| {
            Plan::ends_after(if start.name.ends_with("Long") { 1000 } else { 1 }, 0)
        });
        let long =
            with_events(&[(r#""job_status": "exceeded_max_run_time""#, "$THRESHOLD:SET,ROWS,9")]);
        let later = task(
            r#", "start": "06:00""#,
            r#", "events": [{"trigger": {"job_status": "finished_ok"}, "event": "$JOB:MAXRUNTIME,,S,Long,150"}]"#,
        );
        let jobs = format!(r#"{{"Long": {long}, "Later": {later}}}"#);
        let mut day = built_with(world, 0, THRESHOLDS, &jobs).await;
        day.until("2026-11-23T06:29:30Z").await;
        assert_eq!(said(&day).await.len(), 1, "it may run for two hours and a half");
        day.until("2026-11-23T06:30:30Z").await;
        let said = said(&day).await;
        assert!(said[1].contains("THRESHOLD:SET,ROWS,9: - to 5 to 9"), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_runs_under_the_batch_user_that_an_event_gives_it() {
    for world in worlds().await {
        world.fake.plan_all(bad_fails);
        let first = with_events(&[
            (BEGIN, "$JOB:USER,,S,Other,[[SECOND]]"),
            (BEGIN, "$JOB:USER,,S,First,[[SECOND]]"),
            (BEGIN, "$JOB:USER,,S,Other,[[WHO]]"),
        ]);
        let other = r#"{"run": {"plug_in": {"integration": "Fake", "task_type": "fake", "settings": {"batch_user": "U1"}}},
            "runs_on": {"agents": ["A"]}, "frequencies": [{"use": "Daily", "start": "06:00"}]}"#;
        let jobs = format!(r#"{{"First": {first}, "Other": {other}}}"#);
        let more = r#""batch_users": {"U1": {"target": "Fake"}, "U2": {"target": "Fake", "identifier": "second"}},
            "properties": {"WHO": {"value": "Nobody"}, "SECOND": {"value": "U2"}}"#;
        let mut day = built_with(world, 0, more, &jobs).await;
        day.settle().await;
        let said = said(&day).await;
        assert!(said[0].ends_with("performed"), "{said:#?}");
        assert!(
            said[1].contains("refused: `First` runs under no batch user of its own"),
            "{said:#?}"
        );
        assert!(said[2].contains("refused: there is no batch user `Nobody`"), "{said:#?}");
        let found = row(&day, "Other").await;
        let (_, _, why) = view::job(&day.world.app, found.id).await.unwrap();
        assert!(why.iter().any(|why| why.text.contains("batch user `U2`")), "{why:?}");
        let mut without = crate::definitions::export(&day.world.app).await.unwrap();
        without.batch_users.shift_remove("U2");
        let caller = crate::Caller::local("anna");
        let refused = crate::definitions::apply(&day.world.app, &caller, without, None, None).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("the batch user `U2` cannot be removed"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_agent_says_of_a_job_that_runs_triggers_events_once_each_time() {
    for world in worlds().await {
        world.fake.plan_all(|_| Plan::until_told().waiting("WAIT FOR INPUT REQUEST", Some(14)));
        let feedback = |name: &str, pattern: &str| {
            format!(r#""agent_feedback": {{"name": "{name}", "pattern": "{pattern}"}}"#)
        };
        let (status, code) = (feedback("Status", "WAIT FOR%"), feedback("Status Code", "14"));
        let other = feedback("Status", "QUEUED");
        let job = with_events(&[
            (&status, "$THRESHOLD:SET,ROWS,+1"),
            (&code, "$THRESHOLD:SET,ROWS,+10"),
            (&other, "$THRESHOLD:SET,ROWS,+100"),
        ]);
        let mut day = built_with(world, 0, THRESHOLDS, &format!(r#"{{"J": {job}}}"#)).await;
        day.settle().await;
        assert!(day.statuses().await[1].ends_with("(WAIT FOR INPUT REQUEST)"));
        let once = ["$THRESHOLD:SET,ROWS,+1: - to 5 to 6", "$THRESHOLD:SET,ROWS,+10: - to 6 to 16"];
        assert_eq!(said(&day).await, once);
        // The next life of the scheduler hears the same.
        let mut day = day.next_life().await;
        day.until("2026-11-23T04:05:00Z").await;
        assert_eq!(said(&day).await, once);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_opens_a_completed_schedule_again_only_where_the_option_says_so() {
    for allowed in [false, true] {
        for world in worlds().await {
            world.fake.plan_all(bad_fails);
            let later = task(
                r#", "start": "06:00""#,
                r#", "events": [{"trigger": {"job_status": "finished_ok"}, "event": "$JOB:RESTART,,T,K"}]"#,
            );
            world
                .build(&format!(
                    r#""options": {{"job_events_restart_schedules": {allowed}}},
                    "agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}}}}},
                    "schedules": {{"S": {{"jobs": {{"J": {later}}}}}, "T": {{"jobs": {{"K": {}}}}}}}"#,
                    task("", "")
                ))
                .await;
            let mut day = Day::of(world);
            day.until("2026-11-23T06:01:00Z").await;
            let said = said(&day).await;
            assert_eq!(said.len(), 1, "{said:?}");
            let runs = day.world.fake.tasks().len();
            if allowed {
                assert!(said[0].ends_with("performed"), "{said:?}");
                assert_eq!(runs, 3);
            } else {
                assert!(said[0].contains("events may not open it again"), "{said:?}");
                assert_eq!(runs, 2);
            }
        }
    }
}
