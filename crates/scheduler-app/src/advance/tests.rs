//! Days of null jobs, which need no agent, from their build to their end.

use jiff::Timestamp;
use scheduler_store::{daily_job, daily_schedule, outcome};

use super::advance;
use crate::testing::{World, worlds};

const DAILY: &str = r#""frequencies": [{"use": "Daily"}]"#;

/// Builds Monday, 2026-11-23 of these schedules.
async fn built(world: &World, schedules: &str) {
    world.build(&format!(r#""schedules": {schedules}"#)).await;
}

/// Lets everything happen that is due until an instant, at its time.
async fn until(world: &World, end: &str) {
    let end: Timestamp = end.parse().unwrap();
    loop {
        let done = advance(&world.app).await.unwrap();
        match done.next {
            Some(next) if next <= end => world.clock.set(next.max(world.app.now())),
            _ => break,
        }
    }
    world.clock.set(end);
}

async fn statuses(world: &World) -> Vec<String> {
    let read = world.app.db().read(|tx| {
        Box::pin(async move {
            let mut lines = Vec::new();
            for schedule in daily_schedule::of_date(tx, "2026-11-23").await? {
                lines.push(format!("{}: {}", schedule.name, schedule.status));
                for job in daily_job::of_schedule(tx, schedule.id).await? {
                    lines.push(format!("  {}: {}", job.name, job.status));
                }
            }
            Ok::<_, sql::Error>(lines)
        })
    });
    read.await.unwrap()
}

async fn outcomes(world: &World) -> Vec<String> {
    let read =
        world.app.db().read(|tx| Box::pin(async move { outcome::of_date(tx, "2026-11-23").await }));
    let shown = |each: outcome::Outcome| {
        let at =
            Timestamp::from_microsecond(each.planned_at).unwrap().strftime("%H:%M").to_string();
        format!("{at} {}/{} {}: {}", each.schedule, each.job, each.outcome, each.reason)
    };
    read.await.unwrap().into_iter().map(shown).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_run_at_their_times_and_after_those_that_they_wait_for() {
    for world in worlds().await {
        let schedules = r#"{"S": {"jobs": {
            "Late": {"run": "null_job", "frequencies": [{"use": "Daily", "start": "06:00"}]},
            "After": {"run": "null_job", "frequencies": [{"use": "Daily"}], "depends_on": [{"requires": {"job": "Late"}}]},
            "Last": {"run": "null_job", "frequencies": [{"use": "Daily"}], "depends_on": [{"requires": {"job": "After"}}]},
            "Free": {"run": "null_job", "frequencies": [{"use": "Daily"}]}
        }}}"#;
        built(&world, schedules).await;
        until(&world, "2026-11-23T05:59:00Z").await;
        assert_eq!(
            statuses(&world).await,
            [
                "S: In Process",
                "  Late: Wait Start Time",
                "  After: Wait Job Dependency",
                "  Last: Wait Job Dependency",
                "  Free: Finished OK"
            ]
        );
        until(&world, "2026-11-23T06:00:00Z").await;
        assert_eq!(
            statuses(&world).await,
            [
                "S: Completed",
                "  Late: Finished OK",
                "  After: Finished OK",
                "  Last: Finished OK",
                "  Free: Finished OK"
            ]
        );
        assert_eq!(
            outcomes(&world).await,
            [
                "00:00 S/After settled: Finished OK",
                "00:00 S/Free settled: Finished OK",
                "00:00 S/Last settled: Finished OK",
                "06:00 S/Late settled: Finished OK"
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_runs_its_schedule_and_ends_when_that_has_ended() {
    for world in worlds().await {
        let schedules = format!(
            r#"{{"Outer": {{{DAILY}, "jobs": {{
                "Inside": {{"run": {{"container": {{"schedule": "Sub"}}}}}},
                "End": {{"run": "null_job", "depends_on": [{{"requires": {{"job": "Inside"}}}}]}}
            }}}}, "Sub": {{"subschedule": true, "jobs": {{
                "Core": {{"run": "null_job", "frequencies": [{{"use": "Daily", "start": "07:00"}}]}}}}}}}}"#
        );
        built(&world, &schedules).await;
        until(&world, "2026-11-23T06:59:00Z").await;
        assert_eq!(
            statuses(&world).await,
            [
                "Outer: In Process",
                "  Inside: Job Running",
                "  End: Wait Job Dependency",
                "Outer_Inside[Sub]: In Process",
                "  Core: Wait Start Time"
            ]
        );
        until(&world, "2026-11-23T07:00:00Z").await;
        assert_eq!(
            statuses(&world).await,
            [
                "Outer: Completed",
                "  Inside: Finished OK",
                "  End: Finished OK",
                "Outer_Inside[Sub]: Completed",
                "  Core: Finished OK"
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_latest_start_that_passes_is_missed_and_the_schedule_stays_open() {
    for world in worlds().await {
        let schedules = r#"{"S": {"jobs": {
            "First": {"run": "null_job", "frequencies": [{"use": "Daily", "start": "08:00"}]},
            "Second": {"run": "null_job", "frequencies": [{"use": "Daily", "latest_start": "07:00", "late_to_start": "06:00"}],
                "depends_on": [{"requires": {"job": "First"}}]}
        }}}"#;
        built(&world, schedules).await;
        until(&world, "2026-11-23T06:30:00Z").await;
        assert_eq!(statuses(&world).await[2], "  Second: Late to Start");
        until(&world, "2026-11-23T09:00:00Z").await;
        assert_eq!(
            statuses(&world).await,
            ["S: In Process", "  First: Finished OK", "  Second: Missed Start Time"]
        );
        assert_eq!(
            outcomes(&world).await[1],
            "00:00 S/Second missed: Missed Start Time: it could be started until Mon 2026-11-23 07:00:00 UTC"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeating_job_has_an_outcome_for_each_of_its_instants() {
    for world in worlds().await {
        let schedules = r#"{"S": {"jobs": {"R": {"run": "null_job", "frequencies": [{"use": "Daily", "start": "05:00",
            "recurrence": {"recurring_instances": {"times": ["06:00", "07:30"]}}}]}}}}"#;
        built(&world, schedules).await;
        until(&world, "2026-11-23T06:00:00Z").await;
        assert_eq!(statuses(&world).await, ["S: In Process", "  R: Wait Start Time"]);
        until(&world, "2026-11-23T08:00:00Z").await;
        assert_eq!(statuses(&world).await, ["S: Completed", "  R: Finished OK"]);
        assert_eq!(
            outcomes(&world).await,
            [
                "05:00 S/R settled: Finished OK",
                "06:00 S/R settled: Finished OK",
                "07:30 S/R settled: Finished OK"
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_from_the_release_counts_from_when_the_schedule_has_started() {
    for world in worlds().await {
        // It is 04:00: the schedule is late.
        let schedules = r#"{"S": {"jobs": {
            "Clock": {"run": "null_job", "frequencies": [{"use": "Daily", "start": "00:30"}]},
            "Release": {"run": "null_job", "frequencies": [{"use": "Daily", "start": "00:30", "start_from": "release"}]}
        }}}"#;
        built(&world, schedules).await;
        until(&world, "2026-11-23T04:29:00Z").await;
        assert_eq!(
            statuses(&world).await,
            ["S: In Process", "  Clock: Finished OK", "  Release: Wait Start Time"]
        );
        until(&world, "2026-11-23T04:30:00Z").await;
        assert_eq!(statuses(&world).await[2], "  Release: Finished OK");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_that_conflicts_with_its_other_days_waits_until_they_are_over() {
    for world in worlds().await {
        let schedules = r#"{"S": {"conflict_with_other_days": true, "jobs": {
            "J": {"run": "null_job", "frequencies": [{"use": "Daily", "start": "26:00"}]}}}}"#;
        built(&world, schedules).await;
        world.build_date("2026-11-24").await;
        let second = || async {
            let read = world.app.db().read(|tx| {
                Box::pin(async move { daily_schedule::of_date(tx, "2026-11-24").await })
            });
            read.await.unwrap()[0].status.clone()
        };
        until(&world, "2026-11-24T01:59:00Z").await;
        assert_eq!(
            (statuses(&world).await[0].as_str(), second().await.as_str()),
            ("S: In Process", "Wait to Start")
        );
        until(&world, "2026-11-24T02:01:00Z").await;
        assert_eq!(
            (statuses(&world).await[0].as_str(), second().await.as_str()),
            ("S: Completed", "In Process")
        );
    }
}

