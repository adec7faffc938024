//! What operators add: names that lead nowhere, instances, copies, containers, ended jobs that are replaced.

use connector::StartTask;
use connector::fake::Plan;
use scheduler_core::action::Privilege;
use scheduler_core::schedule::event_properties::{Set, set_of};
use scheduler_store::{daily_job, daily_schedule};

use super::Request;
use crate::operate::add_job;
use crate::testing::day::{Day, task};
use crate::testing::{World, worlds};
use crate::{Caller, Error};

fn request(schedule: &str, job: &str) -> Request {
    Request {
        date: "2026-11-23".parse().unwrap(),
        schedule: schedule.to_owned(),
        job: job.to_owned(),
        frequency: None,
        on_hold: false,
        properties: Set::new(),
        apply_exceptions: false,
    }
}

/// `A=1;B=2` as properties.
fn properties(text: &str) -> Set {
    let parts = text.split(';').map(|part| part.split_once('=').unwrap());
    set_of(parts.map(|(name, value)| (name.parse().unwrap(), value.to_owned())))
}

async fn add(world: &World, request: Request) -> Result<Vec<String>, Error> {
    add_job(&world.app, &Caller::local("anna"), request, Some("asked for")).await
}

async fn refused(world: &World, request: Request) -> String {
    add(world, request).await.unwrap_err().to_string()
}

/// All daily jobs of the day: schedule, job, open edges, properties.
async fn all(world: &World) -> Vec<String> {
    let read = world.app.db().read(|tx| {
        Box::pin(async move {
            let mut lines = Vec::new();
            for each in daily_schedule::of_date(tx, "2026-11-23").await? {
                for job in daily_job::of_schedule(tx, each.id).await? {
                    let properties = job.properties.replace("{}", "");
                    let line =
                        format!("{}/{} {} {properties}", each.name, job.name, job.open_edges);
                    lines.push(line.trim_end().to_owned());
                }
            }
            Ok::<_, sql::Error>(lines)
        })
    });
    read.await.unwrap()
}

const AGENTS: &str = r#""agents": {"A": {"connection": {"plug_in": {"integration": "Fake"}}},
    "B": {"connection": {"plug_in": {"integration": "Fake"}}}}, "machine_groups": {"Both": {"agents": ["A", "B"]}}"#;

