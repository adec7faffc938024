//! Run or reason: every planned instant has one outcome in the end, whatever becomes of its job.

use connector::StartTask;
use connector::fake::{Plan, ended};
use scheduler_core::action::Action as JobAction;
use scheduler_core::job::SubscheduleRestart;
use scheduler_core::schedule::Action;
use scheduler_store::{attempt, daily_schedule, outcome};

use super::{Missing, Outcomes, missing_outcomes};
use crate::Caller;
use crate::build::{Request, build};
use crate::operate::{JobPlace, find_job, find_schedule, job, schedule};
use crate::removal::{Gone, remove};
use crate::testing::day::{Day, built, built_with, task};
use crate::testing::worlds;

const DATE: &str = "2026-11-23";

/// Runs at 04:00 and at each of these times.
fn repeats(times: &str, on_overlap: &str) -> String {
    task(
        &format!(
            r#", "start": "04:00", "recurrence": {{"recurring_instances": {{"times": [{times}], "on_overlap": "{on_overlap}"}}}}"#
        ),
        "",
    )
}

async fn found(day: &Day) -> Outcomes {
    missing_outcomes(&day.world.app, &Caller::local("anna"), DATE.parse().unwrap()).await.unwrap()
}

async fn id(day: &Day) -> i64 {
    find_schedule(&day.world.app, DATE.parse().unwrap(), "S").await.unwrap()
}

async fn close(day: &Day) {
    let id = id(day).await;
    schedule(&day.world.app, &Caller::local("anna"), id, Action::Close, None).await.unwrap();
}

const NOTHING: Outcomes = Outcomes { missing: Vec::new(), open: 0 };

/// Takes the schedule off the plan.
async fn delete(day: &Day) {
    let (id, now) = (id(day).await, day.world.app.now());
    let done = day.world.app.db().write(move |tx| {
        Box::pin(async move {
            let schedule = daily_schedule::by_ids(tx, &sql::id_list([id])).await?.remove(0);
            remove(tx, &schedule, Gone::Deleted(None), now).await
        })
    });
    done.await.unwrap();
}

