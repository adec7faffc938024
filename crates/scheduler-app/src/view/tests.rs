//! What people look at.

use connector::fake::Plan;
use connector::{StartTask, TaskStatus};
use scheduler_core::action::Action;
use scheduler_core::job::SubscheduleRestart;

use super::{JobFilter, JobView, Jobs, check, job, jobs, server, still_runs};
use crate::operate::{self, JobPlace, find_job};
use crate::testing::day::{AFTER, built, task};
use crate::testing::worlds;

fn date() -> jiff::civil::Date {
    "2026-11-23".parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_finds_who_will_not_start_by_himself_and_nobody_else() {
    for world in worlds().await {
        world.fake.plan_all(|start: &StartTask| {
            Plan::ends_after(1, i32::from(start.name.ends_with('J')))
        });
        let on = |other: &str| format!(r#", "depends_on": [{{"requires": {{"job": "{other}"}}}}]"#);
        let jobs = format!(
            r#"{{"J": {}, "Next": {}, "Later": {}, "A": {}, "B": {}, "Late": {}, "Fine": {}}}"#,
            task("", ""),
            task("", AFTER),
            task(r#", "start": "20:00""#, ""),
            task("", &on("B")),
            task("", &on("A")),
            task(r#", "start": "04:30", "latest_start": "05:00""#, ""),
            task("", &on("Later"))
        );
        let mut day = built(world, 0, &jobs).await;
        assert_eq!(check(&day.world.app, date(), &[]).await.unwrap().len(), 1, "the loop");
        crate::operate::pause(&day.world.app, &crate::Caller::local("anna"), "x").await.unwrap();
        day.world.clock.set("2026-11-23T05:10:00Z".parse().unwrap());
        crate::operate::resume(&day.world.app, &crate::Caller::local("anna"), None).await.unwrap();
        day.settle().await;
        let found = check(&day.world.app, date(), &["S".to_owned()]).await.unwrap();
        let found: Vec<String> = found
            .into_iter()
            .map(|each| format!("{}/{}: {}", each.schedule, each.job, each.text))
            .collect();
        assert_eq!(
            found,
            [
                "S/Next: it waits for `S/J`, which is `Failed`: restart that one or mark it as finished OK, or start, skip or cancel this one",
                "S/Late: its latest start has passed: start it, cancel it or mark it",
                "S/A: it waits for itself: `S/A`, then `S/B`; start or skip one of them, and mend the definitions",
            ]
        );
        // Who was started by force has ended, and what it would have waited for counts no more.
        let place = JobPlace { date: date(), schedule: "S".to_owned(), job: "Next".to_owned() };
        let id = find_job(&day.world.app, &place).await.unwrap();
        let (anna, all) = (crate::Caller::local("anna"), SubscheduleRestart::RestartAll);
        operate::job(&day.world.app, &anna, id, Action::Start, all, None).await.unwrap();
        day.settle().await;
        let found = check(&day.world.app, date(), &[]).await.unwrap();
        assert!(found.len() == 2 && found.iter().all(|each| each.job != "Next"), "{found:?}");
        let unknown = check(&day.world.app, date(), &["T".to_owned()]).await.unwrap_err();
        assert!(unknown.to_string().contains("`2026-11-23/T`"), "{unknown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_found_by_what_their_agent_says_of_them() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let text =
            format!(r#"{{"J": {}, "K": {}}}"#, task("", ""), task(r#", "start": "20:00""#, ""));
        let mut day = built(world, 0, &text).await;
        day.settle().await;
        let found = async |says: &str| {
            let filter = JobFilter { says: Some(says.to_owned()), ..JobFilter::default() };
            let found = jobs(&day.world.app, date(), filter).await.unwrap();
            found.into_iter().map(|view| view.job.name).collect::<Vec<_>>()
        };
        assert_eq!(found("runn").await, ["J"]);
        assert_eq!(found("queued").await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_found_by_their_status_or_its_group_and_a_mistake_is_no_empty_list() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 1));
        let text = format!(
            r#"{{"J": {}, "K": {}, "L": {}}}"#,
            task("", ""),
            task("", "").replace(
                r#""task_type": "fake""#,
                r#""task_type": "fake", "settings": {"X": "[[JI.NOWHERE]]"}"#
            ),
            task(r#", "start": "20:00""#, "")
        );
        let mut day = built(world, 0, &text).await;
        day.settle().await;
        let read = async |status: &str, schedule: Option<&str>| {
            let schedule = schedule.map(ToOwned::to_owned);
            let filter = JobFilter { status: Some(status.to_owned()), schedule, says: None };
            let found = jobs(&day.world.app, date(), filter).await;
            found.map(|found| found.into_iter().map(|view| view.job.name).collect::<Vec<_>>())
        };
        assert_eq!(read("FAILED", None).await.unwrap(), ["J", "K"]);
        assert_eq!(read("initial", Some("S")).await.unwrap(), ["K"]);
        assert_eq!(read("wait", None).await.unwrap(), ["L"]);
        assert_eq!(read("skipped", None).await.unwrap(), Vec::<String>::new());
        let why = read("faild", None).await.unwrap_err().to_string();
        assert!(why.contains("did you mean `Failed`?"), "{why}");
        assert!(read("failed", Some("Nowhere")).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_day_is_read_in_parts_in_the_order_of_its_build() {
    for world in worlds().await {
        let job = r#"{"run": "null_job", "frequencies": [{"use": "Daily"}]}"#;
        let of = |names: &[&str]| {
            names.iter().map(|name| format!(r#""{name}": {job}"#)).collect::<Vec<_>>().join(", ")
        };
        let (first, second) = (of(&["C", "A", "B"]), of(&["E", "D"]));
        world
            .build(&format!(
                r#""schedules": {{"Z": {{"jobs": {{{first}}}}}, "Y": {{"jobs": {{{second}}}}}}}"#
            ))
            .await;
        let read = async |filter: JobFilter| {
            let mut parts = Jobs::of(&world.app, date(), filter).await.unwrap().in_parts_of(2);
            let mut names = Vec::new();
            while let Some(part) = parts.next().await.unwrap() {
                let name = |view: &JobView| format!("{}/{}", view.schedule.name, view.job.name);
                names.push(part.iter().map(name).collect::<Vec<_>>());
            }
            names
        };
        let all = read(JobFilter::default()).await;
        assert_eq!(all, [vec!["Z/C", "Z/A"], vec!["Z/B", "Y/E"], vec!["Y/D"]]);
        let of_one = JobFilter { schedule: Some("Y".to_owned()), ..JobFilter::default() };
        assert_eq!(read(of_one).await, [["Y/E", "Y/D"]]);
        let none = JobFilter { status: Some("failed".to_owned()), ..JobFilter::default() };
        assert_eq!(read(none).await.concat(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_lost_is_counted_found_by_the_check_and_named_to_those_that_wait_behind_it() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let text = format!(r#"{{"J": {}, "K": {}}}"#, task("", ""), task("", ""));
        let mut day = built(world, 1, &text).await;
        day.settle().await;
        assert_eq!(server(&day.world.app).await.unwrap().lost, 0);
        let key = day.key(1, 1).await;
        let why = "its machine was started anew".to_owned();
        assert!(day.world.fake.set_status(&key, TaskStatus::Lost { why }));
        day.settle().await;
        assert_eq!(server(&day.world.app).await.unwrap().lost, 1);
        let found = check(&day.world.app, date(), &[]).await.unwrap();
        assert!(found.len() == 1 && found[0].job == "J", "{found:?}");
        assert!(found[0].text.contains("nobody knows what has become of it"), "{found:?}");
        let (_, _, why) = job(&day.world.app, 2).await.unwrap();
        assert_eq!(why[0].text, "all 1 slots of the agent `A` are taken");
        assert!(why[0].because[0].text.starts_with("1 of its jobs keep their slots"), "{why:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_marked_while_it_runs_is_said_to_run_on_until_it_has_ended() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        let app = day.world.app.clone();
        assert_eq!(still_runs(&app, 1).await.unwrap(), None);
        let (anna, all) = (crate::Caller::local("anna"), SubscheduleRestart::RestartAll);
        operate::job(&app, &anna, 1, Action::MarkFailed, all, None).await.unwrap();
        let said = still_runs(&app, 1).await.unwrap();
        assert!(said.is_some_and(|said| said.starts_with("attempt 1 still runs on the agent `A`")));
        let kill = || operate::job(&app, &anna, 1, Action::Kill, all, None);
        let refused = kill().await.unwrap_err().to_string();
        assert!(refused.ends_with("the agent `A` does not allow kills"), "{refused}");
        day.allow_kill().await;
        assert_eq!(kill().await.unwrap(), "Marked Failed");
        assert!(still_runs(&app, 1).await.unwrap().unwrap().ends_with("ended by force"));
        day.settle().await;
        assert_eq!(still_runs(&app, 1).await.unwrap(), None);
        assert_eq!(day.world.fake.started_twice(), []);
    }
}
