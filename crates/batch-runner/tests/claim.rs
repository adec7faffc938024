//! An attempt is started at most once, whoever is killed.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and starts real processes"
)]

mod common;

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};

use batch_runner::spool::{SpoolState, state, void};
use batch_runner::{End, Launcher, Order};
use common::{Bench, has_hung_up, runner, until};

#[test]
fn of_two_runners_exactly_one_starts_the_job() {
    for _ in 0..10 {
        let mut job = Bench::script("echo started >> started").start();
        let launcher = Launcher::new(runner());
        let second = launcher.launch(&job.order).unwrap();
        until("the second runner ends", || has_hung_up(&second).then_some(()));
        job.finish();
        assert_eq!(std::fs::read_to_string(job.path("started")).unwrap(), "started\n");
    }
}

#[test]
fn a_late_runner_finds_the_attempt_void() {
    let mut job = Bench::script("echo > started");
    assert_eq!(job.state(), SpoolState::NeverStarted);
    assert!(void(&job.order.spool).unwrap());
    assert!(!void(&job.order.spool).unwrap(), "only once");
    job.start_with(runner());
    job.wait();
    assert_eq!(job.state(), SpoolState::Void);
    assert!(!job.path("started").exists());
}

#[test]
fn a_late_runner_does_not_bring_a_removed_folder_back() {
    let job = Bench::script("echo > started");
    std::fs::write(job.path("order"), serde_json::to_vec(&job.order).unwrap()).unwrap();
    let order = File::open(job.path("order")).unwrap();
    let status = Command::new(runner()).stdin(order).stdout(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(3));
    assert!(!job.order.spool.exists() && !job.path("started").exists());
}

#[test]
fn void_comes_too_late_for_a_runner_that_has_the_claim() {
    let mut job = Bench::script("exit 9").start();
    let record = job.finish();
    assert!(!void(&job.order.spool).unwrap());
    assert_eq!(record.end, End::Exited { code: 9 });
    assert_eq!(job.state(), SpoolState::Ended(record));
}

#[test]
fn a_bad_order_starts_nothing() {
    let status = Command::new(runner()).stdin(Stdio::null()).stderr(Stdio::null()).status();
    assert_eq!(status.unwrap().code(), Some(2));
}

#[test]
#[ignore = "the launching half of the next test, run by it in a process of its own"]
fn launch_and_wait_to_be_killed() {
    let path = std::env::var_os("ORDER").expect("set by the other test");
    let order: Order = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let launcher = Launcher::new(runner());
    let _launched = launcher.launch(&order).unwrap();
    let mut nobody = String::new();
    std::io::stdin().read_to_string(&mut nobody).unwrap();
}

#[test]
fn the_runner_outlives_who_launched_it() {
    let mut job = Bench::script("echo ready; while [ ! -e go ]; do sleep 0.01; done; echo done");
    job.order.environment.push(("ORDER".to_owned(), String::new()));
    let order = job.path("order");
    std::fs::write(&order, serde_json::to_vec(&job.order).unwrap()).unwrap();
    let mut launcher = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "launch_and_wait_to_be_killed", "--ignored"])
        .env("ORDER", &order)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    job.wait_for_line("ready");
    launcher.kill().unwrap();
    launcher.wait().unwrap();
    assert!(matches!(job.state(), SpoolState::Alive { .. }));
    File::create(job.path("go")).unwrap();
    let ended = until("the exit record", || match state(&job.order.spool).unwrap() {
        SpoolState::Ended(record) => Some(record),
        _ => None,
    });
    assert_eq!(ended.end, End::Exited { code: 0 });
    assert_eq!(job.lines(), ["ready", "done"]);
}
