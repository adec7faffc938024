//! A container runs again with the jobs in it, in each of the ways that can be asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use connector::StartTask;
use connector::fake::Plan;
use scheduler_core::action::Action;
use scheduler_core::job::SubscheduleRestart;
use scheduler_store::{attempt, daily_job, daily_schedule};

use super::anna;
use crate::Error;
use crate::definitions::{apply, export};
use crate::operate::{JobPlace, find_job, job};
use crate::testing::day::{Day, task};
use crate::testing::{World, worlds};

/// A container in a schedule; in it a good job, one that fails while it is told to, one behind that, and a container with one more.
async fn with_containers(world: World, is_bad: &Arc<AtomicBool>, retry: &str) -> Day {
    let is_bad = Arc::clone(is_bad);
    world.fake.plan_all(move |start: &StartTask| {
        let fails = is_bad.load(Ordering::SeqCst) && start.name.ends_with("Bad");
        Plan::ends_after(1, i32::from(fails))
    });
    let behind =
        r#", "depends_on": [{"requires": {"job": "Bad", "condition": "ignore_exit_code"}}]"#;
    world
        .build(&format!(
            r#""agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}}}}},
            "schedules": {{
                "S": {{"jobs": {{
                    "In": {{"run": {{"container": {{"schedule": "Sub"}}}}, "frequencies": [{{"use": "Daily"{retry}}}]}},
                    "End": {{"run": "null_job", "frequencies": [{{"use": "Daily"}}], "depends_on": [{{"requires": {{"job": "In"}}}}]}}
                }}}},
                "Sub": {{"subschedule": true, "completion_events": ["$CONSOLE:DISPLAY,over"], "jobs": {{
                    "Good": {}, "Bad": {}, "Behind": {},
                    "Deep": {{"run": {{"container": {{"schedule": "Deeper"}}}}, "frequencies": [{{"use": "Daily"}}]}}
                }}}},
                "Deeper": {{"subschedule": true, "jobs": {{"Bad": {}, "Fine": {}}}}}
            }}"#,
            task("", ""),
            task("", ""),
            task("", behind),
            task("", ""),
            task("", "")
        ))
        .await;
    let mut day = Day::of(world);
    day.settle().await;
    day
}

/// Each daily job with its status and how many attempts it has had.
async fn all(day: &Day) -> Vec<String> {
    let read = day.world.app.db().read(|tx| {
        Box::pin(async move {
            let mut lines = Vec::new();
            for schedule in daily_schedule::of_date(tx, "2026-11-23").await? {
                for job in daily_job::of_schedule(tx, schedule.id).await? {
                    let tries = attempt::of_jobs(tx, &sql::id_list([job.id])).await?.len();
                    lines.push(format!("{}/{}: {} {tries}", schedule.name, job.name, job.status));
                }
            }
            Ok::<_, sql::Error>(lines)
        })
    });
    read.await.unwrap()
}

async fn restart(day: &Day, action: Action, how: SubscheduleRestart) -> Result<String, Error> {
    ask(day, "In", action, how).await
}

async fn ask(
    day: &Day,
    name: &str,
    action: Action,
    how: SubscheduleRestart,
) -> Result<String, Error> {
    let (schedule, job_name) = ("S".to_owned(), name.to_owned());
    let place = JobPlace { date: "2026-11-23".parse().unwrap(), schedule, job: job_name };
    let id = find_job(&day.world.app, &place).await?;
    job(&day.world.app, &anna(), id, action, how, Some("once more")).await
}

