//! `$JOB:ADD`: a job of the definitions comes into a day that is there, once, and is known by whom.

use connector::fake::Plan;
use scheduler_store::{daily_job, daily_schedule, edge};

use super::{said, with_events};
use crate::events::perform;
use crate::outcomes::missing_outcomes;
use crate::testing::day::{Day, built_with, task};
use crate::testing::worlds;
use crate::{Caller, view};

/// A job that no build makes, and more fields.
fn extra(more: &str) -> String {
    task("", &format!(r#", "disable_build": true{more}"#))
}

const NOTHING: &str = r#""thresholds": {}"#;
const DONE: &str = r#""job_status": "finished_ok""#;

/// The daily jobs of a schedule of the day with their statuses and open edges.
async fn jobs_of(day: &Day, schedule: &'static str) -> Vec<String> {
    let read = day.world.app.db().read(move |tx| {
        Box::pin(async move {
            let mut lines = Vec::new();
            for each in daily_schedule::of_date(tx, "2026-11-23").await? {
                if each.name != schedule {
                    continue;
                }
                lines.push(format!("{} ({} open)", each.status, each.open_jobs));
                for job in daily_job::of_schedule(tx, each.id).await? {
                    lines.push(format!("{}: {} {}", job.name, job.status, job.open_edges));
                }
            }
            Ok::<_, sql::Error>(lines)
        })
    });
    read.await.unwrap()
}

/// Why a job of a schedule of the day is as it is.
async fn why(day: &Day, schedule: &'static str, name: &'static str) -> Vec<String> {
    let read = day.world.app.db().read(move |tx| {
        Box::pin(async move {
            let schedule = daily_schedule::found(tx, "2026-11-23", schedule).await?.unwrap();
            Ok::<_, sql::Error>(daily_job::named(tx, schedule.id, name).await?.unwrap().id)
        })
    });
    let id = read.await.unwrap();
    let (_, _, why) = view::job(&day.world.app, id).await.unwrap();
    why.into_iter()
        .map(|each| {
            let because: Vec<String> = each.because.into_iter().map(|each| each.text).collect();
            if because.is_empty() {
                each.text
            } else {
                format!("{}: {}", each.text, because.join("; "))
            }
        })
        .collect()
}

async fn is_complete(day: &Day) {
    let (caller, date) = (Caller::local("anna"), "2026-11-23".parse().unwrap());
    let outcomes = missing_outcomes(&day.world.app, &caller, date).await.unwrap();
    assert_eq!((outcomes.missing, outcomes.open), (Vec::new(), 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_added_job_waits_for_its_predecessors_and_who_waits_for_it_goes_on() {
    for world in worlds().await {
        world.fake.plan_all(|_| Plan::ends_after(1, 0));
        let first = with_events(&[(r#""job_status": "start_attempted""#, "$JOB:ADD,,S,Extra")]);
        let requires =
            |job: &str| format!(r#", "depends_on": [{{"requires": {{"job": "{job}"}}}}]"#);
        let jobs = format!(
            r#"{{"First": {first}, "Last": {}, "Extra": {}}}"#,
            task("", &requires("Extra")),
            extra(&requires("First")),
        );
        let mut day = built_with(world, 0, NOTHING, &jobs).await;
        day.settle_without_events().await;
        assert_eq!(
            jobs_of(&day, "S").await,
            ["In Process (2 open)", "First: Attempt to Start 0", "Last: Wait Job Dependency 1"]
        );
        perform(&day.world.app).await.unwrap();
        assert_eq!(
            jobs_of(&day, "S").await,
            [
                "In Process (3 open)",
                "First: Start Attempted 0",
                "Last: Wait Job Dependency 1",
                "Extra: Qualifying 1"
            ]
        );
        let why = why(&day, "S", "Extra").await;
        assert!(
            why[0].starts_with("it waits for `S/First` to finish OK, which is `Start Attempted`"),
            "{why:?}"
        );
        assert_eq!(
            why[1..],
            [
                "it was added to its schedule at Mon 2026-11-23 04:00:00 UTC by an event of `2026-11-23/S/First`"
            ]
        );
        day.settle().await;
        assert_eq!(
            day.statuses().await,
            ["S: Completed", "First: Finished OK", "Last: Finished OK", "Extra: Finished OK"]
        );
        assert_eq!(said(&day).await, ["$JOB:ADD,,S,Extra: - to added Extra"]);
        assert!(
            day.audit().await.iter().any(|line| line.starts_with("event:2026-11-23/S/First event"))
        );
        assert_eq!(
            day.outcomes().await,
            [
                "Extra ran: Finished OK: code 0",
                "First ran: Finished OK: code 0",
                "Last ran: Finished OK: code 0"
            ]
        );
        is_complete(&day).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_added_on_hold_with_properties_and_as_often_as_its_definition_allows() {
    for world in worlds().await {
        world.fake.plan_all(|_| Plan::ends_after(1, 0));
        let first = with_events(&[
            (DONE, "$JOB:ADDHLD,,S,Held,Daily"),
            (DONE, "$JOB:ADD,,S,Held"),
            (DONE, "$JOB:ADD,,S,Many,,FILE=a.csv;SIZE=3"),
            (DONE, "$JOB:ADD,,S,Many,,FILE=a.csv"),
            (DONE, "$JOB:ADD,,S,Many"),
            (DONE, "$JOB:ADD,,S,Many,[[WHICH]]"),
            (DONE, "$JOB:ADD,,S,First"),
        ]);
        let many = extra(
            r#", "allow_multi_instance": true, "properties": {"SIZE": "1"},
               "events": [{"trigger": {"job_status": "finished_ok"}, "event": "$CONSOLE:DISPLAY,[[JI.FILE]] [[JI.SIZE]]"}]"#,
        );
        let jobs = format!(r#"{{"First": {first}, "Held": {}, "Many": {many}}}"#, extra(""));
        let mut day =
            built_with(world, 0, r#""properties": {"WHICH": {"value": "Weekly"}}"#, &jobs).await;
        day.settle().await;
        assert_eq!(
            day.statuses().await,
            [
                "S: In Process",
                "First: Finished OK",
                "Held: On Hold",
                "Many_a.csv: Finished OK",
                "Many$0001: Finished OK",
                "Many: Finished OK"
            ]
        );
        let said = said(&day).await;
        for (line, expected) in said.iter().zip([
            "$JOB:ADDHLD,,S,Held,Daily: - to added Held",
            "refused: `S/Held` is there already and is `On Hold`; a job that has not ended is added once more only where",
            "added Many_a.csv",
            "added Many$0001",
            "added Many",
            "refused: there is no frequency `Weekly` of the job `Many`; it has `Daily`",
            "refused: `S/First` is there already and is `Finished OK; Processing Events`",
        ]) {
            assert!(line.contains(expected), "{line} has not {expected}");
        }
        let displayed: Vec<&String> =
            said.iter().filter(|line| line.starts_with("$CONSOLE:DISPLAY")).collect();
        assert_eq!(displayed.len(), 3, "{said:#?}");
        assert!(displayed.iter().any(|line| line.contains("DISPLAY,a.csv 3")), "{displayed:?}");
        assert!(displayed.iter().any(|line| line.contains("DISPLAY,a.csv 1")), "{displayed:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completed_schedule_goes_on_when_the_event_says_so_and_keeps_the_job_waiting_otherwise() {
    for world in worlds().await {
        world.fake.plan_all(|_| Plan::ends_after(1, 0));
        let sections = |events: [&str; 2]| {
            let other = with_events(&[(DONE, events[0]), (DONE, events[1])]);
            format!(
                r#""agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}}}}},
                "schedules": {{
                    "S": {{"jobs": {{"J": {}, "Extra": {}, "More": {}}}}},
                    "T": {{"jobs": {{"Other": {other}}}, "start_time": "06:00"}}
                }}"#,
                task("", ""),
                extra(""),
                extra("")
            )
        };
        world.build(&sections(["$JOB:ADD,,S,Extra,,,N", "$JOB:ADD,,S,More,,,Y"])).await;
        let mut day = Day::of(world);
        day.settle().await;
        assert_eq!(jobs_of(&day, "S").await, ["Completed (0 open)", "J: Finished OK 0"]);
        day.until("2026-11-23T06:00:00Z").await;
        let all = jobs_of(&day, "S").await;
        assert_eq!(
            all,
            [
                "Completed (0 open)",
                "J: Finished OK 0",
                "Extra: Finished OK 0",
                "More: Finished OK 0"
            ],
            "the second opened it for both"
        );
        is_complete(&day).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_may_not_open_its_schedule_waits_and_says_for_what() {
    for world in worlds().await {
        world.fake.plan_all(|_| Plan::ends_after(1, 0));
        let other = with_events(&[(DONE, "$JOB:ADD,,S,Extra")]);
        world
            .build(&format!(
                r#""agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}}}}},
                "schedules": {{
                    "S": {{"jobs": {{"J": {}, "Extra": {}}}}},
                    "T": {{"jobs": {{"Other": {other}}}, "start_time": "06:00"}}
                }}"#,
                task("", ""),
                extra("")
            ))
            .await;
        let mut day = Day::of(world);
        day.until("2026-11-23T06:00:00Z").await;
        assert_eq!(
            jobs_of(&day, "S").await,
            ["Completed (1 open)", "J: Finished OK 0", "Extra: Qualifying 0"]
        );
        let why = why(&day, "S", "Extra").await;
        assert!(
            why[0].starts_with(
                "its schedule `S` is `Completed`: it was added by an event that may not open"
            ),
            "{why:?}"
        );
        let date = "2026-11-23".parse().unwrap();
        let found = missing_outcomes(&day.world.app, &Caller::local("anna"), date).await.unwrap();
        assert_eq!(
            (found.missing.len(), found.open),
            (0, 1),
            "it has no outcome yet, and needs none"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ad_hoc_is_made_for_today_by_the_first_job_and_open_until_midnight() {
    for world in worlds().await {
        world.fake.plan_all(|_| Plan::ends_after(1, 0));
        let first = with_events(&[
            (DONE, "$JOB:ADD,,,Clean"),
            (DONE, "$JOB:ADD,2026-11-22,AdHoc,Clean"),
            (DONE, "$JOB:ADD,2026-11-24,AdHoc,Clean"),
            (DONE, "$JOB:ADD,,,SMA_SKD_BUILD"),
            (DONE, "$JOB:ADD,,,Sweep"),
        ]);
        world
            .build(&format!(
                r#""agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}}}}},
                "schedules": {{
                    "AdHoc": {{"time_zone": "Europe/Zurich", "jobs": {{"Clean": {clean}, "Sweep": {clean}, "SMA_SKD_BUILD": {clean}}}}},
                    "S": {{"jobs": {{"First": {first}}}}}
                }}"#,
                clean = task("", "")
            ))
            .await;
        let mut day = Day::of(world);
        assert_eq!(jobs_of(&day, "AdHoc").await, Vec::<String>::new(), "no build makes it");
        day.settle().await;
        let open = ["In Process (0 open)", "Clean: Finished OK 0", "Sweep: Finished OK 0"];
        assert_eq!(jobs_of(&day, "AdHoc").await, open);
        let said = said(&day).await;
        for (line, expected) in said.iter().zip([
            "added Clean",
            "refused: the schedule AdHoc of 2026-11-22 closed at midnight",
            "refused: the schedule AdHoc of 2026-11-24 does not exist yet",
            "refused: `SMA_SKD_BUILD` has the events of automatic maintenance",
            "added Sweep",
        ]) {
            assert!(line.contains(expected), "{line} has not {expected}");
        }
        // Midnight in Zurich.
        day.until("2026-11-23T22:59:30Z").await;
        assert_eq!(jobs_of(&day, "AdHoc").await, open);
        day.until("2026-11-23T23:00:00Z").await;
        assert_eq!(jobs_of(&day, "AdHoc").await[0], "Completed (0 open)");
        is_complete(&day).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_perform_the_same_event_add_one_job() {
    for world in worlds().await {
        world.fake.plan_all(|_| Plan::ends_after(1, 0));
        let adds: Vec<(&str, &str)> = (0..10).map(|_| (DONE, "$JOB:ADD,,AdHoc,Many")).collect();
        world
            .build(&format!(
                r#""agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}}}}},
                "schedules": {{
                    "AdHoc": {{"jobs": {{"Many": {}}}}},
                    "S": {{"jobs": {{"First": {first}, "Second": {first}}}}}
                }}"#,
                extra(r#", "allow_multi_instance": true"#),
                first = with_events(&adds),
            ))
            .await;
        let mut day = Day::of(world);
        day.settle_without_events().await;
        let other = day.world.beside("other").await;
        let (one, two) = tokio::join!(perform(&day.world.app), perform(&other));
        one.unwrap();
        two.unwrap();
        let jobs = jobs_of(&day, "AdHoc").await;
        assert_eq!(jobs[0], "In Process (20 open)");
        assert_eq!(jobs.len(), 21);
        day.settle().await;
        assert_eq!(jobs_of(&day, "AdHoc").await[0], "In Process (0 open)");
        assert_eq!(day.world.fake.tasks().len(), 22);
        is_complete(&day).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_job_waits_for_the_copies_that_are_added_meanwhile() {
    for world in worlds().await {
        world.fake.plan_all(|_| Plan::ends_after(1, 0));
        let first = with_events(&[(r#""job_status": "start_attempted""#, "$JOB:ADD,,S,Many")]);
        let jobs = format!(
            r#"{{"Many": {}, "First": {first}, "Last": {}}}"#,
            task("", r#", "allow_multi_instance": true"#),
            task("", r#", "depends_on": [{"requires": {"job": "Many"}}]"#),
        );
        let mut day = built_with(world, 0, NOTHING, &jobs).await;
        perform(&day.world.app).await.unwrap();
        day.settle().await;
        let read = day.world.app.db().read(|tx| {
            Box::pin(async move {
                let schedule = daily_schedule::found(tx, "2026-11-23", "S").await?.unwrap();
                let last = daily_job::named(tx, schedule.id, "Last").await?.unwrap();
                edge::of(tx, last.id).await
            })
        });
        let edges = read.await.unwrap();
        assert!(
            edges.iter().all(|edge| !edge.is_open && edge.predecessor_id.is_some()),
            "{edges:?}"
        );
        assert_eq!(
            day.statuses().await,
            [
                "S: Completed",
                "Many: Finished OK",
                "First: Finished OK",
                "Last: Finished OK",
                "Many$0001: Finished OK"
            ]
        );
    }
}
