//! Jobs with a command that must succeed first.

use connector::conformance::Harness as _;
use connector::{Started, TaskStatus};
use serde_json::json;

use crate::site::{Site, end_of, log, run, started, told, until};

#[tokio::test]
async fn a_pre_run_that_fails_ends_the_attempt_and_the_job_runs_when_it_succeeds() {
    let site = Site::start();
    let agent = site.agent();
    let line = "sh -c 'echo $SMA_MSLSAM_PRERUN_ACTIVE >> tries; test -f ready || exit 3'";
    let of = |key: &str| {
        let mut call =
            site.script(&site.key(key), "echo $SMA_MSLSAM_PRERUN_ACTIVE >> main; exit 6");
        call.fields.insert("pre_run".into(), json!({"line": line}));
        call
    };
    let (task, end) = run(agent.as_ref(), of("first")).await;
    assert!(end.is_pre_run_failure && !end.is_killed, "{end:?}");
    assert_eq!(
        (end.code, end.description.as_str()),
        (Some(3), "the pre-run ended with exit status: 3")
    );
    assert!(!site.path("main").exists());
    let text = log(agent.as_ref(), &task, "job.log").await;
    assert!(
        text.contains("JobPreRun : sh -c ") && text.contains("the pre-run ended with"),
        "{text}"
    );
    site.write("ready", "");
    let (_, end) = run(agent.as_ref(), of("second")).await;
    assert_eq!((end.code, end.is_pre_run_failure), (Some(6), false), "{end:?}");
    assert_eq!(std::fs::read_to_string(site.path("main")).unwrap(), "FALSE\n");
    assert_eq!(std::fs::read_to_string(site.path("tries")).unwrap(), "TRUE\nTRUE\n");
}

#[tokio::test]
async fn a_job_that_is_killed_in_its_pre_run_never_runs() {
    let site = Site::start();
    let agent = site.agent();
    let mut call = site.script(&site.key("killed"), "touch main");
    call.fields.insert("pre_run".into(), json!({"line": "sh -c 'while :; do sleep 1; done'"}));
    let task = started(agent.as_ref(), call).await;
    told(agent.as_ref(), &task, |status: &TaskStatus| *status == TaskStatus::PreRun).await;
    agent.cancel(task.clone()).await.unwrap();
    let end = end_of(agent.as_ref(), &task).await;
    assert!(end.is_killed && !end.is_pre_run_failure, "{end:?}");
    assert!(!site.path("main").exists());
}

/// Somebody else kills the stage: the scheduler has not, and the pre-run has not failed.
#[tokio::test]
async fn a_job_whose_stage_dies_in_its_pre_run_never_ran_and_has_no_code() {
    let site = Site::start();
    let agent = site.agent();
    let mut call = site.script(&site.key("stage"), "touch main");
    let line = "sh -c 'echo $PPID > stage; while :; do sleep 1; done'";
    call.fields.insert("pre_run".into(), json!({"line": line}));
    let task = started(agent.as_ref(), call.clone()).await;
    let pid = || std::fs::read_to_string(site.path("stage")).unwrap_or_default();
    until("the pre-run runs", || pid().ends_with('\n')).await;
    let pid = nix::unistd::Pid::from_raw(pid().trim().parse().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    let end = end_of(agent.as_ref(), &task).await;
    assert!(!end.is_killed && !end.is_pre_run_failure && end.code.is_none(), "{end:?}");
    assert!(end.description.contains("before its program was started"), "{end:?}");
    let again = agent.start(call).await;
    assert!(matches!(&again, Started::Ended { end: known, .. } if *known == end), "{again:?}");
    assert!(!site.path("main").exists());
}

#[tokio::test]
async fn a_pre_run_that_cannot_be_started_has_failed() {
    let site = Site::start();
    let agent = site.agent();
    let mut call = site.script(&site.key("nothing"), "touch main");
    call.fields.insert("pre_run".into(), json!({"line": "no-such-program"}));
    let (_, end) = run(agent.as_ref(), call).await;
    assert!(end.is_pre_run_failure && end.code == Some(127), "{end:?}");
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

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a test plays the runner")]
async fn a_job_whose_start_cannot_be_written_down_is_not_run() {
    let site = Site::start();
    let order = json!({"report": "/dev/full", "user": null, "working_directory": site.folder.path(), "pre_run": null});
    let stage = std::process::Command::new(crate::site::binary("command-stage"))
        .args(["/bin/sh", "-c", "touch main"])
        .env("RINGMASTER_COMMAND_STAGE", order.to_string())
        .output()
        .unwrap();
    assert_eq!(stage.status.code(), Some(127));
    let said = String::from_utf8_lossy(&stage.stderr).into_owned();
    assert!(said.contains("how far it is cannot be written down"), "{said}");
    assert!(!site.path("main").exists());
}
