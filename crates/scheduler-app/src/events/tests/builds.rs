//! `$SCHEDULE:BUILD` with properties and instances, and what is told when it fails.

use scheduler_store::{daily_job, daily_schedule};

use super::{bad_fails, said, with_events};
use crate::testing::day::{Day, task};
use crate::testing::{World, worlds};

const DONE: &str = r#""job_status": "finished_ok""#;

/// A day on which `S` has a job with these events; `schedules` are defined besides, and not built with the day.
async fn day(world: World, events: &[(&str, &str)], schedules: &str, more: &str) -> Day {
    let all = format!(
        r#""agents": {{"A": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}}},
            "B": {{"connection": {{"plug_in": {{"integration": "Fake"}}}}}}}},
        "machine_groups": {{"Both": {{"agents": ["A", "B"]}}}}, {more}
        "schedules": {{"S": {{"jobs": {{"First": {}}}}}, {schedules}}}"#,
        with_events(events)
    );
    world.fake.plan_all(bad_fails);
    world.define(&all).await;
    world.build_schedule("2026-11-23", "S").await;
    let mut day = Day::of(world);
    day.settle().await;
    day
}

/// The daily schedules of the day but `S`, with their properties and jobs.
async fn built(day: &Day) -> Vec<String> {
    let read = day.world.app.db().read(|tx| {
        Box::pin(async move {
            let mut lines = Vec::new();
            for each in daily_schedule::of_date(tx, "2026-11-23").await? {
                let jobs = daily_job::of_schedule(tx, each.id).await?;
                let jobs: Vec<String> = jobs.into_iter().map(|job| job.name).collect();
                if each.name != "S" {
                    lines.push(format!("{} {} {}", each.name, each.properties, jobs.join(" ")));
                }
            }
            Ok::<_, sql::Error>(lines)
        })
    });
    read.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn properties_of_a_build_are_over_those_of_the_definition_and_name_instances() {
    for world in worlds().await {
        let job = task("", "");
        let schedules = format!(
            r#""Plain": {{"properties": {{"A": "1", "B": "2"}}, "jobs": {{"J": {job}}}}},
            "Many": {{"multi_instance": true, "jobs": {{"J": {job}}}}},
            "Sets": {{"multi_instance": true, "instances": {{"properties": [{{"P": "x", "Q": "1"}}, {{"P": "y", "Q": "2"}}]}}, "jobs": {{"J": {job}}}}},
            "Outer": {{"multi_instance": true, "jobs": {{"C": {{"run": {{"container": {{"schedule": "Inner"}}}}, "frequencies": [{{"use": "Daily"}}]}}}}}},
            "Inner": {{"subschedule": true, "jobs": {{"K": {job}}}}}"#
        );
        let events = [
            (DONE, "$SCHEDULE:BUILD,,Plain,,N,B=9;C=[[$JOB NAME]]"),
            (DONE, "$SCHEDULE:BUILD,,Many,,N,STORE=2682"),
            (DONE, "$SCHEDULE:BUILD,,Many,,N,STORE=2682"),
            (DONE, "$SCHEDULE:BUILD,,Sets,,N,P=y;R=3"),
            (DONE, "$SCHEDULE:BUILD,,Sets,,N,P=z"),
            (DONE, "$SCHEDULE:BUILD,,Plain,,N,,InstanceName=EAST"),
            (DONE, "$SCHEDULE:BUILD,,Outer"),
            (DONE, "$SCHEDULE:BUILD,,Outer"),
        ];
        let day = day(world, &events, &schedules, "").await;
        assert_eq!(
            built(&day).await,
            [
                r#"Plain {"A":"1","B":"9","C":"First"} J"#,
                r#"Many_2682 {"STORE":"2682"} J"#,
                r#"Many_2682$0002 {"STORE":"2682"} J"#,
                r#"Sets_y {"P":"y","Q":"2","R":"3"} J"#,
                r#"Sets_z {"P":"z"} J"#,
                "Outer {} C",
                "Outer_C[Inner] {} K",
                "Outer$0002 {} C",
                "Outer$0002_C[Inner] {} K"
            ]
        );
        let said = said(&day).await;
        assert!(said[5].contains("refused: `Plain` has no named instances"), "{said:#?}");
        assert!(said[3].ends_with("built Sets_y"), "{said:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_named_instance_or_that_of_one_agent_is_built_alone() {
    for world in worlds().await {
        let job = task("", "");
        let schedules = format!(
            r#""Named": {{"multi_instance": true, "instances": {{"named": ["EAST", "WEST"]}}, "jobs": {{"J": {job}}}}},
            "Each": {{"multi_instance": true, "instances": {{"machine_group": "Both"}}, "jobs": {{"J": {job}}}}}"#
        );
        let events = [
            (DONE, "$SCHEDULE:BUILDHLD,,Named,,N,X=1,InstanceName=WEST"),
            (DONE, "$SCHEDULE:BUILD,,Each,,N,MACHINENAME=B;X=2"),
            (DONE, "$SCHEDULE:BUILD,,Each,,N,MACHINENAME=[[WHO]]"),
        ];
        let more = r#""properties": {"WHO": {"value": "Z"}},"#;
        let day = day(world, &events, &schedules, more).await;
        assert_eq!(built(&day).await, [r#"Named_WEST {"X":"1"} J"#, r#"Each_B {"X":"2"} J"#]);
        let said = said(&day).await;
        assert!(said[2].contains("refused: there is no agent `Z` of `Both`"), "{said:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_that_fails_lets_the_events_of_its_job_in_ad_hoc_take_place_once() {
    for world in worlds().await {
        let job = task("", "");
        let told = with_events(&[
            (r#""job_status": "failed""#, "$THRESHOLD:SET,FAILURES,+1"),
            (r#""job_status": "failed""#, "$SCHEDULE:BUILD,,Other"),
            (DONE, "$THRESHOLD:SET,FAILURES,+100"),
        ]);
        let schedules = format!(
            r#""Other": {{"jobs": {{"J": {job}}}}}, "AdHoc": {{"jobs": {{"SMA_SKD_BUILD": {told}}}}}"#
        );
        let events = [
            (DONE, "$SCHEDULE:BUILD,,Other"),
            (DONE, "$SCHEDULE:BUILD,,Other"),
            (DONE, "$JOB:HOLD,,S,First"),
        ];
        let more = r#""thresholds": {"FAILURES": {"value": 0}},"#;
        let day = day(world, &events, &schedules, more).await;
        let audit = day.audit().await;
        let by_maintenance: Vec<&String> =
            audit.iter().filter(|line| line.starts_with("event:AdHoc/SMA_SKD_BUILD")).collect();
        assert_eq!(by_maintenance.len(), 2, "what fails meanwhile is told of no more: {audit:#?}");
        assert!(by_maintenance[0].ends_with("FAILURES,+1: - to 0 to 1"), "{audit:#?}");
        assert!(by_maintenance[1].contains("`Other` is not built"), "{audit:#?}");
        assert_eq!(built(&day).await, ["Other {} J"], "its job is never a daily one");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_finds_jobs_which_will_not_start_fails_and_says_which() {
    for world in worlds().await {
        let on = |other: &str| {
            task("", &format!(r#", "depends_on": [{{"requires": {{"job": "{other}"}}}}]"#))
        };
        let told = with_events(&[(r#""job_status": "failed""#, "$THRESHOLD:SET,FAILURES,+1")]);
        let schedules = format!(
            r#""Fine": {{"jobs": {{"J": {}, "K": {}}}}}, "Loop": {{"jobs": {{"J": {}, "K": {}}}}},
            "Unbuilt": {{"jobs": {{"J": {}}}}}, "AdHoc": {{"jobs": {{"SMA_SKD_CHECK": {told}}}}}"#,
            task("", ""),
            on("J"),
            on("K"),
            on("J"),
            task("", "")
        );
        let events = [
            (DONE, "$SCHEDULE:BUILD,,Fine,,N"),
            (DONE, "$SCHEDULE:CHECK,CURRENT,Fine,,S"),
            (DONE, "$SCHEDULE:CHECKALL,CURRENT"),
            (DONE, "$SCHEDULE:BUILD,,Loop,,N"),
            (DONE, "$SCHEDULE:CHECK,CURRENT,Fine"),
            (DONE, "$SCHEDULE:CHECK,CURRENT,Loop"),
            (DONE, "$SCHEDULE:CHECKALL,CURRENT"),
            (DONE, "$SCHEDULE:CHECK,CURRENT,Unbuilt"),
        ];
        let day =
            day(world, &events, &schedules, r#""thresholds": {"FAILURES": {"value": 0}},"#).await;
        let audit = day.audit().await;
        let said: Vec<&str> = audit
            .iter()
            .filter(|line| line.contains("$SCHEDULE:CHECK"))
            .map(|line| if line.contains("refused: ") { "fails" } else { "finds nothing" })
            .collect();
        let nothing = "finds nothing";
        assert_eq!(said, [nothing, nothing, nothing, "fails", "fails", "fails"], "{audit:#?}");
        let why = "it waits for itself: `Loop/J`, then `Loop/K`";
        assert_eq!(audit.iter().filter(|line| line.contains(why)).count(), 2, "{audit:#?}");
        let told = audit.iter().filter(|line| line.starts_with("event:AdHoc/SMA_SKD_CHECK"));
        assert_eq!(told.count(), 3, "{audit:#?}");
    }
}
