//! What operators do has its effect, is refused where the table says so, and stands in the audit.

mod container;

use connector::StartTask;
use connector::fake::{Plan, ended};
use scheduler_core::action::{Action, Privilege};
use scheduler_core::job::SubscheduleRestart;
use scheduler_core::schedule::Action as ScheduleAction;

use super::{JobPlace, find_job, find_schedule, job, pause, resume, schedule};
use crate::testing::day::{AFTER, Day, built, task};
use crate::testing::worlds;
use crate::{Caller, Error};

fn anna() -> Caller {
    Caller::local("anna")
}

async fn ask(day: &Day, name: &str, action: Action) -> Result<String, Error> {
    let place = JobPlace {
        date: "2026-11-23".parse().unwrap(),
        schedule: "S".to_owned(),
        job: name.to_owned(),
    };
    let id = find_job(&day.world.app, &place).await?;
    job(&day.world.app, &anna(), id, action, SubscheduleRestart::Leave, Some("why not")).await
}

async fn ask_schedule(day: &Day, action: ScheduleAction) -> Result<String, Error> {
    let id = find_schedule(&day.world.app, "2026-11-23".parse().unwrap(), "S").await?;
    schedule(&day.world.app, &anna(), id, action, None).await.map(|after| after.status)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_for_which_a_job_was_woken_that_is_held_then_goes_to_the_next_one() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let job = task("", "");
        let mut day = built(world, 1, &format!(r#"{{"J": {job}, "K": {job}, "L": {job}}}"#)).await;
        day.settle().await;
        let key = day.key(1, 1).await;
        day.world.fake.end(&key, ended(0));
        day.round().await;
        assert_eq!(ask(&day, "K", Action::Hold).await.unwrap(), "On Hold");
        day.settle().await;
        assert_eq!(
            day.statuses().await[1..],
            ["J: Finished OK", "K: On Hold", "L: Job Running (RUNNING)"]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_job_waits_until_it_is_released_and_the_audit_says_who_did_it() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let mut day =
            built(world, 0, &format!(r#"{{"J": {}, "Next": {}}}"#, task("", ""), task("", AFTER)))
                .await;
        assert_eq!(ask(&day, "J", Action::Hold).await.unwrap(), "On Hold");
        day.settle().await;
        assert_eq!(
            day.statuses().await,
            ["S: In Process", "J: On Hold", "Next: Wait Job Dependency"]
        );
        let refused = ask(&day, "J", Action::Hold).await.unwrap_err().to_string();
        assert_eq!(refused, "cannot hold a job that is `On Hold`: it is held already");
        ask(&day, "J", Action::Release).await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK", "Next: Finished OK"]);
        assert_eq!(
            day.audit().await,
            [
                "local:anna job.hold 2026-11-23/S/J: Qualifying to On Hold",
                "local:anna job.release 2026-11-23/S/J: On Hold to Released",
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_skipped_job_satisfies_and_a_cancelled_one_does_not() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let jobs = format!(
            r#"{{"J": {}, "Next": {}, "K": {}, "Then": {}}}"#,
            task("", ""),
            task("", AFTER),
            task("", ""),
            task("", r#", "depends_on": [{"requires": {"job": "K"}}]"#)
        );
        let mut day = built(world, 0, &jobs).await;
        ask(&day, "J", Action::Skip).await.unwrap();
        ask(&day, "K", Action::Cancel).await.unwrap();
        day.settle().await;
        assert_eq!(
            day.statuses().await,
            [
                "S: In Process",
                "J: Skipped",
                "Next: Finished OK",
                "K: Cancelled",
                "Then: Wait Job Dependency"
            ]
        );
        assert_eq!(
            day.outcomes().await,
            [
                "J skipped: Skipped; skipped by local:anna: why not",
                "K cancelled: Cancelled; cancelled by local:anna: why not",
                "Next ran: Finished OK: code 0"
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_needs_an_agent_that_allows_it_and_ends_the_job_as_failed() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        let refused = ask(&day, "J", Action::Kill).await.unwrap_err().to_string();
        assert!(refused.starts_with("cannot kill a job that is `Job Running`"), "{refused}");
        day.allow_kill().await;
        ask(&day, "J", Action::Kill).await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Failed"]);
        assert_eq!(day.world.fake.started_twice(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_job_that_is_restarted_runs_again_and_opens_its_schedule() {
    for world in worlds().await {
        world.fake.plan_all(|start: &StartTask| {
            Plan::ends_after(1, i32::from(start.attempt.as_str().ends_with("-1")))
        });
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Failed"]);
        ask(&day, "J", Action::Restart).await.unwrap();
        assert_eq!(day.statuses().await[0], "S: Started by User");
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
        assert_eq!(day.attempts().await.len(), 2);
        assert_eq!(day.outcomes().await, ["J ran: Finished OK: code 0"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_schedule_starts_nothing_and_what_runs_goes_on() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let mut day =
            built(world, 0, &format!(r#"{{"J": {}, "Next": {}}}"#, task("", ""), task("", AFTER)))
                .await;
        day.settle().await;
        assert_eq!(ask_schedule(&day, ScheduleAction::Hold).await.unwrap(), "On Hold");
        let key = day.key(1, 1).await;
        day.world.fake.end(&key, ended(0));
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: On Hold", "J: Finished OK", "Next: Qualifying"]);
        ask_schedule(&day, ScheduleAction::Release).await.unwrap();
        day.settle().await;
        assert_eq!(
            day.statuses().await,
            ["S: In Process", "J: Finished OK", "Next: Job Running (RUNNING)"]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_stops_every_start_until_it_is_over_and_says_who_has_stopped_them() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        pause(&day.world.app, &anna(), "disk is full").await.unwrap();
        let again = pause(&day.world.app, &Caller::local("bert"), "me too").await.unwrap_err();
        assert_eq!(
            again.to_string(),
            "all starts are stopped already, by local:anna: disk is full"
        );
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: In Process", "J: Qualifying"]);
        resume(&day.world.app, &anna(), None).await.unwrap();
        assert!(resume(&day.world.app, &anna(), None).await.is_err());
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lacks_a_privilege_changes_nothing_and_is_told_which() {
    for world in worlds().await {
        let day = built(world, 0, &format!(r#"{{"J": {}}}"#, task("", ""))).await;
        let caller = Caller::with("carl", vec![Privilege::BuildSchedules]);
        let app = &day.world.app;
        let done = job(app, &caller, 1, Action::Hold, SubscheduleRestart::Leave, None).await;
        let text = done.unwrap_err().to_string();
        assert!(text.starts_with("carl may not hold jobs: the privilege `"), "{text}");
        assert!(pause(app, &caller, "x").await.is_err());
        assert_eq!(day.statuses().await, ["S: Wait to Start", "J: Qualifying"]);
        assert_eq!(day.audit().await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_not_there_is_refused_with_the_nearest_one() {
    for world in worlds().await {
        let day = built(world, 0, &format!(r#"{{"Backup": {}}}"#, task("", ""))).await;
        let error = ask(&day, "Bakcup", Action::Hold).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no job `2026-11-23/S/Bakcup`; did you mean `Backup`?"
        );
        let error =
            find_schedule(&day.world.app, "2026-11-24".parse().unwrap(), "S").await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no daily schedule `2026-11-24/S`; nothing is built for that date"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_latest_start_that_passes_while_the_schedule_is_held_counts_when_it_goes_on() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let of_use = r#", "start": "04:30", "latest_start": "05:00""#;
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task(of_use, ""))).await;
        day.settle().await;
        ask_schedule(&day, ScheduleAction::Hold).await.unwrap();
        // Nothing is done again and again meanwhile.
        day.until("2026-11-23T05:10:00Z").await;
        assert_eq!(day.statuses().await[0], "S: On Hold");
        ask_schedule(&day, ScheduleAction::Release).await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Missed Start Time");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_started_by_force_during_a_pause_starts_when_it_is_over_and_not_at_its_time()
{
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let of_use = r#", "start": "20:00""#;
        let mut day = built(world, 0, &format!(r#"{{"J": {}}}"#, task(of_use, ""))).await;
        day.settle().await;
        pause(&day.world.app, &anna(), "disk is full").await.unwrap();
        ask(&day, "J", Action::Start).await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await[1], "J: Wait to Start; Forced");
        resume(&day.world.app, &anna(), None).await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: Completed", "J: Finished OK"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_marked_after_its_end_counts_once_in_its_schedule() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 1));
        // They are performed in transactions of their own: until then it has not ended again.
        let on = |status: &str, line: &str| {
            format!(
                r#"{{"trigger": {{"job_status": "{status}"}}, "event": "$CONSOLE:DISPLAY,{line}"}}"#
            )
        };
        let events =
            format!(r#", "events": [{}, {}]"#, on("failed", "no"), on("finished_ok", "yes"));
        let jobs = format!(r#"{{"J": {}, "K": {}}}"#, task("", &events), task("", ""));
        let mut day = built(world, 0, &jobs).await;
        ask(&day, "K", Action::Hold).await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await, ["S: In Process", "J: Failed", "K: On Hold"]);
        for action in [Action::MarkFinishedOk, Action::MarkFailed, Action::MarkFinishedOk] {
            ask(&day, "J", action).await.unwrap();
            day.settle().await;
            assert_eq!(day.statuses().await[0], "S: In Process", "{action:?}");
        }
        ask(&day, "K", Action::Cancel).await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await[0], "S: Completed");
    }
}
