//! Why jobs are as they are, down to who can do something.

use connector::StartTask;
use connector::fake::Plan;
use scheduler_core::action::Action;
use scheduler_core::definition::agent::Communication;
use scheduler_core::job::SubscheduleRestart;
use scheduler_core::schedule::Action as ScheduleAction;

use super::Why;
use crate::Caller;
use crate::agents::set_communication;
use crate::operate::{self, JobPlace, find_job, find_schedule};
use crate::testing::day::{Day, built, built_with, task};
use crate::testing::worlds;

fn anna() -> Caller {
    Caller::local("anna")
}

async fn id(day: &Day, name: &str) -> i64 {
    let date = "2026-11-23".parse().unwrap();
    let place = JobPlace { date, schedule: "S".to_owned(), job: name.to_owned() };
    find_job(&day.world.app, &place).await.unwrap()
}

async fn ask(day: &Day, name: &str, action: Action, reason: Option<&str>) {
    let id = id(day, name).await;
    let all = SubscheduleRestart::RestartAll;
    operate::job(&day.world.app, &anna(), id, action, all, reason).await.unwrap();
}

/// The reasons of a job, each line as deep as it stands.
async fn why(day: &Day, name: &str) -> Vec<String> {
    fn lines(reasons: &[Why], depth: usize, found: &mut Vec<String>) {
        for reason in reasons {
            found.push(format!("{}{}", "> ".repeat(depth), reason.text));
            lines(&reason.because, depth + 1, found);
        }
    }
    let (_, _, reasons) = super::super::job(&day.world.app, id(day, name).await).await.unwrap();
    let mut found = Vec::new();
    lines(&reasons, 0, &mut found);
    found
}