/// How many attempts there are of a daily job, which may be gone.
async fn attempts(day: &Day, job: i64) -> usize {
    let read =
        day.world.app.db().read(move |tx| {
            Box::pin(async move { attempt::of_jobs(tx, &sql::id_list([job])).await })
        });
    read.await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_that_pass_while_a_job_runs_are_skipped_with_an_outcome() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::until_told());
        let jobs = format!(r#"{{"J": {}}}"#, repeats(r#""04:10", "04:20", "05:00""#, "skip"));
        let mut day = built(world, 0, &jobs).await;
        day.until("2026-11-23T04:30:00Z").await;
        assert_eq!(found(&day).await, Outcomes { missing: vec![], open: 4 });
        day.world.fake.end(&day.key(1, 1).await, ended(0));
        day.until("2026-11-23T05:00:00Z").await;
        day.world.fake.end(&day.key(1, 2).await, ended(0));
        day.settle().await;
        assert_eq!(
            day.outcomes().await,
            [
                "J ran: Finished OK: code 0",
                "J skipped: the run before it had not ended by then",
                "J skipped: the run before it had not ended by then",
                "J ran: Finished OK: code 0",
            ]
        );
        assert_eq!(found(&day).await, NOTHING);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_after_the_end_of_a_job_say_how_it_has_ended() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 1));
        let jobs = format!(
            r#"{{"J": {}, "K": {}}}"#,
            repeats(r#""05:00", "06:00""#, "start_on_completion"),
            repeats(r#""05:00""#, "skip")
        );
        let mut day = built(world, 0, &jobs).await;
        let place =
            JobPlace { date: DATE.parse().unwrap(), schedule: "S".to_owned(), job: "K".to_owned() };
        let app = &day.world.app;
        let k = find_job(app, &place).await.unwrap();
        let leave = SubscheduleRestart::Leave;
        job(app, &Caller::local("anna"), k, JobAction::Cancel, leave, None).await.unwrap();
        day.settle().await;
        assert_eq!(
            day.outcomes().await,
            [
                "J ran: Failed: code 1",
                "J not_started: the job has ended before: Failed",
                "J not_started: the job has ended before: Failed",
                "K cancelled: Cancelled; cancelled by local:anna",
                "K cancelled: the job has ended before: Cancelled",
            ]
        );
        assert_eq!(found(&day).await, NOTHING);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_not_run_when_its_schedule_is_closed_says_so_until_it_runs() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let late = task(r#", "start": "05:00""#, "");
        let jobs = format!(r#"{{"J": {}, "Late": {late}}}"#, task("", ""));
        let mut day = built(world, 0, &jobs).await;
        day.settle().await;
        close(&day).await;
        let closed = "Late closed: its schedule was closed before it ran, by local:anna";
        assert_eq!(day.outcomes().await, ["J ran: Finished OK: code 0", closed]);
        assert_eq!(found(&day).await, NOTHING);
        // What runs afterwards all the same has its own outcome.
        let place =
            JobPlace { date: DATE.parse().unwrap(), schedule: "S".to_owned(), job: "J".to_owned() };
        let app = &day.world.app;
        let j = find_job(app, &place).await.unwrap();
        let leave = SubscheduleRestart::Leave;
        job(app, &Caller::local("anna"), j, JobAction::Restart, leave, None).await.unwrap();
        day.until("2026-11-23T05:00:00Z").await;
        assert_eq!(
            day.outcomes().await,
            ["J ran: Finished OK: code 0", "Late ran: Finished OK: code 0"]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_that_is_deleted_keeps_what_ran_and_says_what_did_not() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let late = task(r#", "start": "05:00""#, "");
        let jobs = format!(r#"{{"J": {}, "Late": {late}}}"#, task("", ""));
        let mut day = built(world, 0, &jobs).await;
        day.settle().await;
        delete(&day).await;
        let gone = "Late deleted: it was deleted before it ran";
        assert_eq!(day.outcomes().await, ["J ran: Finished OK: code 0", gone]);
        assert_eq!(attempts(&day, 1).await, 1);
        assert_eq!(found(&day).await, NOTHING);
        day.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_that_runs_is_not_deleted_by_an_event_and_a_job_that_is_says_so() {
    for world in worlds().await {
        world.fake.plan_all(|start: &StartTask| {
            if start.name.ends_with('J') { Plan::until_told() } else { Plan::ends_after(1, 0) }
        });
        let late = task(r#", "start": "05:00""#, "");
        let event = |event: &str| {
            format!(r#"{{"trigger": {{"job_status": "finished_ok"}}, "event": "{event}"}}"#)
        };
        let schedule = event("$SCHEDULE:DELETE,[[$SCHEDULE DATE]],S");
        let one = event("$JOB:DELETE,[[$SCHEDULE DATE]],S,Late");
        let k = task("", &format!(r#", "events": [{schedule}, {one}]"#));
        let jobs = format!(r#"{{"J": {}, "K": {k}, "Late": {late}}}"#, task("", ""));
        let mut day = built(world, 0, &jobs).await;
        day.settle().await;
        let gone = "Late deleted: it was deleted before it ran, by event:2026-11-23/S/K";
        assert_eq!(day.outcomes().await, ["K ran: Finished OK: code 0", gone]);
        let refused = "refused: `2026-11-23/S` has jobs that run; kill them or wait for their end";
        assert!(day.audit().await.iter().any(|line| line.contains(refused)));
        assert_eq!(found(&day).await, Outcomes { missing: vec![], open: 1 });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_never_arrived_does_not_keep_a_schedule_for_ever() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let jobs = format!(r#"{{"J": {}}}"#, task("", ""));
        let day = built(world, 0, &jobs).await;
        crate::agents::heartbeat(&day.world.app).await.unwrap();
        for _ in 0..3 {
            crate::advance::advance(&day.world.app).await.unwrap();
        }
        assert_eq!(found(&day).await.open, 1);
        // Killed before it was sent: the next life looks for it, and starts it anew.
        let mut day = day.next_life().await;
        day.settle().await;
        assert_eq!(attempts(&day, 1).await, 2);
        let open = day.world.app.db().read(|tx| Box::pin(daily_schedule::open_attempts(tx, 1)));
        assert_eq!(open.await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_that_is_built_anew_has_its_outcomes_beside_those_of_the_old_one() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let jobs = format!(r#"{{"J": {}}}"#, task("", ""));
        let mut day = built(world, 0, &jobs).await;
        day.settle().await;
        let request = Request {
            date: DATE.parse().unwrap(),
            schedules: None,
            overwrite: true,
            on_hold: false,
            reason: None,
        };
        build(&day.world.app, &Caller::local("anna"), request).await.unwrap();
        assert_eq!(found(&day).await, Outcomes { missing: vec![], open: 1 });
        day.settle().await;
        assert_eq!(
            day.outcomes().await,
            ["J ran: Finished OK: code 0", "J ran: Finished OK: code 0"]
        );
        assert_eq!((attempts(&day, 1).await, attempts(&day, 2).await), (1, 1));
        assert_eq!(found(&day).await, NOTHING);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_schedule_that_is_built_anew_waits_for_the_new_one() {
    for world in worlds().await {
        world.fake.plan_all(|start: &StartTask| {
            Plan::ends_after(1, i32::from(start.name.ends_with('J')))
        });
        let schedules = format!(
            r#""thresholds": {{}}, "schedules": {{"T": {{"jobs": {{"Waits": {}}}}}, "S": {{"jobs": {{"J": {}}}}}}}"#,
            task("", r#", "depends_on": [{"requires": {"job": "J", "schedule": "S"}}]"#),
            task("", "")
        );
        let agents = r#""agents": {"A": {"connection": {"plug_in": {"integration": "Fake"}}}}"#;
        world.build(&format!("{agents}, {schedules}")).await;
        let mut day = Day::of(world);
        day.settle().await;
        assert_eq!(day.statuses().await[1], "Waits: Wait Job Dependency");
        // The second time it ends well.
        day.world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let request = Request {
            date: DATE.parse().unwrap(),
            schedules: Some(vec!["S".to_owned()]),
            overwrite: true,
            on_hold: false,
            reason: None,
        };
        build(&day.world.app, &Caller::local("anna"), request).await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await[1], "Waits: Finished OK");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outcome_that_was_lost_is_missed() {
    for world in worlds().await {
        world.fake.plan_all(|_: &StartTask| Plan::ends_after(1, 0));
        let jobs = format!(r#"{{"J": {}}}"#, task("", ""));
        let mut day = built_with(world, 0, r#""thresholds": {}"#, &jobs).await;
        day.settle().await;
        let lost = day.world.app.db().write(|tx| {
            Box::pin(async move {
                let mut all = outcome::of_date(tx, DATE).await?;
                // As if it had never been stored of this job.
                for each in &mut all {
                    each.job_id = 0;
                }
                outcome::put(tx, &all).await?;
                daily_schedule::of_date(tx, DATE).await
            })
        });
        assert_eq!(lost.await.unwrap().len(), 1);
        assert_eq!(found(&day).await, NOTHING);
        // The clock of a job is moved without a word: its planned instant has no outcome.
        let moved = day.world.app.db().write(|tx| {
            Box::pin(async move {
                let mut jobs = scheduler_store::daily_job::lock(tx, &sql::id_list([1])).await?;
                jobs[0].start_at += 1;
                scheduler_store::daily_job::update(tx, &jobs).await
            })
        });
        moved.await.unwrap();
        let start = crate::testing::START.parse::<jiff::Timestamp>().unwrap();
        let midnight = sql::to_micros(start) - 4 * 3_600_000_000;
        let missing = Missing {
            schedule: "S".to_owned(),
            job: Some("J".to_owned()),
            planned_at: Some(midnight + 1),
        };
        assert_eq!(found(&day).await, Outcomes { missing: vec![missing], open: 0 });
    }
}
