//! The process that makes runners of itself.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use batch_runner::spool::SpoolState;
use batch_runner::{End, Launcher};
use common::{Bench, fifo, has_hung_up, is_running, runner, until, write_program};
use rustix::process::{Pid, Signal, kill_process};

/// The parent of a process.
fn parent(pid: i32) -> i32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(')').next().unwrap().split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

fn send(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

/// A job that ends when it is told to, with the launcher that has started it.
fn waiting() -> (Bench, i32) {
    let job = Bench::script("echo ready; while [ ! -e go ]; do sleep 0.01; done").start();
    job.wait_for_line("ready");
    let launcher = parent(job.runner_pid());
    (job, launcher)
}

fn go_on(mut job: Bench) {
    std::fs::File::create(job.path("go")).unwrap();
    assert_eq!(job.finish().end, End::Exited { code: 0 });
}

#[test]
fn a_killed_launcher_takes_no_runner_with_it_and_is_replaced() {
    let (job, killed) = waiting();
    send(killed, Signal::KILL);
    until("the launcher is gone", || (!is_running(killed)).then_some(()));
    let mut another = Bench::script("exit 3");
    another.launched = Some(job.launcher.as_ref().unwrap().launch(&another.order).unwrap());
    assert_eq!(another.finish().end, End::Exited { code: 3 });
    go_on(job);
}

#[test]
fn an_order_that_an_ended_launcher_did_not_take_was_never_started() {
    let mut job = Bench::script("echo > started");
    // Takes nothing, and ends when it is told to.
    let (idle, go) = (job.path("idle"), job.path("go"));
    fifo(&go);
    write_program(&idle, &format!("#!/bin/sh\nexec cat {}\n", go.display()));
    job.start_with(&idle);
    assert!(!has_hung_up(job.launched.as_ref().unwrap()));
    drop(std::fs::OpenOptions::new().write(true).open(&go).unwrap());
    until("the order is given up", || has_hung_up(job.launched.as_ref().unwrap()).then_some(()));
    assert_eq!(job.state(), SpoolState::NeverStarted);
}

#[test]
fn a_frozen_launcher_starts_the_next_job_all_the_same() {
    let (job, launcher) = waiting();
    send(launcher, Signal::STOP);
    let mut another = Bench::script("exit 3");
    another.launched = Some(job.launcher.as_ref().unwrap().launch(&another.order).unwrap());
    assert_eq!(another.finish().end, End::Exited { code: 3 });
    send(launcher, Signal::STOP);
    go_on(job);
}

#[test]
fn a_launcher_goes_with_its_server_and_its_runners_stay() {
    let (mut job, launcher) = waiting();
    job.launcher = None;
    assert!(!is_running(launcher));
    go_on(job);
}

#[test]
fn an_ended_runner_leaves_no_zombie() {
    let (mut job, launcher) = waiting();
    let runner = job.runner_pid();
    std::fs::File::create(job.path("go")).unwrap();
    job.finish();
    let process = std::path::PathBuf::from(format!("/proc/{runner}"));
    until("it is gone", || (!process.exists()).then_some(()));
    assert!(is_running(launcher), "it was not init that reaped it");
}

#[test]
fn a_program_that_is_missing_is_an_error_of_the_launch() {
    let job = Bench::script("true");
    let error = Launcher::new(&runner().with_extension("missing")).launch(&job.order).unwrap_err();
    assert!(error.to_string().starts_with("starting the runner "), "{error}");
    assert_eq!(job.state(), SpoolState::NeverStarted);
}
