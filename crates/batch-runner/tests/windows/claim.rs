//! An attempt is started at most once, whoever is killed.
#![expect(clippy::disallowed_methods, reason = "starts runners by hand, to end them by hand")]

use std::fs::File;
use std::process::{Child, Command, Stdio};

use batch_runner::spool::{SpoolState, void};
use batch_runner::{End, Launcher, RunnerSignal, Sent, signal, sweep, watch};

use crate::bench::{Bench, runner, until, wait_for_end};

/// A runner that is this process's child, with the order in a file.
fn start_by_hand(job: &Bench) -> Child {
    let path = job.dir.path().join("order");
    std::fs::write(&path, serde_json::to_vec(&job.order).unwrap()).unwrap();
    let order = File::open(path).unwrap();
    Command::new(runner()).stdin(order).stdout(Stdio::null()).spawn().unwrap()
}

#[test]
fn of_two_runners_exactly_one_starts_the_job() {
    for _ in 0..5 {
        let mut job = Bench::shell("echo started>> started").start();
        let second = Launcher::new(&runner()).launch(&job.order).unwrap();
        wait_for_end(second);
        assert_eq!(job.finish().end, End::Exited { code: 0 });
        let started = std::fs::read_to_string(job.dir.path().join("started")).unwrap();
        assert_eq!(started.trim_end(), "started");
    }
}

#[test]
fn a_second_runner_ends_while_the_first_is_at_work() {
    let mut job = Bench::new(&["deaf", "own"]).start();
    job.mark("own");
    let second = wait_for_end(Launcher::new(&runner()).launch(&job.order).unwrap());
    assert!(second.is_empty(), "it never had the claim");
    assert!(matches!(job.state(), SpoolState::Alive { .. }));
    signal(&job.order.spool, RunnerSignal::Kill).unwrap();
    assert!(job.finish().was_killed);
}

#[test]
fn a_late_runner_finds_the_attempt_void() {
    let mut job = Bench::new(&["sleep", "own"]);
    assert_eq!(job.state(), SpoolState::NeverStarted);
    assert!(void(&job.order.spool).unwrap());
    assert!(!void(&job.order.spool).unwrap(), "only once");
    job = job.start();
    job.wait();
    assert_eq!(job.state(), SpoolState::Void);
    assert!(!job.dir.path().join("own").exists());
}

#[test]
fn a_late_runner_does_not_bring_a_removed_folder_back() {
    let job = Bench::new(&["sleep", "own"]);
    assert_eq!(start_by_hand(&job).wait().unwrap().code(), Some(3));
    assert!(!job.order.spool.exists() && !job.dir.path().join("own").exists());
}

#[test]
fn void_comes_too_late_for_a_runner_that_has_the_claim() {
    let mut job = Bench::new(&["exit", "9"]).start();
    let record = job.finish();
    assert!(!void(&job.order.spool).unwrap());
    assert_eq!(job.state(), SpoolState::Ended(record));
}

#[test]
fn a_bad_order_starts_nothing() {
    let mut command = Command::new(runner());
    let status = command.stdin(Stdio::null()).stderr(Stdio::null()).status();
    assert_eq!(status.unwrap().code(), Some(2));
}

#[test]
fn a_program_that_is_missing_is_an_error_of_the_launch() {
    let job = Bench::new(&["exit", "0"]);
    let missing = runner().with_extension("missing");
    let error = Launcher::new(&missing).launch(&job.order).unwrap_err();
    assert!(error.to_string().starts_with("starting the runner "), "{error}");
    assert_eq!(job.state(), SpoolState::NeverStarted);
}

#[test]
fn the_processes_of_a_killed_runner_end_with_it() {
    let job = Bench::new(&["parent", "child", "deaf", "own"]);
    std::fs::create_dir_all(&job.order.spool).unwrap();
    let mut runner = start_by_hand(&job);
    let pid = job.mark("own");
    assert!(job.is_running("child") && job.is_running("own"));
    let attempt = job.attempt();
    let child = attempt.child.expect("its note");
    assert_eq!(u32::try_from(child.pid).unwrap(), pid);
    assert_eq!(attempt.runner_pid, i32::try_from(runner.id()).ok());
    assert!(matches!(job.state(), SpoolState::Alive { .. }));
    runner.kill().unwrap();
    runner.wait().unwrap();
    assert_eq!(sweep(&job.order.attempt, Some(&child)).unwrap(), 0);
    assert_eq!(job.state(), SpoolState::Gone { child: Some(child) });
    assert_eq!(signal(&job.order.spool, RunnerSignal::Kill).unwrap(), Sent::NotRunning);
    assert!(watch(&job.order.spool).unwrap().is_none());
    for mark in ["child", "own"] {
        until("it ends with its runner", || (!job.is_running(mark)).then_some(()));
    }
}

#[test]
fn the_spool_of_an_ended_attempt_can_be_removed() {
    let mut job = Bench::shell("echo something").start();
    job.finish();
    batch_runner::spool::Spool::at(&job.order.spool).remove().unwrap();
    assert!(!job.order.spool.exists());
}
