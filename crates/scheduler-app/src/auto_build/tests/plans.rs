//! What is planned of dates that are due, and what cannot be.

use std::collections::BTreeMap;

use connector::StartTask;
use connector::fake::{Plan as Runs, ended};
use scheduler_core::definition::Definitions;
use scheduler_core::schedule::Action;
use scheduler_store::auto_build as table;
use scheduler_store::{daily_job, daily_schedule, edge, outcome};

use super::{JOB, applied, at, became, begun, date, days, definitions, missing, own, pass, stands};
use crate::Caller;
use crate::auto_build::{Done, auto_build};
use crate::build::{Request, build};
use crate::definitions::apply;
use crate::operate::{find_schedule, schedule};
use crate::outcomes::Outcomes;
use crate::testing::day::{Day as Today, task};
use crate::testing::worlds;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schedules_that_are_due_together_know_each_other() {
    for world in worlds().await {
        let two = format!(
            r#"{{"A": {{"auto_build": {{}}, "jobs": {{"First": {JOB}, "Out": {JOB}}}}},
                "B": {{"auto_build": {{"build_time": "00:00"}}, "jobs": {{"Last": {{"run": "null_job", "frequencies": [{{"use": "Daily"}}],
                    "depends_on": [{{"requires": {{"job": "First", "schedule": "A"}}}}, {{"excludes": {{"job": "Out", "schedule": "A"}}}}]}}}}}}}}"#
        );
        begun(&world, &two).await;
        world.clock.set(at("2026-11-24T00:00:00Z"));
        pass(&world.app).await;
        assert_eq!(days(&world).await, ["11-24/A", "11-24/B", "11-25/A", "11-25/B"]);
        let read = world.app.db().read(|tx| {
            Box::pin(async move {
                let all = daily_schedule::of_date(tx, "2026-11-25").await?;
                let first = daily_job::of_schedule(tx, all[0].id).await?;
                let last = daily_job::of_schedule(tx, all[1].id).await?;
                let edges = edge::of(tx, last[0].id).await?;
                let outcomes = outcome::of_date(tx, "2026-11-25").await?;
                Ok::<_, sql::Error>((first, edges, outcomes))
            })
        });
        let (first, edges, outcomes) = read.await.unwrap();
        assert_eq!(first.len(), 1);
        assert_eq!(edges[0].predecessor_id, Some(first[0].id));
        let shown: Vec<String> = outcomes
            .iter()
            .map(|each| format!("{}/{} {}: {}", each.schedule, each.job, each.outcome, each.reason))
            .collect();
        assert_eq!(shown, ["A/Out excluded: `B/Last` excludes it"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dates_are_due_by_the_clock_of_their_zone_when_it_changes() {
    for world in worlds().await {
        let zone = own(r#""days_in_advance": 0, "build_time": "02:30", "catch_up": "none""#);
        let zone =
            zone.replace("\"auto_build\"", "\"time_zone\": \"Europe/Zurich\", \"auto_build\"");
        applied(&world, &zone).await;
        for (day, expected) in [
            // 02:30 is skipped: the first instant after the gap. In autumn the first of two.
            (
                "2027-03-27",
                ["2027-03-27T01:30:00Z", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"],
            ),
            (
                "2027-10-30",
                ["2027-10-30T00:30:00Z", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"],
            ),
        ] {
            world.clock.set(at(&format!("{day}T00:00:00Z")));
            let mut next = pass(&world.app).await.next.unwrap();
            for expected in expected {
                assert_eq!(next, at(expected));
                world.clock.set(next);
                let done = pass(&world.app).await;
                assert_eq!(done.dates, 1);
                next = done.next.unwrap();
            }
        }
        let became = became(&world, "N").await;
        // From 2026-11-24 to 2027-11-01 every date once.
        assert_eq!(became.len(), 343);
        let built = |became: &&String| became.ends_with("built");
        assert_eq!(became.iter().filter(built).count(), 6);
        assert_eq!(missing(&world, "2027-06-01").await, Outcomes::default());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_date_without_jobs_is_passed_and_one_that_is_there_stays() {
    for world in worlds().await {
        let monday = r#"{"N": {"auto_build": {}, "jobs": {"J": {"run": "null_job",
            "frequencies": [{"use": "Never"}]}}}, "M": {"auto_build": {}, "jobs": {"J": JOB}}}"#
            .replace("JOB", JOB);
        let mut all = definitions("{}");
        let more = format!(
            r#"{{"frequencies": {{"Never": {{"when": {{"all_weeks": {{"day_type": "any", "days": ["sat"]}}}}}}}}, "schedules": {monday}}}"#
        );
        let more: Definitions =
            serde_json::from_str(&more).unwrap_or_else(|error| panic!("{error}"));
        all.frequencies.extend(more.frequencies);
        all.schedules.extend(more.schedules);
        apply(&world.app, &Caller::local("anna"), all, None, None).await.unwrap();
        world.build_date("2026-11-25").await;
        world.clock.set(at("2026-11-24T00:00:00Z"));
        pass(&world.app).await;
        assert_eq!(became(&world, "N").await, ["11-24 empty", "11-25 empty"]);
        assert_eq!(became(&world, "M").await, ["11-24 built", "11-25 left"]);
        assert_eq!(days(&world).await, ["11-24/M", "11-25/M"]);
        assert_eq!(missing(&world, "2026-11-25").await, Outcomes { missing: vec![], open: 1 });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_cannot_be_built_says_why_is_tried_again_and_holds_up_nobody() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Runs::until_told());
        let both = format!(
            r#"{{"N": {{"auto_build": {{"days_in_advance": 0, "build_time": "06:00", "overwrite": true}},
                    "jobs": {{"J": {}}}}},
                "M": {{"auto_build": {{"days_in_advance": 0, "build_time": "06:00"}}, "jobs": {{"J": {JOB}}}}}}}"#,
            task("", "")
        );
        applied(&world, &both).await;
        let request = Request {
            date: date("2026-11-23"),
            schedules: Some(vec!["N".to_owned()]),
            overwrite: false,
            on_hold: false,
            reason: None,
        };
        build(&world.app, &Caller::local("anna"), request).await.unwrap();
        let mut today = Today::of(world);
        // Its job runs, and somebody closes it: it is completed, and cannot be replaced.
        for _ in 0..20 {
            today.round().await;
        }
        let id = find_schedule(&today.world.app, date("2026-11-23"), "N").await.unwrap();
        let caller = Caller::local("anna");
        schedule(&today.world.app, &caller, id, Action::Close, None).await.unwrap();
        today.world.clock.set(at("2026-11-23T06:00:00Z"));
        let done = auto_build(&today.world.app).await.unwrap();
        assert_eq!(done, Done { dates: 1, next: Some(at("2026-11-23T06:01:00Z")) });
        assert_eq!(became(&today.world, "M").await, ["11-23 built"]);
        let rows = today.world.app.db().read(|tx| Box::pin(async move { table::all(tx).await }));
        let problems: BTreeMap<String, Option<String>> =
            rows.await.unwrap().into_iter().map(|row| (row.schedule, row.problem)).collect();
        let expected = "`2026-11-23/N` has jobs that run; kill them or wait for their end";
        assert_eq!(problems["N"].as_deref(), Some(expected));
        assert_eq!(problems["M"], None);
        // The job ends, and the next try builds it.
        for task in today.world.fake.tasks() {
            today.world.fake.end(&task, ended(0));
        }
        today.until("2026-11-23T06:01:00Z").await;
        assert_eq!(auto_build(&today.world.app).await.unwrap().dates, 1);
        assert_eq!(became(&today.world, "N").await, ["11-23 built"]);
        let stored = today
            .world
            .app
            .db()
            .read(|tx| Box::pin(async move { outcome::of_date(tx, "2026-11-23").await }));
        let ran: Vec<_> =
            stored.await.unwrap().into_iter().filter(|each| each.schedule == "N").collect();
        assert_eq!((ran.len(), ran[0].outcome.as_str()), (1, "ran"), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_schedules_are_built_in_one_plan_and_only_what_differs_is_stored_anew() {
    for world in worlds().await {
        let schedules: Vec<String> = (0..1000)
            .map(|number| format!(r#""S{number}": {{"auto_build": {{}}, "jobs": {{"J": {JOB}}}}}"#))
            .collect();
        let all = format!("{{{}}}", schedules.join(", "));
        begun(&world, &all).await;
        assert_eq!(stands(&world).await.len(), 1000);
        let changed =
            all.replacen(r#""auto_build": {}"#, r#""auto_build": {"build_time": "01:00"}"#, 1);
        applied(&world, &changed).await;
        let moved = stands(&world).await;
        let later = moved.iter().filter(|each| each.ends_with("at 2026-11-24T01:00:00Z"));
        assert_eq!(later.count(), 1);
        world.clock.set(at("2026-11-24T00:00:00Z"));
        assert_eq!(auto_build(&world.app).await.unwrap().dates, 999);
        assert_eq!(days(&world).await.len(), 1000 + 999);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_excluded_from_some_instances_has_an_outcome_in_each() {
    for world in worlds().await {
        let job = |more: &str| {
            format!(r#"{{"run": "null_job", "frequencies": [{{"use": "Daily"}}]{more}}}"#)
        };
        let out =
            job(r#", "depends_on": [{"excludes": {"job": "K"}}], "only_instances": ["B", "C"]"#);
        let all = format!(
            r#"{{"N": {{"auto_build": {{}}, "multi_instance": true, "instances": {{"named": ["A", "B", "C"]}},
                "jobs": {{"J": {out}, "K": {JOB}}}}}}}"#
        );
        applied(&world, &all).await;
        world.clock.set(at("2026-11-24T00:00:00Z"));
        pass(&world.app).await;
        let stored = world
            .app
            .db()
            .read(|tx| Box::pin(async move { outcome::of_date(tx, "2026-11-25").await }));
        let shown: Vec<String> = stored
            .await
            .unwrap()
            .into_iter()
            .map(|each| format!("{}/{} {}", each.schedule, each.job, each.outcome))
            .collect();
        assert_eq!(shown, ["N_B/K excluded", "N_C/K excluded"]);
    }
}
