//! Each date is built once, whatever happens, and what is not built says why.

use std::collections::BTreeMap;
use std::sync::Arc;

use connector::StartTask;
use connector::fake::{Plan as Runs, ended};
use jiff::Timestamp;
use jiff::civil::Date;
use scheduler_core::definition::Definitions;
use scheduler_core::schedule::Action;
use scheduler_store::auto_build::{self as table, AutoBuild, BuildDay};
use scheduler_store::{audit, daily_job, daily_schedule, edge, outcome};

use super::{Done, auto_build, days_due, store};
use crate::agents::Connectors;
use crate::build::{Request, build};
use crate::definitions::apply;
use crate::operate::{find_schedule, schedule};
use crate::outcomes::{Outcomes, missing_outcomes};
use crate::testing::day::{Day as Today, task};
use crate::testing::{World, worlds};
use crate::{App, Caller, Error};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// A null job on every day.
const JOB: &str = r#"{"run": "null_job", "frequencies": [{"use": "Daily"}]}"#;

fn definitions(schedules: &str) -> Definitions {
    let all = format!(
        r#"{{"options": {{"time_zone": "UTC"}}, "frequencies": {{"Daily": {{"when": {{"all_weeks": {{"day_type": "any",
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}}}}}}}},
            "agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}}}}},
            "schedules": {schedules}}}"#
    );
    serde_json::from_str(&all).unwrap_or_else(|error| panic!("{error}"))
}

async fn applied(world: &World, schedules: &str) {
    apply(&world.app, &Caller::local("anna"), definitions(schedules), None, None).await.unwrap();
}