/// Stores on which agents the first job may run, whatever that is.
async fn set_runs_on(world: &World, text: Option<&'static str>) {
    let write = world.app.db().write(move |tx| {
        Box::pin(async move {
            let mut job = daily_job::lock(tx, "[1]").await?.remove(0);
            job.runs_on = text.map(ToOwned::to_owned);
            daily_job::set_own(tx, &job).await
        })
    });
    write.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_moved_on_is_put_off_and_says_why_and_the_rest_goes_on() {
    for world in worlds().await {
        let at_six = r#""frequencies": [{"use": "Daily", "start": "06:00"}]"#;
        let schedules = format!(
            r#"{{"S": {{"jobs": {{"J": {{"run": "null_job", {at_six}}}, "K": {{"run": "null_job", {at_six}}}}}}}}}"#
        );
        built(&world, &schedules).await;
        until(&world, "2026-11-23T05:00:00Z").await;
        set_runs_on(&world, Some("damaged")).await;
        until(&world, "2026-11-23T06:00:00Z").await;
        assert_eq!(statuses(&world).await[1..], ["  J: Wait Start Time", "  K: Finished OK"]);
        let (_, _, why) = crate::view::job(&world.app, 1).await.unwrap();
        assert!(why[0].text.contains("it could not be moved on"), "{why:?}");
        assert!(why[0].text.contains("daily job 1 is not what"), "{why:?}");
        let next = advance(&world.app).await.unwrap().next;
        assert_eq!(next, Some("2026-11-23T06:01:00Z".parse().unwrap()));
        set_runs_on(&world, None).await;
        until(&world, "2026-11-23T06:01:00Z").await;
        assert_eq!(statuses(&world).await[0..2], ["S: Completed", "  J: Finished OK"]);
        let (view, _, why) = crate::view::job(&world.app, 1).await.unwrap();
        assert_eq!(view.job.waits_for, None, "{why:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_does_not_start_before_its_time_when_the_clock_is_put_back() {
    for world in worlds().await {
        let schedules = format!(
            r#"{{"S": {{"start_time": "06:00", "jobs": {{"J": {{"run": "null_job", {DAILY}}}}}}}}}"#
        );
        built(&world, &schedules).await;
        until(&world, "2026-11-23T05:59:30Z").await;
        world.app.renew_lease().await.unwrap();
        world.clock.set("2026-11-23T05:00:00Z".parse().unwrap());
        world.app.renew_lease().await.unwrap();
        until(&world, "2026-11-23T05:59:59Z").await;
        assert_eq!(statuses(&world).await[0], "S: Wait to Start");
        until(&world, "2026-11-23T06:00:00Z").await;
        assert_eq!(statuses(&world).await, ["S: Completed", "  J: Finished OK"]);
    }
}
