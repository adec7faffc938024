//! Each date is built once, whatever happens, and what is not built says why.

mod plans;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use scheduler_core::definition::Definitions;
use scheduler_store::auto_build::{self as table, AutoBuild, BuildDay};
use scheduler_store::{audit, daily_job, daily_schedule, outcome};

use super::{Done, auto_build, days_due, store};
use crate::agents::Connectors;
use crate::build::{Request, build};
use crate::definitions::apply;
use crate::outcomes::{Outcomes, missing_outcomes};
use crate::testing::{World, worlds};
use crate::{App, Caller, Error, Process};

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

/// As [`applied`], with tomorrow built, which is due at once.
async fn begun(world: &World, schedules: &str) {
    applied(world, schedules).await;
    pass(&world.app).await;
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
        // Tomorrow would have been built at midnight.
        applied(&world, &own("")).await;
        assert_eq!(stands(&world).await, ["N 2026-11-24 at 2026-11-23T00:00:00Z"]);
        applied(&world, &own(r#""build_time": "05:00""#)).await;
        assert_eq!(stands(&world).await, ["N 2026-11-24 at 2026-11-23T05:00:00Z"]);
        applied(&world, &own(r#""days_in_advance": 3, "build_time": "05:00""#)).await;
        assert_eq!(stands(&world).await, ["N 2026-11-24 at 2026-11-21T05:00:00Z"]);
        let zone =
            own("").replace("\"auto_build\"", "\"time_zone\": \"Asia/Tokyo\", \"auto_build\"");
        applied(&world, &zone).await;
        assert_eq!(stands(&world).await, ["N 2026-11-24 at 2026-11-22T15:00:00Z"]);
        applied(&world, r#"{"N": {"jobs": {}}}"#).await;
        assert_eq!(stands(&world).await, Vec::<String>::new());
        // Today, where its time is to come.
        applied(&world, &own(r#""days_in_advance": 0, "build_time": "05:00""#)).await;
        assert_eq!(stands(&world).await, ["N 2026-11-23 at 2026-11-23T05:00:00Z"]);
        applied(&world, r#"{"N": {"jobs": {}}}"#).await;
        // No day is left out: what is due by now follows at once.
        applied(&world, &own(r#""days_in_advance": 2, "build_time": "05:00""#)).await;
        assert_eq!(stands(&world).await, ["N 2026-11-24 at 2026-11-22T05:00:00Z"]);
        assert_eq!(
            pass(&world.app).await,
            Done { dates: 1, next: Some(at("2026-11-23T05:00:00Z")) }
        );
        assert_eq!(days(&world).await, ["11-24/N"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dates_are_built_when_their_time_has_come_and_never_twice() {
    for world in worlds().await {
        begun(&world, &own(r#""on_hold": true"#)).await;
        world.clock.set(at("2026-11-23T23:59:59.999999Z"));
        assert_eq!(pass(&world.app).await.dates, 0);
        world.clock.set(at("2026-11-24T00:00:00Z"));
        let next = Some(at("2026-11-25T00:00:00Z"));
        assert_eq!(pass(&world.app).await, Done { dates: 1, next });
        assert_eq!(pass(&world.app).await, Done { dates: 0, next });
        assert_eq!(days(&world).await, ["11-24/N", "11-25/N"]);
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
        let built: Vec<String> = (24..=29).map(|day| format!("11-{day}/N")).collect();
        assert_eq!(days(&world).await, built);
        let callers =
            world.app.db().read(|tx| Box::pin(async move { audit::after(tx, 0, 100).await }));
        let built = callers.await.unwrap().into_iter();
        let built = built.filter(|record| record.caller == "system:auto_build");
        assert_eq!(built.count(), 6);
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
            begun(&world, &own(&format!(r#""catch_up": "{policy}""#))).await;
            world.clock.set(at("2026-11-24T00:00:00Z"));
            pass(&world.app).await;
            world.clock.set(at("2026-11-29T10:00:00Z"));
            assert_eq!(pass(&world.app).await.dates, 5, "{policy}");
            let expected: Vec<String> = ["11-24/N".to_owned(), "11-25/N".to_owned()]
                .into_iter()
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
        begun(&world, &own("")).await;
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
        assert_eq!(days(&world).await, ["11-24/N"]);
        let world = world.next_life().await;
        // What the old life has planned it can store no more.
        let late = world.app.db().write(move |tx| {
            let (planned, loaded) = (Arc::clone(&again), Arc::clone(&of));
            Box::pin(async move { planned.store(tx, &loaded, now, life).await })
        });
        assert!(matches!(late.await, Err(Error::Fenced)));
        assert_eq!(pass(&world.app).await.dates, 1);
        assert_eq!(days(&world).await, ["11-24/N", "11-25/N"]);
        assert_eq!(stands(&world).await, ["N 2026-11-26 at 2026-11-25T00:00:00Z"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_at_once_build_each_date_once() {
    for world in worlds().await {
        // A second build of the same date would make an instance more.
        let many = own("").replace("\"auto_build\"", "\"multi_instance\": true, \"auto_build\"");
        begun(&world, &many).await;
        let connectors = Connectors::new(vec![Arc::new(world.fake.clone())]);
        let clock = world.clock.shared();
        let db = world.app.db().clone();
        let other = App::begin(db, clock, connectors, Process { name: "other", home: "other" })
            .await
            .unwrap();
        world.clock.set(at("2026-12-03T00:00:00Z"));
        let (one, two) = tokio::join!(pass(&world.app), pass(&other));
        assert_eq!(one.dates + two.dates, 10);
        let expected: Vec<String> = ["11-24", "11-25", "11-26", "11-27", "11-28", "11-29", "11-30"]
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
        begun(&world, &own("")).await;
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
async fn a_schedule_whose_next_date_is_damaged_holds_up_no_other() {
    for world in worlds().await {
        let of = format!(r#"{{"auto_build": {{}}, "jobs": {{"J": {JOB}}}}}"#);
        begun(&world, &format!(r#"{{"M": {of}, "N": {of}}}"#)).await;
        let damaged = world.app.db().write(|tx| {
            Box::pin(async move {
                let mut rows = table::lock(tx, &sql::text_list(["M"])).await?;
                rows[0].next_date = "damaged".to_owned();
                table::put(tx, &rows).await
            })
        });
        damaged.await.unwrap();
        world.clock.set(at("2026-11-24T00:00:00Z"));
        assert_eq!(auto_build(&world.app).await.unwrap().dates, 1);
        assert_eq!(days(&world).await, ["11-24/M", "11-24/N", "11-25/N"]);
    }
}
