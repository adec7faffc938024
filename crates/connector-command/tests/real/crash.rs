//! The scheduler is killed at any instant, and started again.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use connector::conformance::Harness as _;
use connector::{Found, Started, State, TaskRef, TaskStatus};

use crate::site::{LIMIT, Site, binary, end_of, log, started, told, until};

/// A scheduler that starts jobs with the keys `c-0`, `c-1` … until it is killed.
#[expect(clippy::disallowed_methods, reason = "a test starts the process that it kills")]
fn scheduler(site: &Site, count: u32) -> Child {
    Command::new(binary("examples/starts_jobs"))
        .arg(site.jobs())
        .arg(binary("batch-runner"))
        .arg(site.path("WAITS.sh"))
        .arg(count.to_string())
        .stdin(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn a_scheduler_that_is_killed_at_any_instant_starts_nothing_twice() {
    const COUNT: u32 = 4;
    for instant in 0..32_u32 {
        let site = Site::start();
        let mut scheduler = scheduler(&site, COUNT);
        // From the moment on at which the first, second … job is written down: around its start, and those of the next ones.
        let wanted = usize::try_from(instant % COUNT).unwrap();
        while site.claimed().len() < wanted {
            assert!(scheduler.try_wait().unwrap().is_none(), "the scheduler has ended by itself");
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_micros(u64::from(instant / COUNT) * 400)).await;
        scheduler.kill().unwrap();
        scheduler.wait().unwrap();

        let agent = site.restarted();
        for number in 0..COUNT {
            let key: connector::AttemptKey = format!("c-{number}").parse().unwrap();
            let call = site.until_told(&key);
            let has_run = match agent.find(call.clone()).await {
                Found::Running { .. } => true,
                Found::Never => false,
                other => panic!("{key}: {other:?}"),
            };
            if !has_run {
                assert_eq!(site.count(&key), 0, "{key} ran, and find says never");
            }
            // The scheduler may send it again, whatever was found.
            started(agent.as_ref(), call).await;
            site.end(&key, 7, "").await;
            let task = TaskRef { attempt: key.clone(), state: State::default() };
            assert_eq!(end_of(agent.as_ref(), &task).await.code, Some(7));
            assert_eq!(site.count(&key), 1, "{key}, killed at {instant}");
        }
    }
}

#[tokio::test]
async fn a_job_that_ends_while_no_scheduler_is_there_is_found_with_its_code() {
    let site = Site::start();
    let key: connector::AttemptKey = "c-0".parse().unwrap();
    let mut scheduler = scheduler(&site, 1);
    until("the job runs", || site.count(&key) > 0).await;
    scheduler.kill().unwrap();
    scheduler.wait().unwrap();
    site.write("log-c-0", "said\n");
    site.write("end-c-0", "5");
    let agent = site.restarted();
    assert!(matches!(agent.find(site.until_told(&key)).await, Found::Running { .. }));
    let task = TaskRef { attempt: key.clone(), state: State::default() };
    assert_eq!(end_of(agent.as_ref(), &task).await.code, Some(5));
    assert_eq!(log(agent.as_ref(), &task, "output.log").await, "said\n");
    let again = agent.start(site.until_told(&key)).await;
    assert!(matches!(&again, Started::Ended { end, .. } if end.code == Some(5)), "{again:?}");
    assert_eq!(site.count(&key), 1);
}

#[tokio::test]
async fn a_job_is_killed_by_the_scheduler_after_a_restart() {
    let site = Site::start();
    let key = site.key("adopted");
    let task = started(site.agent().as_ref(), site.until_told(&key)).await;
    let agent = site.restarted();
    agent.cancel(task.clone()).await.unwrap();
    assert!(end_of(agent.as_ref(), &task).await.is_killed);
}

#[tokio::test]
async fn a_job_whose_runner_is_killed_is_lost_and_nothing_of_it_is_left() {
    let site = Site::start();
    let agent = site.agent();
    let key = site.key("lost");
    let script = "echo $$ > pid; sleep 1000";
    let task = started(agent.as_ref(), site.script(&key, script)).await;
    until("it runs", || {
        std::fs::read_to_string(site.path("pid")).is_ok_and(|pid| pid.ends_with('\n'))
    })
    .await;
    let pid: i32 = std::fs::read_to_string(site.path("pid")).unwrap().trim().parse().unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let runner: i32 =
        stat.rsplit(')').next().unwrap().split_whitespace().nth(1).unwrap().parse().unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(runner), nix::sys::signal::Signal::SIGKILL)
        .unwrap();
    let all = told(agent.as_ref(), &task, |status| matches!(status, TaskStatus::Lost { .. })).await;
    let Some(TaskStatus::Lost { why }) = all.last() else { panic!("{all:?}") };
    assert!(why.contains("runner"), "{why}");
    tokio::time::timeout(
        LIMIT,
        until("its process is gone", || {
            std::fs::read(format!("/proc/{pid}/environ")).map_or(true, |environ| environ.is_empty())
        }),
    )
    .await
    .unwrap();
    let again = agent.start(site.script(&key, script)).await;
    assert!(matches!(again, Started::Running { .. }), "its watch says that it is lost: {again:?}");
    agent.delete(task.clone()).await.unwrap();
    let all = told(agent.as_ref(), &task, |status| matches!(status, TaskStatus::Lost { .. })).await;
    assert_eq!(all, [TaskStatus::Lost { why: why.clone() }]);
}

#[tokio::test]
async fn a_start_that_no_runner_has_taken_is_unknown_then_never_and_may_be_made_again() {
    let site = Site::start();
    let key = site.key("untaken");
    let mut options = crate::site::options(site.folder.path());
    options.runner = site.path("deaf-runner");
    options.start_wait = Duration::from_millis(100);
    crate::site::program(&options.runner, "#!/bin/sh\nexec sleep 2\n");
    let connector = connector_command::CommandConnector::new(options).unwrap();
    let deaf = connector::Connector::connect(&connector, site.target()).unwrap();
    let unknown = deaf.start(site.until_told(&key)).await;
    assert!(matches!(&unknown, Started::Unknown { .. }), "{unknown:?}");
    assert_eq!(deaf.find(site.until_told(&key)).await, Found::Never);
    let unknown = deaf.start(site.until_told(&key)).await;
    assert!(matches!(&unknown, Started::Unknown { .. }), "{unknown:?}");
    let agent = site.agent();
    let task = started(agent.as_ref(), site.until_told(&key)).await;
    site.end(&key, 3, "").await;
    assert_eq!(end_of(agent.as_ref(), &task).await.code, Some(3));
    assert_eq!(site.count(&key), 1);
}

#[tokio::test]
async fn a_runner_that_ends_at_once_is_a_refusal_and_nothing_is_left() {
    let site = Site::start();
    let key = site.key("ends");
    let mut options = crate::site::options(site.folder.path());
    options.runner = "/bin/true".into();
    let connector = connector_command::CommandConnector::new(options).unwrap();
    let agent = connector::Connector::connect(&connector, site.target()).unwrap();
    let refused = agent.start(site.until_told(&key)).await;
    assert!(matches!(&refused, Started::Refused { .. }), "{refused:?}");
    assert_eq!(agent.find(site.until_told(&key)).await, Found::Never);
    assert_eq!(site.count(&key), 0);
}

#[tokio::test]
async fn a_job_that_runs_is_not_never_when_its_folder_is_gone() {
    let site = Site::start();
    let key = site.key("lives");
    let agent = site.agent();
    started(agent.as_ref(), site.until_told(&key)).await;
    until("it runs", || site.count(&key) > 0).await;
    // Its runner writes where it was.
    let mut of_job = None;
    for shard in std::fs::read_dir(site.jobs().join("jobs")).unwrap().flatten() {
        of_job = of_job.or(std::fs::read_dir(shard.path()).unwrap().flatten().next());
    }
    let (there, away) = (of_job.unwrap().path(), site.path("lifted"));
    std::fs::rename(&there, &away).unwrap();
    let found = agent.find(site.until_told(&key)).await;
    assert!(matches!(&found, Found::NotNow { why } if why.contains("processes")), "{found:?}");
    std::fs::rename(&away, &there).unwrap();
    site.end(&key, 0, "").await;
}

#[tokio::test]
async fn without_the_folder_of_before_a_restarted_scheduler_knows_nothing_for_sure() {
    let site = Site::start();
    let key = site.key("away");
    let task = started(site.agent().as_ref(), site.until_told(&key)).await;
    site.end(&key, 0, "said\n").await;
    site.set_way(false).await;
    let agent = site.restarted();
    let found = agent.find(site.until_told(&key)).await;
    assert!(matches!(&found, Found::NotNow { .. }), "{found:?}");
    let call = connector::LogRequest {
        task: task.clone(),
        name: "job.log".into(),
        from: None,
        bytes_max: 1 << 16,
        wait: Duration::ZERO,
    };
    let read = agent.read_log(call).await.unwrap_err();
    assert_eq!(read.fault, connector::Fault::Unreachable, "its log is not gone: {read:?}");
    site.set_way(true).await;
    assert_eq!(agent.find(site.until_told(&key)).await, Found::Running { state: task.state });
}
