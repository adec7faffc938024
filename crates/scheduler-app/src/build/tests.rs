//! What is stored is what the plan says, and what is there already counts.

use connector::StartTask;
use connector::fake::{Plan, ended};
use scheduler_core::definition::Definitions;
use scheduler_store::{daily_job, daily_schedule, edge};

use super::{Built, Planned, Request, build};
use crate::definitions::apply;
use crate::testing::day::{Day, task};
use crate::testing::{World, worlds};
use crate::{Caller, Error};

async fn store(world: &World, schedules: &str) {
    let all = format!(
        r#"{{"frequencies": {{"Daily": {{"when": {{"all_weeks": {{"day_type": "any",
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}}}}}}}},
            "schedules": {schedules}}}"#
    );
    let definitions: Definitions =
        serde_json::from_str(&all).unwrap_or_else(|error| panic!("{error}"));
    apply(&world.app, &Caller::local("anna"), definitions, None, None).await.unwrap();
}

fn request(date: &str, schedules: Option<&[&str]>) -> Request {
    Request {
        date: date.parse().unwrap(),
        schedules: schedules.map(|all| all.iter().map(ToString::to_string).collect()),
        overwrite: false,
        on_hold: false,
        reason: None,
    }
}

async fn built(world: &World, request: Request) -> Built {
    build(&world.app, &Caller::local("anna"), request).await.unwrap()
}

/// What is stored of a date: each schedule and job with its status, each edge.
async fn day(world: &World, date: &'static str) -> Vec<String> {
    let read = world.app.db().read(|tx| {
        Box::pin(async move {
            let mut lines = Vec::new();
            for schedule in daily_schedule::of_date(tx, date).await? {
                lines.push(format!("{} ({})", schedule.name, schedule.status));
                for job in daily_job::of_schedule(tx, schedule.id).await? {
                    lines.push(format!("  {} ({}) open {}", job.name, job.status, job.open_edges));
                    for edge in edge::of(tx, job.id).await? {
                        let other = match edge.predecessor_id {
                            Some(id) => {
                                daily_job::by_ids(tx, &sql::id_list([id])).await?[0].name.clone()
                            }
                            None => format!(
                                "{}/{} of {}",
                                edge.wanted_schedule.unwrap_or_default(),
                                edge.wanted_job.unwrap_or_default(),
                                edge.wanted_date.unwrap_or_default()
                            ),
                        };
                        let open = if edge.is_open { "waits" } else { "free" };
                        lines.push(format!("    {} {other}: {open}", edge.kind));
                    }
                }
            }
            Ok::<_, sql::Error>(lines)
        })
    });
    read.await.unwrap()
}

