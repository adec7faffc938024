//! Days of tasks on an agent: each is started once, whatever is lost on the way.

mod apart;
mod nodes;
mod pre_run;
mod unanswered;

use connector::fake::{AtStart, Plan, ended};
use connector::{Connector, StartTask, TaskStatus};

use super::{Starter, ask_for_lost};
use crate::Error;
use crate::advance::advance;
use crate::agents::heartbeat;
use crate::testing::day::{AFTER, Day, built, task};
use crate::testing::worlds;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_started_followed_and_judged_and_the_next_one_follows() {
    for world in worlds().await {
        world.fake.plan_all(|start: &StartTask| {
            Plan::ends_after(2, i32::from(start.name.ends_with("Bad")))
        });
        let jobs = format!(
            r#"{{"J": {}, "Next": {}, "Bad": {}, "Never": {}}}"#,
            task("", ""),
            task("", AFTER),
            task("", ""),
            task("", r#", "depends_on": [{"requires": {"job": "Bad"}}]"#)
        );
        let mut day = built(world, 0, &jobs).await;
        day.settle().await;
        assert_eq!(
            day.statuses().await,
            [
                "S: In Process",
                "J: Finished OK",
                "Next: Finished OK",
                "Bad: Failed",
                "Never: Wait Job Dependency"
            ]
        );
        assert_eq!(
            day.attempts().await,
            [
                "J 1 0 Finished OK: archive",
                "Next 1 0 Finished OK: archive",
                "Bad 1 1 Failed: archive"
            ]
        );
        assert_eq!(day.world.fake.started_twice(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_runs_no_more_than_its_slots_and_the_highest_priority_is_first() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let jobs = format!(
            r#"{{"Low": {}, "High": {}, "Mid": {}}}"#,
            task("", ""),
            task(r#", "priority": 9"#, ""),
            task(r#", "priority": 5"#, "")
        );
        let mut day = built(world, 1, &jobs).await;
        day.settle().await;
        let running = |all: Vec<String>| -> Vec<String> {
            all.into_iter().filter(|line| line.contains("Job Running")).collect()
        };
        let first = running(day.statuses().await);
        assert_eq!(first.len(), 1, "{first:?}");
        let mut order = vec![first[0].clone()];
        for _ in 0..2 {
            let tasks = day.world.fake.tasks();
            let live = tasks
                .iter()
                .find(|key| !matches!(day.world.fake.status(key), Some(TaskStatus::Ended(_))));
            assert!(day.world.fake.end(live.unwrap(), ended(0)));
            day.settle().await;
            order.extend(running(day.statuses().await));
        }
        assert_eq!(
            order,
            [
                "High: Job Running (RUNNING)",
                "Mid: Job Running (RUNNING)",
                "Low: Job Running (RUNNING)"
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_wait_for_an_agent_that_is_away_and_go_on_when_it_is_back() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        world.fake.set_reachable(false);
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.until("2026-11-23T04:10:00Z").await;
        assert_eq!(day.statuses().await, ["S: In Process", "J: Wait Machine"]);
        assert_eq!(day.attempts().await.len(), 0);
        day.world.fake.set_reachable(true);
        day.until("2026-11-23T04:13:00Z").await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_unknown_until_the_task_is_found_and_it_ran_once() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        world.fake.lose_replies(1);
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.until("2026-11-23T04:01:00Z").await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
        let key = day.key(1, 1).await;
        assert_eq!((day.world.fake.starts(&key), day.world.fake.tasks()), (1, vec![key]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_asked_again_for_a_task_that_it_did_not_know() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.until("2026-11-23T04:01:00Z").await;
        assert_eq!(ask_for_lost(&day.world.app).await.unwrap(), 0);
        let key = day.key(1, 1).await;
        let lost = TaskStatus::Lost { why: "there is no such task".into() };
        day.world.fake.set_status(&key, lost);
        day.settle().await;
        assert_eq!(day.attempts().await, ["J 1 - -: nothing"]);
        // Another life of the process asks as well.
        day = day.next_life().await;
        for _ in 0..2 {
            assert_eq!(ask_for_lost(&day.world.app).await.unwrap(), 1);
            day.settle().await;
            assert_eq!(day.attempts().await, ["J 1 - -: nothing"]);
        }
        day.world.fake.set_status(&key, TaskStatus::Running { phase: "BUSY".into(), code: None });
        assert_eq!(ask_for_lost(&day.world.app).await.unwrap(), 1);
        day.settle().await;
        assert_eq!(day.attempts().await, ["J 1 - -: watch"]);
        day.world.fake.end(&key, connector::fake::ended(0));
        day.until("2026-11-23T04:02:00Z").await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
        assert_eq!(ask_for_lost(&day.world.app).await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scheduler_that_dies_before_it_has_sent_a_start_sends_another_attempt() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        heartbeat(&day.world.app).await.unwrap();
        for _ in 0..3 {
            advance(&day.world.app).await.unwrap();
        }
        assert_eq!(day.attempts().await, ["J 1 - -: start"]);
        day = day.next_life().await;
        day.until("2026-11-23T04:01:00Z").await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
        assert_eq!(day.attempts().await, ["J 1 - -: nothing", "J 2 0 Finished OK: archive"]);
        assert_eq!(day.world.fake.tasks(), [day.key(1, 2).await]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scheduler_that_dies_after_it_has_sent_a_start_finds_it() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        heartbeat(&day.world.app).await.unwrap();
        for _ in 0..3 {
            advance(&day.world.app).await.unwrap();
        }
        // It was sent, and the answer never came back.
        let key = day.key(1, 1).await;
        let agent = day.world.fake.connect(connector::fake::Fake::target("A")).unwrap();
        agent.start(connector::fake::Fake::task(&key)).await;
        day = day.next_life().await;
        day.until("2026-11-23T04:01:00Z").await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
        assert_eq!(day.attempts().await, ["J 1 0 Finished OK: archive"]);
        assert_eq!(day.world.fake.starts(&key), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_runs_is_followed_on_in_the_next_life() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told().waiting("QUEUED", Some(1)));
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: In Process", "J: Job Running (QUEUED)"]);
        day = day.next_life().await;
        day.settle().await;
        let key = day.key(1, 1).await;
        assert!(day.world.fake.end(&key, ended(0)));
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
        assert_eq!(day.world.fake.starts(&key), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_start_is_an_initialization_error_with_its_reason() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::refused("no such queue"));
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Initialization Error"]);
        assert_eq!(day.outcomes().await, ["J not_started: Initialization Error: no such queue"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_run_is_tried_again_after_its_minutes_for_the_same_instant() {
    for world in worlds().await {
        world.fake.plan_all(|start: &StartTask| {
            Plan::until_told().at_start(AtStart::EndsAtOnce(ended(i32::from(
                start.attempt.as_str().ends_with("-1"),
            ))))
        });
        let retry = r#", "retry": {"minutes_between": 5, "maximum_attempts": 1}"#;
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task(retry, ""))).await;
        day.until("2026-11-23T04:04:00Z").await;
        assert_eq!(day.statuses().await, ["S: In Process", "J: Wait Start Time"]);
        day.until("2026-11-23T04:05:30Z").await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
        assert_eq!(day.outcomes().await, ["J ran: Finished OK: code 0"]);
        assert_eq!(day.attempts().await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_conflict_run_one_after_the_other() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let jobs = format!(
            r#"{{"J": {}, "K": {}}}"#,
            task("", ""),
            task("", r#", "depends_on": [{"conflict": {"job": "J"}}]"#)
        );
        let mut day = built(world, 0, &jobs).await;
        day.settle().await;
        assert_eq!(
            day.statuses().await,
            ["S: In Process", "J: Job Running (RUNNING)", "K: Wait Job Conflict"]
        );
        let key = day.key(1, 1).await;
        day.world.fake.end(&key, ended(0));
        day.settle().await;
        assert_eq!(
            day.statuses().await,
            ["S: In Process", "J: Finished OK", "K: Job Running (RUNNING)"]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_earlier_life_neither_sends_what_the_next_one_wants_nor_stores_what_it_hears() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let jobs = format!(r#"{{"J": {}, "Next": {}}}"#, task("", ""), task("", AFTER));
        let mut day = built(world, 0, &jobs).await;
        heartbeat(&day.world.app).await.unwrap();
        for _ in 0..3 {
            advance(&day.world.app).await.unwrap();
        }
        // It has sent the start when the next life begins, and cannot store the answer.
        let mut old = Starter::new(day.world.app.clone());
        old.take_up().await.unwrap();
        day = day.next_life().await;
        assert!(matches!(old.pass().await, Err(Error::Fenced)));
        assert!(matches!(old.pass().await, Err(Error::Fenced)));
        day.until("2026-11-23T04:01:00Z").await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK", "Next: Finished OK"]);
        assert_eq!(day.world.fake.tasks().len(), 2);
        assert_eq!(day.world.fake.started_twice(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_counts_for_the_job_that_does_not_name_it_too() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        // K names the conflict and runs first.
        let jobs = format!(
            r#"{{"J": {}, "K": {}}}"#,
            task(r#", "start": "04:01""#, ""),
            task("", r#", "depends_on": [{"conflict": {"job": "J"}}]"#)
        );
        let mut day = built(world, 0, &jobs).await;
        day.until("2026-11-23T04:02:00Z").await;
        assert_eq!(
            day.statuses().await,
            ["S: In Process", "J: Wait Job Conflict", "K: Job Running (RUNNING)"]
        );
        let key = day.key(2, 1).await;
        day.world.fake.end(&key, ended(0));
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Job Running (RUNNING)");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_starts_after_the_clock_was_put_back_is_followed_all_the_same() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let jobs = format!(r#"{{"J": {}, "Next": {}}}"#, task("", ""), task("", AFTER));
        let mut day = built(world, 0, &jobs).await;
        day.settle().await;
        day.world.clock.set("2026-11-23T03:00:00Z".parse().unwrap());
        for job in [1, 2] {
            let key = day.key(job, 1).await;
            assert!(day.world.fake.end(&key, ended(0)), "the job {job} runs");
            day.settle().await;
        }
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK", "Next: Finished OK"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_with_alternate_agents_is_woken_by_whichever_is_free_first() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let on = |agents: &str| {
            format!(
                r#"{{"run": {{"plug_in": {{"integration": "Fake", "task_type": "fake"}}}},
                    "runs_on": {{"agents": [{agents}]}}, "frequencies": [{{"use": "Daily"}}]}}"#
            )
        };
        let agent = r#"{"connection": {"plug_in": {"integration": "Fake"}}, "max_jobs": 1}"#;
        let (first, second, either) = (on(r#""A""#), on(r#""B""#), on(r#""A", "B""#));
        world
            .build(&format!(
                r#""agents": {{"A": {agent}, "B": {agent}}},
                "schedules": {{"S": {{"jobs": {{"J": {first}, "K": {second}, "L": {either}}}}}}}"#
            ))
            .await;
        let mut day = Day::of(world);
        day.settle().await;
        assert_eq!(day.statuses().await[3], "L: Wait Machine");
        let key = day.key(2, 1).await;
        day.world.fake.end(&key, ended(0));
        day.settle().await;
        assert_eq!(day.statuses().await[3], "L: Job Running (RUNNING)");
    }
}