fn after(other: &str) -> String {
    task("", &format!(r#", "depends_on": [{{"requires": {{"job": "{other}"}}}}]"#))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_ends_where_somebody_holds_it_up_and_says_why() {
    for world in worlds().await {
        let jobs = format!(
            r#"{{"J": {}, "K": {}, "L": {}, "M": {}}}"#,
            task("", ""),
            after("J"),
            after("K"),
            task("", "")
        );
        let mut day = built(world, 0, &jobs).await;
        ask(&day, "J", Action::Hold, Some("the tape is late")).await;
        ask(&day, "M", Action::Cancel, None).await;
        day.settle().await;
        assert_eq!(
            why(&day, "L").await,
            [
                "it waits for `S/K` to finish OK, which is `Wait Job Dependency`",
                "> it waits for `S/J` to finish OK, which is `On Hold`",
                "> > it is held since Mon 2026-11-23 04:00:00 UTC; release it to let it go on",
                "> > > it was held by local:anna: the tape is late",
            ]
        );
        assert_eq!(
            why(&day, "M").await,
            ["it ended as `Cancelled` without a run", "it was cancelled by local:anna"]
        );
        assert_eq!(day.outcomes().await, ["M cancelled: Cancelled; cancelled by local:anna"]);
        ask(&day, "K", Action::Skip, Some("not tonight")).await;
        assert_eq!(
            why(&day, "K").await[..2],
            [
                "it is skipped as soon as it could start",
                "> it was skipped by local:anna: not tonight"
            ]
        );
        ask(&day, "J", Action::Release, None).await;
        assert!(why(&day, "J").await.iter().all(|line| !line.contains("anna")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_holds_a_schedule_is_said_of_its_jobs() {
    for world in worlds().await {
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        let schedule =
            find_schedule(&day.world.app, "2026-11-23".parse().unwrap(), "S").await.unwrap();
        let act = async |action, reason| {
            let app = &day.world.app;
            operate::schedule(app, &anna(), schedule, action, reason).await.unwrap();
        };
        act(ScheduleAction::Hold, Some("the file is damaged")).await;
        assert_eq!(
            why(&day, "J").await,
            ["its schedule `S` is `On Hold`", "> it was held by local:anna: the file is damaged"]
        );
        act(ScheduleAction::Close, Some("a holiday")).await;
        day.settle().await;
        assert_eq!(
            day.outcomes().await,
            ["J closed: its schedule was closed before it ran, by local:anna: a holiday"]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_and_units_are_said_as_they_are_and_as_they_must_be() {
    const LIMITS: &str =
        r#""resources": {"TAPE": {"units": 1}}, "thresholds": {"ROWS": {"value": 3}}"#;
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let takes = r#", "resources": [{"resource": "TAPE", "take": {"units": 1}}]"#;
        let needs = r#", "thresholds": [{"threshold": "ROWS", "operator": "ge", "value": 4}]"#;
        let jobs = format!(
            r#"{{"Has": {}, "Units": {}, "Value": {}, "True": {}}}"#,
            task("", takes),
            task("", takes),
            task("", needs),
            task("", r#", "expression": "ToInt([[TH.ROWS]]) > 3""#)
        );
        let mut day = built_with(world, 0, LIMITS, &jobs).await;
        day.settle().await;
        assert_eq!(
            why(&day, "Units").await,
            ["of the resource `TAPE` 1 of 1 units are in use; it needs 1"]
        );
        assert_eq!(
            why(&day, "Value").await,
            [
                "the threshold `ROWS` is 3; it needs >= 4: a job or an event changes it, or `ringmaster threshold set`"
            ]
        );
        assert_eq!(
            why(&day, "True").await,
            ["its expression is not true", "> `ToInt([[TH.ROWS]]) > 3` must be true"]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_each_agent_it_is_said_why_it_takes_no_job() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let agent = r#"{"connection": {"plug_in": {"integration": "Fake"}}, "max_jobs": 1}"#;
        let job = |on: &str| {
            format!(
                r#"{{"run": {{"plug_in": {{"integration": "Fake", "task_type": "fake"}}}}, "runs_on": {on},
                    "frequencies": [{{"use": "Daily"}}]}}"#
            )
        };
        world
            .build(&format!(
                r#""agents": {{"A": {agent}, "B": {agent}}}, "machine_groups": {{"ALL": {{"agents": ["A", "B"]}}}},
                "schedules": {{"S": {{"jobs": {{"First": {}, "One": {}, "Either": {}, "Group": {}}}}}}}"#,
                job(r#"{"agents": ["A"]}"#),
                job(r#"{"agents": ["A"]}"#),
                job(r#"{"agents": ["B", "A"]}"#),
                job(r#"{"least_tasked": "ALL"}"#)
            ))
            .await;
        let mut day = Day::of(world);
        set_communication(&day.world.app, &anna(), "B", Communication::Limited, None)
            .await
            .unwrap();
        day.settle().await;
        let full = "all 1 slots of the agent `A` are taken";
        let limited = "the agent `B` has limited communication: its jobs are followed, none is started; \
                       `ringmaster agent communication B full` lets them start";
        assert_eq!(why(&day, "One").await, [full]);
        assert_eq!(
            why(&day, "Either").await,
            [
                "none of the agents `B`, `A` can take it".to_owned(),
                format!("> {limited}"),
                format!("> {full}")
            ]
        );
        assert_eq!(
            why(&day, "Group").await,
            [
                "no agent of the group `ALL` can take it".to_owned(),
                format!("> {full}"),
                format!("> {limited}")
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reasons_that_many_jobs_share_are_given_once() {
    for world in worlds().await {
        let layers = |layer: usize| {
            (0..5).map(move |one| {
                let on = (0..5).map(|other| {
                    format!(r#"{{"requires": {{"job": "J{}{other}"}}}}"#, layer.saturating_sub(1))
                });
                let on: Vec<String> = if layer == 0 { Vec::new() } else { on.collect() };
                let more = format!(r#", "depends_on": [{}]"#, on.join(", "));
                format!(r#""J{layer}{one}": {}"#, task(r#", "start": "20:00""#, &more))
            })
        };
        let jobs: Vec<String> = (0..8).flat_map(layers).collect();
        let mut day = built(world, 0, &format!("{{{}}}", jobs.join(", "))).await;
        day.settle().await;
        let lines = why(&day, "J70").await;
        let holders = lines.iter().filter(|line| line.contains("its time has not come")).count();
        assert_eq!(holders, 1 + 7 * 5, "each job says once that its time has not come");
        assert!(lines.len() < 300, "{}", lines.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_tried_again_runs_again_or_was_forced_says_so_and_what_is_behind_it_too() {
    for world in worlds().await {
        world.fake.plan_all(|start: &StartTask| {
            let code = i32::from(start.name.ends_with("Bad"));
            Plan::ends_after(1, code)
        });
        let again = r#", "retry": {"minutes_between": 30, "maximum_attempts": 3}"#;
        let runs = r#", "recurrence": {"restart_offset": {"minutes": 45, "number_of_runs": 3}}"#;
        let jobs = format!(
            r#"{{"Bad": {}, "Behind": {}, "Runs": {}}}"#,
            task(again, ""),
            after("Bad"),
            task(runs, "")
        );
        let mut day = built(world, 0, &jobs).await;
        day.settle().await;
        let failed = [
            "it has failed and is tried again at Mon 2026-11-23 04:30:00 UTC",
            "attempt 1 on the agent `A`: Failed with code 1 at Mon 2026-11-23 04:00:00 UTC: code 1",
        ];
        assert_eq!(why(&day, "Bad").await, failed);
        let behind = why(&day, "Behind").await;
        assert_eq!(behind[1..], failed.map(|line| format!("> {line}")));
        assert_eq!(why(&day, "Runs").await[0], "its next run is at Mon 2026-11-23 04:45:00 UTC");
        let (view, ..) = super::super::job(&day.world.app, id(&day, "Bad").await).await.unwrap();
        let half_past = sql::to_micros("2026-11-23T04:30:00Z".parse().unwrap());
        assert_eq!(view.starts_at(), half_past);
        // By force it waits for none of that, and says what is still in its way.
        set_communication(&day.world.app, &anna(), "A", Communication::Disabled, None)
            .await
            .unwrap();
        ask(&day, "Behind", Action::Start, None).await;
        day.settle().await;
        let forced = why(&day, "Behind").await;
        assert!(forced.len() == 1 && forced[0].contains("the agent `A`"), "{forced:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_that_is_in_the_way_of_a_start_is_named_and_one_that_was_closed_is_opened() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let jobs = format!(r#"{{"J": {}}}"#, task(r#", "start": "20:00""#, ""));
        let mut day = built(world, 0, &jobs).await;
        let job = id(&day, "J").await;
        let app = day.world.app.clone();
        let in_the_way = async || super::super::schedule_in_the_way(&app, job).await.unwrap();
        assert!(in_the_way().await.is_some_and(|why| why.contains("ringmaster schedule start S")));
        day.settle().await;
        assert_eq!(in_the_way().await, None);
        let schedule = find_schedule(&app, "2026-11-23".parse().unwrap(), "S").await.unwrap();
        operate::schedule(&app, &anna(), schedule, ScheduleAction::Close, None).await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await[0], "S: Completed");
        ask(&day, "J", Action::Start, Some("it is needed after all")).await;
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
        assert_eq!(day.world.fake.tasks().len(), 1);
    }
}
