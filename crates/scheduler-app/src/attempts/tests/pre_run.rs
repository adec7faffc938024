//! Jobs whose pre-run fails.

use connector::fake::Plan;
use connector::{End, StartTask, TaskStatus};

use crate::Caller;
use crate::messages::undelivered;
use crate::testing::day::{built_with, task};
use crate::testing::worlds;

const NOTICE: &str = r#""thresholds": {}, "notifications": {"G": {"about": "all_jobs", "triggers": [
    {"on": "job_prerun_failed", "actions": [{"log": {"message": "[[$JOB NAME]]: its pre-run failed"}}]}]}}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_pre_run_fails_gives_its_slot_back_and_is_tried_again_after_three_minutes() {
    for world in worlds().await {
        world.fake.plan_all(|start: &StartTask| {
            if start.variables["ATTEMPT"] != "1" || start.name.ends_with("Other") {
                return Plan::ends_after(1, 0);
            }
            let said = End::with_code(3, "the pre-run ended with exit status: 3");
            let end = TaskStatus::Ended(End { is_pre_run_failure: true, ..said });
            Plan::until_told().then(1, TaskStatus::PreRun).then(1, end)
        });
        let jobs =
            format!(r#"{{"J": {}, "Other": {}}}"#, task(r#", "priority": 9"#, ""), task("", ""));
        let mut day = built_with(world, 1, NOTICE, &jobs).await;
        day.settle().await;
        assert_eq!(
            day.statuses().await,
            ["S: In Process", "J: Prerun Failed", "Other: Finished OK"]
        );
        assert_eq!(day.attempts().await[0], "J 1 3 Prerun Failed: archive");
        let anna = Caller::local("anna");
        assert_eq!(undelivered(&day.world.app, &anna).await.unwrap().len(), 1);
        day.until("2026-11-23T04:02:30Z").await;
        assert_eq!(day.statuses().await[1], "J: Prerun Failed");
        day.until("2026-11-23T04:03:30Z").await;
        assert_eq!(day.statuses().await[1], "J: Finished OK");
        assert_eq!(day.outcomes().await[0], "J ran: Finished OK: code 0");
        assert_eq!(day.outcomes().await.len(), 2);
    }
}