const DAILY: &str = r#""frequencies": [{"use": "Daily"}]"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_is_stored_with_instances_containers_and_edges() {
    for world in worlds().await {
        let schedules = format!(
            r#"{{"Night": {{{DAILY}, "jobs": {{
                "Load": {{"run": "null_job", "instances": [{{"P": "1"}}, {{"P": "2"}}]}},
                "Inside": {{"run": {{"container": {{"schedule": "Sub"}}}}, "depends_on": [{{"requires": {{"job": "Load"}}}}]}},
                "End": {{"run": "null_job", "depends_on": [{{"after": {{"job": "Inside"}}}}, {{"conflict": {{"job": "Load"}}}}]}}
            }}}}, "Sub": {{{DAILY}, "subschedule": true, "jobs": {{"Core": {{"run": "null_job"}}}}}}}}"#
        );
        store(&world, &schedules).await;
        let done = built(&world, request("2026-11-23", None)).await;
        let names: Vec<(&str, usize)> =
            done.schedules.iter().map(|each| (each.name.as_str(), each.jobs)).collect();
        assert_eq!(names, [("Night", 4), ("Night_Inside[Sub]", 1)]);
        assert_eq!(
            day(&world, "2026-11-23").await,
            [
                "Night (Wait to Start)",
                "  Load_1 (Qualifying) open 0",
                "  Load_2 (Qualifying) open 0",
                "  Inside (Qualifying) open 2",
                "    requires Load_1: waits",
                "    requires Load_2: waits",
                "  End (Qualifying) open 1",
                "    after Inside: waits",
                "    conflict Load_1: free",
                "    conflict Load_2: free",
                "Night_Inside[Sub] (Wait Container Job)",
                "  Core (Qualifying) open 0",
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_of_other_builds_are_found_and_those_that_come_later_are_waited_for() {
    for world in worlds().await {
        let schedules = format!(
            r#"{{"A": {{{DAILY}, "jobs": {{
                "First": {{"run": "null_job", "depends_on": [{{"requires": {{"job": "First", "offset_days": -1}}}},
                    {{"after": {{"job": "Last", "schedule": "B"}}}}]}}
            }}}}, "B": {{{DAILY}, "jobs": {{"Last": {{"run": "null_job",
                "depends_on": [{{"requires": {{"job": "First", "schedule": "A", "offset_days": -1}}}}]}}}}}}}}"#
        );
        store(&world, &schedules).await;
        built(&world, request("2026-11-23", Some(&["A"]))).await;
        assert_eq!(
            day(&world, "2026-11-23").await,
            [
                "A (Wait to Start)",
                "  First (Qualifying) open 1",
                "    requires A/First of 2026-11-22: waits",
                "    after B/Last of 2026-11-23: free",
            ]
        );
        built(&world, request("2026-11-23", Some(&["B"]))).await;
        let after = day(&world, "2026-11-23").await;
        assert_eq!(after[1], "  First (Qualifying) open 2");
        assert_eq!(after[3], "    after Last: waits");
        built(&world, request("2026-11-24", None)).await;
        assert_eq!(
            day(&world, "2026-11-24").await,
            [
                "A (Wait to Start)",
                "  First (Qualifying) open 2",
                "    requires First: waits",
                "    after Last: waits",
                "B (Wait to Start)",
                "  Last (Qualifying) open 1",
                "    requires First: waits",
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_there_stays_and_a_multi_instance_schedule_gets_one_more() {
    for world in worlds().await {
        let schedules = format!(
            r#"{{"One": {{{DAILY}, "jobs": {{"J": {{"run": "null_job"}}}}}},
                "Many": {{{DAILY}, "multi_instance": true, "jobs": {{"J": {{"run": "null_job"}}}}}}}}"#
        );
        store(&world, &schedules).await;
        built(&world, request("2026-11-23", None)).await;
        let again = built(&world, Request { overwrite: true, ..request("2026-11-23", None) }).await;
        let names: Vec<&str> = again.schedules.iter().map(|each| each.name.as_str()).collect();
        assert_eq!(names, ["Many$0002"]);
        let left: Vec<String> =
            again.left.iter().map(|(name, why)| format!("{name}: {why}")).collect();
        assert_eq!(left, ["One: it is `Wait to Start`; only a completed schedule is replaced"]);
        assert_eq!(day(&world, "2026-11-23").await.len(), 6);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_schedule_is_refused_with_the_nearest_name() {
    for world in worlds().await {
        store(&world, r#"{"Night": {"jobs": {}}}"#).await;
        let caller = Caller::local("anna");
        let error =
            build(&world.app, &caller, request("2026-11-23", Some(&["Nigt"]))).await.unwrap_err();
        assert!(matches!(error, Error::Unknown { .. }));
        assert_eq!(error.to_string(), "there is no schedule `Nigt`; did you mean `Night`?");
    }
}

/// The status of the only job of each schedule, day after day.
async fn statuses(day: &Day) -> Vec<String> {
    let read = day.world.app.db().read(|tx| {
        Box::pin(async move {
            let mut all = Vec::new();
            for date in ["2026-11-23", "2026-11-24"] {
                for schedule in daily_schedule::of_date(tx, date).await? {
                    let job = daily_job::of_schedule(tx, schedule.id).await?.remove(0);
                    all.push(format!("{} {}: {}", &date[8..], job.name, job.status));
                }
            }
            Ok::<_, sql::Error>(all)
        })
    });
    read.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_on_all_days_keeps_other_days_waiting_whoever_names_it() {
    // The job with itself, and with one that does not know of it: the day that is built later waits, or the other one.
    let itself = |more: &str| format!(r#"{{"S": {{"jobs": {{"J": {}}}}}}}"#, task("", more));
    let other = format!(
        r#"{{"S": {{"jobs": {{"J": {}}}}}, "T": {{"jobs": {{"K": {}}}}}}}"#,
        task(
            "",
            r#", "depends_on": [{"conflict": {"job": "K", "schedule": "T", "all_days": true}}]"#
        ),
        task("", "")
    );
    let alone = itself(r#", "depends_on": [{"conflict": {"job": "J", "all_days": true}}]"#);
    for (schedules, first, second, waits) in [
        (alone, "S", "S", "24 J: Wait Job Conflict"),
        (other.clone(), "S", "T", "24 K: Wait Job Conflict"),
        (other, "T", "S", "24 J: Wait Job Conflict"),
        (itself(""), "S", "S", "24 J: Job Running"),
    ] {
        for world in worlds().await {
            world.fake.plan_all(|_: &StartTask| Plan::until_told());
            let agents = r#""agents": {"A": {"connection": {"plug_in": {"integration": "Fake"}}}}"#;
            let schedules = format!("{schedules}, {agents}");
            store(&world, &schedules).await;
            built(&world, request("2026-11-23", Some(&[first]))).await;
            let mut day = Day::of(world);
            day.settle().await;
            built(&day.world, request("2026-11-24", Some(&[second]))).await;
            day.world.clock.set("2026-11-24T00:00:00Z".parse().unwrap());
            day.settle().await;
            assert_eq!(statuses(&day).await[1], waits);
            day.world.fake.end(&day.key(1, 1).await, ended(0));
            day.settle().await;
            assert!(statuses(&day).await[1].ends_with(": Job Running"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subschedule_has_the_properties_of_its_container_over_its_own() {
    for world in worlds().await {
        store(
            &world,
            r#"{"Sub": {"subschedule": true, "properties": {"BRANCH": "NONE", "MORE": "SUB"},
                    "jobs": {"J": {"run": "null_job", "frequencies": [{"use": "Daily"}]}}},
                "S": {"jobs": {"Inside": {"run": {"container": {"schedule": "Sub"}}, "properties": {"BRANCH": "NORTH"},
                    "frequencies": [{"use": "Daily"}]}}}}"#,
        )
        .await;
        built(&world, request("2026-11-23", None)).await;
        let read = world
            .app
            .db()
            .read(|tx| Box::pin(async move { daily_schedule::of_date(tx, "2026-11-23").await }));
        let sub = read.await.unwrap().into_iter().find(|each| each.schedule == "Sub").unwrap();
        assert_eq!(sub.properties, r#"{"BRANCH":"NORTH","MORE":"SUB"}"#);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_planned_before_the_definitions_were_changed_is_not_stored() {
    for world in worlds().await {
        let of = |job: &str| {
            format!(
                r#"{{"S": {{"jobs": {{"{job}": {{"run": "null_job", "frequencies": [{{"use": "Daily"}}]}}}}}}}}"#
            )
        };
        store(&world, &of("Old")).await;
        let planned = Planned::new(&world.app, request("2026-11-23", None)).await.unwrap();
        store(&world, &of("New")).await;
        let planned = std::sync::Arc::new(planned);
        let now = world.app.now();
        let stored = world.app.db().write(move |tx| {
            let planned = std::sync::Arc::clone(&planned);
            Box::pin(async move { planned.store(tx, now).await })
        });
        let refused = stored.await.unwrap_err();
        assert!(matches!(refused, Error::Revision { expected: 1, found: 2 }), "{refused}");
        built(&world, request("2026-11-23", None)).await;
        assert_eq!(
            day(&world, "2026-11-23").await,
            ["S (Wait to Start)", "  New (Qualifying) open 0"]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subschedule_is_not_built_by_itself() {
    for world in worlds().await {
        let job = r#"{"run": "null_job", "frequencies": [{"use": "Daily"}]}"#;
        store(&world, &format!(r#"{{"Sub": {{"subschedule": true, "jobs": {{"J": {job}}}}}}}"#))
            .await;
        let asked = request("2026-11-23", Some(&["Sub"]));
        let refused = build(&world.app, &Caller::local("anna"), asked).await.unwrap_err();
        assert!(refused.to_string().contains("the container job that runs it"), "{refused}");
        assert_eq!(built(&world, request("2026-11-23", None)).await.schedules, []);
    }
}
