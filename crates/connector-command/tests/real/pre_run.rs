//! Jobs with a command that must succeed first.

use connector::TaskStatus;
use connector::conformance::Harness as _;
use serde_json::json;

use crate::site::{Site, end_of, log, run, started, told, until};

#[tokio::test]
async fn a_pre_run_is_tried_until_it_succeeds_and_then_the_job_runs_once() {
    let site = Site::start();
    let agent = site.agent();
    let key = site.key("prerun");
    let mut call = site.script(&key, "echo $SMA_MSLSAM_PRERUN_ACTIVE >> main; exit 6");
    let line = "sh -c 'echo $SMA_MSLSAM_PRERUN_ACTIVE >> tries; test -f ready || exit 3'";
    call.fields.insert("pre_run".into(), json!({"line": line}));
    let task = started(agent.as_ref(), call).await;
    let failed = |status: &TaskStatus| matches!(status, TaskStatus::Waiting { phase, code } if phase == "Prerun Failed" && *code == Some(3));
    told(agent.as_ref(), &task, failed).await;
    assert!(!site.path("main").exists());
    // It is tried again by itself, without anybody who asks.
    let tries = || std::fs::read_to_string(site.path("tries")).unwrap_or_default().lines().count();
    let before = tries();
    until("it is tried again", || tries() > before + 1).await;
    site.write("ready", "");
    let end = end_of(agent.as_ref(), &task).await;
    assert_eq!(end.code, Some(6), "{end:?}");
    assert_eq!(std::fs::read_to_string(site.path("main")).unwrap(), "FALSE\n");
    assert!(
        std::fs::read_to_string(site.path("tries")).unwrap().lines().all(|line| line == "TRUE")
    );
    let text = log(agent.as_ref(), &task, "job.log").await;
    assert!(
        text.contains("JobPreRun : sh -c ") && text.contains("the pre-run ended with"),
        "{text}"
    );
}

#[tokio::test]
async fn a_job_that_is_killed_between_two_tries_of_its_pre_run_never_runs() {
    let site = Site::start();
    let agent = site.agent();
    let mut call = site.script(&site.key("killed"), "touch main");
    call.fields.insert("pre_run".into(), json!({"line": "no-such-program"}));
    let task = started(agent.as_ref(), call).await;
    let failed =
        |status: &TaskStatus| matches!(status, TaskStatus::Waiting { code: Some(127), .. });
    told(agent.as_ref(), &task, failed).await;
    agent.cancel(task.clone()).await.unwrap();
    let end = end_of(agent.as_ref(), &task).await;
    assert!(end.is_killed, "{end:?}");
    assert!(!site.path("main").exists());
}

#[tokio::test]
async fn a_program_that_vanishes_before_its_turn_is_no_exit_code() {
    let site = Site::start();
    let agent = site.agent();
    crate::site::program(&site.path("job.sh"), "#!/bin/sh\nexit 0\n");
    let mut call = site.script(&site.key("gone"), "");
    call.fields.insert("line".into(), "./job.sh".into());
    call.fields.insert("pre_run".into(), json!({"line": "rm job.sh"}));
    let (_, end) = run(agent.as_ref(), call).await;
    assert_eq!(end.code, None);
    assert!(
        end.description.contains("could not be started") && end.description.contains("job.sh"),
        "{end:?}"
    );
}