/// A schedule that is built by itself, with one job.
fn own(auto: &str) -> String {
    format!(r#"{{"N": {{"auto_build": {{{auto}}}, "jobs": {{"J": {JOB}}}}}}}"#)
}

async fn stands(world: &World) -> Vec<String> {
    let all: Vec<AutoBuild> =
        world.app.db().read(|tx| Box::pin(async move { table::all(tx).await })).await.unwrap();
    let shown = |row: AutoBuild| {
        let due = sql::from_micros("auto_build", "due_at", row.due_at).unwrap();
        format!("{} {} at {due}", row.schedule, row.next_date)
    };
    all.into_iter().map(shown).collect()
}

/// Every daily schedule of these days of November and December 2026.
async fn days(world: &World) -> Vec<String> {
    let read = world.app.db().read(|tx| {
        Box::pin(async move {
            let mut found = Vec::new();
            let mut day = date("2026-11-20");
            while day < date("2027-01-01") {
                for schedule in daily_schedule::of_date(tx, &day.to_string()).await? {
                    found.push(format!("{}/{}", &schedule.date[5..], schedule.name));
                }
                day = day.tomorrow().unwrap();
            }
            Ok::<_, sql::Error>(found)
        })
    });
    read.await.unwrap()
}

/// What became of each date.
async fn became(world: &World, schedule: &'static str) -> Vec<String> {
    let read = world
        .app
        .db()
        .read(move |tx| Box::pin(async move { table::days_since(tx, schedule, "").await }));
    let shown = |day: BuildDay| format!("{} {}", &day.date[5..], day.what);
    read.await.unwrap().into_iter().map(shown).collect()
}

/// All dates that are due, in as many passes as it takes.
async fn pass(app: &App) -> Done {
    let mut all = 0;
    loop {
        let done = auto_build(app).await.unwrap();
        all += done.dates;
        if done.next.is_none_or(|next| next > app.now()) {
            return Done { dates: all, ..done };
        }
    }
}

async fn missing(world: &World, day: &str) -> Outcomes {
    missing_outcomes(&world.app, &Caller::local("anna"), date(day)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_schedule_stands_follows_its_definition() {
    for world in worlds().await {
        // Today and tomorrow would have been built at midnight yesterday and today.
        applied(&world, &own("")).await;
        assert_eq!(stands(&world).await, ["N 2026-11-25 at 2026-11-24T00:00:00Z"]);
        applied(&world, &own(r#""build_time": "05:00""#)).await;
        assert_eq!(stands(&world).await, ["N 2026-11-25 at 2026-11-24T05:00:00Z"]);
        applied(&world, &own(r#""days_in_advance": 3, "build_time": "05:00""#)).await;
        assert_eq!(stands(&world).await, ["N 2026-11-25 at 2026-11-22T05:00:00Z"]);
        let zone =
            own("").replace("\"auto_build\"", "\"time_zone\": \"Asia/Tokyo\", \"auto_build\"");
        applied(&world, &zone).await;
        assert_eq!(stands(&world).await, ["N 2026-11-25 at 2026-11-23T15:00:00Z"]);
        applied(&world, r#"{"N": {"jobs": {}}}"#).await;
        assert_eq!(stands(&world).await, Vec::<String>::new());
        // Its first date is one whose time is to come, though others follow it at once.
        applied(&world, &own(r#""days_in_advance": 0, "days": 3, "build_time": "05:00""#)).await;
        assert_eq!(stands(&world).await, ["N 2026-11-25 at 2026-11-23T05:00:00Z"]);
        assert_eq!(
            pass(&world.app).await,
            Done { dates: 0, next: Some(at("2026-11-23T05:00:00Z")) }
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dates_are_built_when_their_time_has_come_and_never_twice() {
    for world in worlds().await {
        applied(&world, &own(r#""on_hold": true"#)).await;
        world.clock.set(at("2026-11-23T23:59:59.999999Z"));
        assert_eq!(pass(&world.app).await.dates, 0);
        world.clock.set(at("2026-11-24T00:00:00Z"));
        let next = Some(at("2026-11-25T00:00:00Z"));
        assert_eq!(pass(&world.app).await, Done { dates: 1, next });
        assert_eq!(pass(&world.app).await, Done { dates: 0, next });
        assert_eq!(days(&world).await, ["11-25/N"]);
        let status = world
            .app
            .db()
            .read(|tx| Box::pin(async move { daily_schedule::of_date(tx, "2026-11-25").await }));
        assert_eq!(status.await.unwrap()[0].status, "On Hold");
        // The clock jumps ahead and back again: what was built is there, and is not built again.
        world.clock.set(at("2026-11-27T12:00:00Z"));
        assert_eq!(pass(&world.app).await.dates, 3);
        world.clock.set(at("2026-11-24T01:00:00Z"));
        assert_eq!(pass(&world.app).await.dates, 0);
        world.clock.set(at("2026-11-28T00:00:00Z"));
        assert_eq!(pass(&world.app).await.dates, 1);
        assert_eq!(days(&world).await, ["11-25/N", "11-26/N", "11-27/N", "11-28/N", "11-29/N"]);
        let callers =
            world.app.db().read(|tx| Box::pin(async move { audit::after(tx, 0, 100).await }));
        let built = callers.await.unwrap().into_iter();
        let built = built.filter(|record| record.caller == "system:auto_build");
        assert_eq!(built.count(), 5);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_outage_each_policy_decides_and_every_instant_has_its_outcome() {
    for (policy, built, others) in [
        ("all", "26 27 28 29 30", None),
        ("latest", "29 30", Some("superseded")),
        ("none", "29 30", Some("missed")),
    ] {
        for world in worlds().await {
            applied(&world, &own(&format!(r#""catch_up": "{policy}""#))).await;
            world.clock.set(at("2026-11-24T00:00:00Z"));
            pass(&world.app).await;
            world.clock.set(at("2026-11-29T10:00:00Z"));
            assert_eq!(pass(&world.app).await.dates, 5, "{policy}");
            let expected: Vec<String> = std::iter::once("11-25/N".to_owned())
                .chain(built.split(' ').map(|day| format!("11-{day}/N")))
                .collect();
            assert_eq!(days(&world).await, expected, "{policy}");
            for (day, expected) in [("26", others), ("28", others), ("29", None)] {
                let day = format!("2026-11-{day}");
                let text = day.clone();
                let stored = world.app.db().read(move |tx| {
                    let text = text.clone();
                    Box::pin(async move { outcome::of_date(tx, &text).await })
                });
                let stored = stored.await.unwrap();
                let words: Vec<&str> = stored.iter().map(|each| each.outcome.as_str()).collect();
                assert_eq!(words, expected.into_iter().collect::<Vec<_>>(), "{policy} {day}");
                let found = missing(&world, &day).await;
                let open = usize::from(expected.is_none());
                assert_eq!(found, Outcomes { missing: vec![], open }, "{policy} {day}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_superseded_can_be_built_by_hand_and_then_counts_as_built() {
    for world in worlds().await {
        applied(&world, &own(r#""catch_up": "latest""#)).await;
        world.clock.set(at("2026-11-29T10:00:00Z"));
        pass(&world.app).await;
        let request = Request {
            date: date("2026-11-26"),
            schedules: None,
            overwrite: false,
            on_hold: false,
            reason: None,
        };
        build(&world.app, &Caller::local("anna"), request).await.unwrap();
        assert_eq!(missing(&world, "2026-11-26").await, Outcomes { missing: vec![], open: 1 });
        // Its day has passed, so that somebody has to release it.
        let status = world
            .app
            .db()
            .read(|tx| Box::pin(async move { daily_schedule::of_date(tx, "2026-11-26").await }));
        assert_eq!(status.await.unwrap()[0].status, "On Hold");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_between_plan_and_commit_builds_nothing_and_the_next_life_builds_once() {
    for world in worlds().await {
        applied(&world, &own("")).await;
        world.clock.set(at("2026-11-24T00:00:00Z"));
        let (loaded, due) = days_due(&world.app).await.unwrap().unwrap();
        let planned = Arc::new(due.into_values().next().unwrap().plan(&loaded).unwrap());
        let (life, now) = (world.app.life(), world.app.now());
        let (again, of) = (Arc::clone(&planned), Arc::clone(&loaded));
        // All but the commit.
        let lost = world.app.db().write(move |tx| {
            let (planned, loaded) = (Arc::clone(&planned), Arc::clone(&loaded));
            Box::pin(async move {
                planned.store(tx, &loaded, now, life).await?;
                Err::<(), _>(Error::Refused("killed".to_owned()))
            })
        });
        assert_eq!(lost.await.unwrap_err().to_string(), "killed");
        assert_eq!(days(&world).await, Vec::<String>::new());
        let world = world.next_life().await;
        // What the old life has planned it can store no more.
        let late = world.app.db().write(move |tx| {
            let (planned, loaded) = (Arc::clone(&again), Arc::clone(&of));
            Box::pin(async move { planned.store(tx, &loaded, now, life).await })
        });
        assert!(matches!(late.await, Err(Error::Fenced)));
        assert_eq!(pass(&world.app).await.dates, 1);
        assert_eq!(days(&world).await, ["11-25/N"]);
        assert_eq!(stands(&world).await, ["N 2026-11-26 at 2026-11-25T00:00:00Z"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_at_once_build_each_date_once() {
    for world in worlds().await {
        // A second build of the same date would make an instance more.
        let many = own("").replace("\"auto_build\"", "\"multi_instance\": true, \"auto_build\"");
        applied(&world, &many).await;
        let connectors = Connectors::new(vec![Arc::new(world.fake.clone())]);
        let clock = world.clock.shared();
        let db = world.app.db().clone();
        let other = App::begin(db, clock, connectors, "other").await.unwrap();
        world.clock.set(at("2026-12-03T00:00:00Z"));
        let (one, two) = tokio::join!(pass(&world.app), pass(&other));
        assert_eq!(one.dates + two.dates, 10);
        let expected: Vec<String> = ["11-25", "11-26", "11-27", "11-28", "11-29", "11-30"]
            .into_iter()
            .chain(["12-01", "12-02", "12-03", "12-04"])
            .map(|day| format!("{day}/N"))
            .collect();
        assert_eq!(days(&world).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_planned_by_definitions_of_before_is_planned_anew() {
    for world in worlds().await {
        applied(&world, &own("")).await;
        world.clock.set(at("2026-11-24T00:00:00Z"));
        let (loaded, due) = days_due(&world.app).await.unwrap().unwrap();
        applied(&world, &own("").replace("\"J\"", "\"K\"")).await;
        let day = due.into_values().next().unwrap();
        assert_eq!(store(&world.app, &loaded, day).await.unwrap(), None);
        assert_eq!(pass(&world.app).await.dates, 1);
        let read = world.app.db().read(|tx| {
            Box::pin(async move {
                let day = daily_schedule::of_date(tx, "2026-11-25").await?.remove(0);
                daily_job::of_schedule(tx, day.id).await
            })
        });
        assert_eq!(read.await.unwrap()[0].name, "K");
        // One that is not built by itself any more, while it is due, is not.
        world.clock.set(at("2026-11-25T00:00:00Z"));
        let (loaded, due) = days_due(&world.app).await.unwrap().unwrap();
        applied(&world, r#"{"N": {"jobs": {}}}"#).await;
        let day = due.into_values().next().unwrap();
        assert_eq!(store(&world.app, &loaded, day).await.unwrap(), None);
        assert_eq!(pass(&world.app).await, Done { dates: 0, next: None });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schedules_that_are_due_together_know_each_other() {
    for world in worlds().await {
        let two = format!(
            r#"{{"A": {{"auto_build": {{}}, "jobs": {{"First": {JOB}, "Out": {JOB}}}}},
                "B": {{"auto_build": {{"build_time": "00:00"}}, "jobs": {{"Last": {{"run": "null_job", "frequencies": [{{"use": "Daily"}}],
                    "depends_on": [{{"requires": {{"job": "First", "schedule": "A"}}}}, {{"excludes": {{"job": "Out", "schedule": "A"}}}}]}}}}}}}}"#
        );
        applied(&world, &two).await;
        world.clock.set(at("2026-11-24T00:00:00Z"));
        pass(&world.app).await;
        assert_eq!(days(&world).await, ["11-25/A", "11-25/B"]);
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
        assert_eq!(became(&world, "N").await, ["11-25 empty"]);
        assert_eq!(became(&world, "M").await, ["11-25 left"]);
        assert_eq!(days(&world).await, ["11-25/M"]);
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
        applied(&world, &all).await;
        assert_eq!(stands(&world).await.len(), 1000);
        let changed =
            all.replacen(r#""auto_build": {}"#, r#""auto_build": {"build_time": "01:00"}"#, 1);
        applied(&world, &changed).await;
        let moved = stands(&world).await;
        let later = moved.iter().filter(|each| each.ends_with("at 2026-11-24T01:00:00Z"));
        assert_eq!(later.count(), 1);
        world.clock.set(at("2026-11-24T00:00:00Z"));
        assert_eq!(auto_build(&world.app).await.unwrap().dates, 999);
        assert_eq!(days(&world).await.len(), 999);
    }
}