/// A job that no build makes, and more fields.
fn extra(more: &str) -> String {
    task("", &format!(r#", "disable_build": true{more}"#))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_adds_a_job_must_be_allowed_to_and_name_what_is_there() {
    for world in worlds().await {
        world.fake.plan_all(|_| Plan::ends_after(1, 0));
        let none = r#"{"run": "null_job"}"#;
        world
            .build(&format!(
                r#"{AGENTS}, "schedules": {{"S": {{"jobs": {{"J": {}, "Extra": {}, "None": {none}}}}}}}"#,
                task("", ""),
                extra("")
            ))
            .await;
        let nobody = Caller::with("eve", vec![Privilege::HoldJobs]);
        let forbidden = add_job(&world.app, &nobody, request("S", "Extra"), None).await;
        assert!(matches!(forbidden, Err(Error::Forbidden { .. })));
        for (request, expected) in [
            (request("T", "Extra"), "`T` is not built for 2026-11-23; build it first"),
            (request("S", "Extrq"), "there is no job `S/Extrq`; did you mean `Extra`?"),
            (
                Request { frequency: Some("Weekly".to_owned()), ..request("S", "Extra") },
                "there is no frequency `Weekly` of the job `Extra`; it has `Daily`",
            ),
            (
                request("S", "J"),
                "`S/J` is there already and is `Qualifying`; a job that has not ended",
            ),
            (request("S", "None"), "`None` has no frequency, so nothing says how it is to run"),
            (request("AdHoc", "X"), "there is no schedule `AdHoc`"),
        ] {
            let said = refused(&world, request).await;
            assert!(said.contains(expected), "{said}");
        }
        assert_eq!(all(&world).await, ["S/J 0"], "nothing was added");
        let held = Request { on_hold: true, ..request("S", "Extra") };
        assert_eq!(add(&world, held).await.unwrap(), ["Extra"]);
        let day = Day::of(world);
        let audit = day.audit().await;
        assert_eq!(audit.last().unwrap(), "local:anna job.add 2026-11-23/S/Extra: - to Extra");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_job_is_replaced_and_who_waits_for_it_waits_for_the_new_one() {
    for world in worlds().await {
        world.fake.plan_all(|start: &StartTask| {
            Plan::ends_after(1, i32::from(start.name.ends_with("Bad")))
        });
        let next = task("", r#", "depends_on": [{"requires": {"job": "Bad"}}]"#);
        world
            .build(&format!(
                r#"{AGENTS}, "schedules": {{"S": {{"jobs": {{"Bad": {}, "Next": {next}}}}}}}"#,
                task("", "")
            ))
            .await;
        let mut day = Day::of(world);
        day.settle().await;
        let failed = ["S: In Process", "Bad: Failed", "Next: Wait Job Dependency"];
        assert_eq!(day.statuses().await, failed);
        assert_eq!(day.failed_jobs().await, 1);
        day.world.fake.plan_all(|_| Plan::ends_after(1, 0));
        assert_eq!(add(&day.world, request("S", "Bad")).await.unwrap(), ["Bad"]);
        assert_eq!(day.failed_jobs().await, 0);
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "Next: Finished OK", "Bad: Finished OK"]);
        assert_eq!(
            day.outcomes().await,
            [
                "Bad ran: Failed: code 1",
                "Bad ran: Finished OK: code 0",
                "Next ran: Finished OK: code 0"
            ],
            "what became of the first is known"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_container_is_replaced_with_what_is_in_it() {
    for world in worlds().await {
        world.fake.plan_all(|_| Plan::ends_after(1, 0));
        let container =
            r#"{"run": {"container": {"schedule": "Sub"}}, "frequencies": [{"use": "Daily"}]}"#;
        world
            .build(&format!(
                r#"{AGENTS}, "schedules": {{"S": {{"jobs": {{"C": {container}}}}},
                    "Sub": {{"subschedule": true, "jobs": {{"K": {}}}}}}}"#,
                task("", "")
            ))
            .await;
        let mut day = Day::of(world);
        day.settle().await;
        let ended = ["S: Completed", "C: Finished OK"];
        assert_eq!(day.statuses().await, ended);
        assert_eq!(add(&day.world, request("S", "C")).await.unwrap(), ["C"]);
        assert_ne!(day.statuses().await, ended);
        day.settle().await;
        assert_eq!(day.statuses().await, ended);
        let ran = ["C ran: Finished OK", "K ran: Finished OK"];
        let outcomes = day.outcomes().await;
        for each in ran {
            let times = outcomes.iter().filter(|outcome| outcome.starts_with(each)).count();
            assert_eq!(times, 2, "{outcomes:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_opens_a_completed_schedule_by_adding_a_job() {
    for world in worlds().await {
        world.fake.plan_all(|_| Plan::ends_after(1, 0));
        world
            .build(&format!(
                r#"{AGENTS}, "schedules": {{"S": {{"jobs": {{"J": {}, "Extra": {}}}}}}}"#,
                task("", ""),
                extra("")
            ))
            .await;
        let mut day = Day::of(world);
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
        add(&day.world, request("S", "Extra")).await.unwrap();
        assert_eq!(day.statuses().await[0], "S: Started by User");
        day.settle().await;
        let ended = ["S: Completed", "J: Finished OK", "Extra: Finished OK"];
        assert_eq!(day.statuses().await, ended);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_added_to_one_instance_and_is_tied_to_the_jobs_of_that_alone() {
    for world in worlds().await {
        world.fake.plan_all(|_| Plan::ends_after(1, 0));
        let waits = task("", r#", "depends_on": [{"requires": {"job": "Extra"}}]"#);
        let extra = extra(
            r#", "depends_on": [{"requires": {"job": "First"}}], "only_instances": ["EAST"]"#,
        );
        world
            .build(&format!(
                r#"{AGENTS}, "schedules": {{"R": {{"multi_instance": true, "instances": {{"named": ["EAST", "WEST"]}},
                    "jobs": {{"First": {}, "Extra": {extra}, "Last": {waits}}}}}}}"#,
                task("", "")
            ))
            .await;
        let strict = Request { apply_exceptions: true, ..request("R_WEST", "Extra") };
        let said = refused(&world, strict).await;
        assert!(said.contains("`Extra` is not in the instance `R_WEST`"), "{said}");
        add(&world, request("R_WEST", "Extra")).await.unwrap();
        let mut day = Day::of(world);
        day.settle().await;
        let read = day.world.app.db().read(|tx| {
            Box::pin(async move {
                let mut lines = Vec::new();
                for each in daily_schedule::of_date(tx, "2026-11-23").await? {
                    for job in daily_job::of_schedule(tx, each.id).await? {
                        lines.push(format!("{}/{}: {}", each.name, job.name, job.status));
                    }
                }
                Ok::<_, sql::Error>(lines)
            })
        });
        assert_eq!(
            read.await.unwrap(),
            [
                "R_EAST/First: Finished OK",
                "R_EAST/Last: Wait Job Dependency",
                "R_WEST/First: Finished OK",
                "R_WEST/Last: Finished OK",
                "R_WEST/Extra: Finished OK"
            ]
        );
        let strict = Request { apply_exceptions: true, ..request("R_EAST", "Extra") };
        add(&day.world, strict).await.unwrap();
        day.settle().await;
        assert!(
            day.statuses()
                .await
                .iter()
                .all(|line| line.ends_with("Finished OK") || line == "S: Completed")
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_comes_with_its_subschedule_and_copies_come_all_or_one() {
    for world in worlds().await {
        world.fake.plan_all(|_| Plan::ends_after(1, 0));
        let container = r#"{"run": {"container": {"schedule": "Sub"}}, "disable_build": true, "allow_multi_instance": true,
            "properties": {"P": "0"}, "frequencies": [{"use": "Daily"}]}"#;
        let each = r#"{"run": {"plug_in": {"integration": "Fake", "task_type": "fake"}}, "runs_on": {"each_of": "Both"},
            "disable_build": true, "frequencies": [{"use": "Daily"}]}"#;
        let sets = extra(r#", "instances": [{"X": "1", "Y": "a"}, {"X": "2", "Y": "b"}]"#);
        world
            .build(&format!(
                r#"{AGENTS}, "schedules": {{
                    "S": {{"jobs": {{"J": {}, "C": {container}, "Each": {each}, "Sets": {sets}}}}},
                    "Sub": {{"subschedule": true, "jobs": {{"K": {}}}}}}}"#,
                task(r#", "start": "06:00""#, ""),
                task("", "")
            ))
            .await;
        let with =
            |job: &str, text: &str| Request { properties: properties(text), ..request("S", job) };
        assert_eq!(add(&world, request("S", "C")).await.unwrap(), ["C"]);
        assert_eq!(add(&world, with("C", "P=7;Q=8")).await.unwrap(), ["C_7"]);
        assert_eq!(add(&world, with("Each", "MACHINENAME=B;P=1")).await.unwrap(), ["Each_B"]);
        let said = refused(&world, with("Each", "MACHINENAME=Z")).await;
        assert!(said.contains("there is no agent `Z` of the group `Both`"), "{said}");
        assert_eq!(add(&world, with("Sets", "X=2;Z=c")).await.unwrap(), ["Sets_2"]);
        assert_eq!(add(&world, with("Sets", "X=9")).await.unwrap(), ["Sets_9"]);
        let all = all(&world).await;
        assert_eq!(
            all,
            [
                "S/J 0",
                r#"S/C 0 {"P":"0"}"#,
                r#"S/C_7 0 {"P":"7","Q":"8"}"#,
                r#"S/Each_B 0 {"P":"1"}"#,
                r#"S/Sets_2 0 {"X":"2","Y":"b","Z":"c"}"#,
                r#"S/Sets_9 0 {"X":"9"}"#,
                "S_C[Sub]/K 0",
                "S_C_7[Sub]/K 0"
            ]
        );
        let mut day = Day::of(world);
        day.until("2026-11-23T06:01:00Z").await;
        let statuses = day.statuses().await;
        assert!(statuses[0] == "S: Completed", "{statuses:?}");
        let agents: Vec<String> = day.attempts().await;
        assert!(agents.iter().all(|attempt| attempt.contains("Finished OK")), "{agents:?}");
        let read = day.world.app.db().read(|tx| {
            Box::pin(async move {
                let found = daily_schedule::found(tx, "2026-11-23", "S_C_7[Sub]").await?;
                Ok::<_, sql::Error>(found.unwrap())
            })
        });
        let inside = read.await.unwrap();
        assert_eq!(
            (inside.status.as_str(), inside.properties.as_str()),
            ("Completed", r#"{"P":"7","Q":"8"}"#)
        );
    }
}