const FAILED: [&str; 8] = [
    "S/In: Failed 1",
    "S/End: Wait Job Dependency 0",
    "S_In[Sub]/Good: Finished OK 1",
    "S_In[Sub]/Bad: Failed 1",
    "S_In[Sub]/Behind: Finished OK 1",
    "S_In[Sub]/Deep: Failed 1",
    "S_In[Sub]_Deep[Deeper]/Bad: Failed 1",
    "S_In[Sub]_Deep[Deeper]/Fine: Finished OK 1",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_is_restarted_runs_all_jobs_in_it_again_at_any_depth() {
    for world in worlds().await {
        let is_bad = Arc::new(AtomicBool::new(true));
        let mut day = with_containers(world, &is_bad, "").await;
        assert_eq!(all(&day).await, FAILED);
        is_bad.store(false, Ordering::SeqCst);
        restart(&day, Action::Restart, SubscheduleRestart::RestartAll).await.unwrap();
        // Nothing in it runs before the container does.
        assert!(all(&day).await.contains(&"S_In[Sub]/Good: Qualifying 1".to_owned()));
        day.settle().await;
        assert_eq!(
            all(&day).await,
            [
                "S/In: Finished OK 2",
                "S/End: Finished OK 0",
                "S_In[Sub]/Good: Finished OK 2",
                "S_In[Sub]/Bad: Finished OK 2",
                "S_In[Sub]/Behind: Finished OK 2",
                "S_In[Sub]/Deep: Finished OK 2",
                "S_In[Sub]_Deep[Deeper]/Bad: Finished OK 2",
                "S_In[Sub]_Deep[Deeper]/Fine: Finished OK 2",
            ]
        );
        assert_eq!(day.world.fake.started_twice(), []);
        let audit = day.audit().await;
        let restarts: Vec<_> = audit.iter().filter(|line| line.contains("job.restart")).collect();
        assert_eq!(restarts, ["local:anna job.restart 2026-11-23/S/In: Failed to Qualifying"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_failed_runs_only_the_jobs_again_that_failed_in_it() {
    for world in worlds().await {
        let is_bad = Arc::new(AtomicBool::new(true));
        let mut day = with_containers(world, &is_bad, "").await;
        is_bad.store(false, Ordering::SeqCst);
        restart(&day, Action::Restart, SubscheduleRestart::RestartMatching).await.unwrap();
        day.settle().await;
        assert_eq!(
            all(&day).await,
            [
                "S/In: Finished OK 2",
                "S/End: Finished OK 0",
                "S_In[Sub]/Good: Finished OK 1",
                "S_In[Sub]/Bad: Finished OK 2",
                "S_In[Sub]/Behind: Finished OK 1",
                "S_In[Sub]/Deep: Finished OK 2",
                "S_In[Sub]_Deep[Deeper]/Bad: Finished OK 2",
                "S_In[Sub]_Deep[Deeper]/Fine: Finished OK 1",
            ]
        );
        assert_eq!(day.world.fake.started_twice(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_whose_jobs_are_left_follows_them_and_ends_as_they_have() {
    for world in worlds().await {
        let is_bad = Arc::new(AtomicBool::new(true));
        let mut day = with_containers(world, &is_bad, "").await;
        restart(&day, Action::Restart, SubscheduleRestart::Leave).await.unwrap();
        day.settle().await;
        let mut expected = FAILED;
        expected[0] = "S/In: Failed 2";
        assert_eq!(all(&day).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_a_container_is_built_anew_by_the_definitions_of_now() {
    for world in worlds().await {
        let is_bad = Arc::new(AtomicBool::new(true));
        let mut day = with_containers(world, &is_bad, "").await;
        let mut definitions = export(&day.world.app).await.unwrap();
        let sub = definitions.schedules.get_mut("Sub").unwrap();
        sub.jobs.shift_remove("Bad");
        sub.jobs.shift_remove("Behind");
        apply(&day.world.app, &anna(), definitions, None, None).await.unwrap();
        is_bad.store(false, Ordering::SeqCst);
        restart(&day, Action::ForceRestart, SubscheduleRestart::Rebuild).await.unwrap();
        day.settle().await;
        assert_eq!(
            all(&day).await,
            [
                "S/In: Finished OK 2",
                "S/End: Finished OK 0",
                "S_In[Sub]/Good: Finished OK 1",
                "S_In[Sub]/Deep: Finished OK 1",
                "S_In[Sub]_Deep[Deeper]/Bad: Finished OK 1",
                "S_In[Sub]_Deep[Deeper]/Fine: Finished OK 1",
            ]
        );
        assert_eq!(day.world.fake.started_twice(), []);
        let audit = day.audit().await;
        let last = audit.iter().rfind(|line| line.contains("job.force_restart")).unwrap();
        assert!(last.ends_with("; what is in it was built anew: 4 jobs"), "{last}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_a_container_of_a_completed_schedule_is_built_anew_before_it_starts() {
    for world in worlds().await {
        let is_bad = Arc::new(AtomicBool::new(true));
        let mut day = with_containers(world, &is_bad, "").await;
        let leave = SubscheduleRestart::Leave;
        ask(&day, "End", Action::Cancel, leave).await.unwrap();
        day.settle().await;
        assert_eq!(day.statuses().await[0], "S: Completed");
        is_bad.store(false, Ordering::SeqCst);
        restart(&day, Action::Restart, SubscheduleRestart::Rebuild).await.unwrap();
        day.settle().await;
        let now = all(&day).await;
        assert_eq!(now[..2], ["S/In: Finished OK 2", "S/End: Cancelled 0"]);
        assert!(now[2..].iter().all(|line| line.contains("Finished OK 1")), "{now:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_is_none_by_the_definitions_of_now_is_not_built_anew() {
    for world in worlds().await {
        let is_bad = Arc::new(AtomicBool::new(true));
        let day = with_containers(world, &is_bad, "").await;
        let mut definitions = export(&day.world.app).await.unwrap();
        definitions.schedules.get_mut("S").unwrap().jobs.shift_remove("In");
        definitions.schedules.get_mut("S").unwrap().jobs.shift_remove("End");
        apply(&day.world.app, &anna(), definitions, None, None).await.unwrap();
        let rebuild = SubscheduleRestart::Rebuild;
        let refused = restart(&day, Action::Restart, rebuild).await.unwrap_err().to_string();
        assert!(refused.contains("by the definitions of now it is no container"), "{refused}");
        assert_eq!(all(&day).await, FAILED);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_is_tried_again_runs_its_jobs_again() {
    for world in worlds().await {
        let is_bad = Arc::new(AtomicBool::new(true));
        let retry = r#", "retry": {"maximum_attempts": 1, "minutes_between": 5}"#;
        let mut day = with_containers(world, &is_bad, retry).await;
        assert_eq!(all(&day).await[0], "S/In: Wait Start Time 1");
        is_bad.store(false, Ordering::SeqCst);
        day.until("2026-11-23T04:06:00Z").await;
        let now = all(&day).await;
        assert_eq!(now[0], "S/In: Finished OK 2");
        assert_eq!(now[3], "S_In[Sub]/Bad: Finished OK 2");
        assert_eq!(now[6], "S_In[Sub]_Deep[Deeper]/Bad: Finished OK 2");
        assert_eq!(day.world.fake.started_twice(), []);
    }
}
