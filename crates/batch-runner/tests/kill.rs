//! Ending jobs that do not want to end.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and starts real processes"
)]

mod common;

use batch_runner::spool::SpoolState;
use batch_runner::{End, RunnerSignal, Sent, signal, sweep, watch};
use common::{Bench, is_running, pids, until, write_program};

const STUBBORN: &str = "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ >> pids; while :; do sleep 1; done' & \
    setsid sh -c 'trap \"\" TERM; echo $$ >> pids; while :; do sleep 1; done' & \
    echo $$ >> pids; while :; do sleep 1; done";

#[test]
fn a_tree_that_ignores_sigterm_is_ended_after_the_grace() {
    let mut job = Bench::script(STUBBORN).start();
    let pids = pids(&job.path("pids"), 3);
    assert_eq!(signal(&job.order.spool, RunnerSignal::Kill).unwrap(), Sent::Delivered);
    let record = job.finish();
    assert_eq!((record.end, record.was_killed), (End::Signalled { signal: 9 }, true));
    assert!(pids.iter().all(|pid| !is_running(*pid)));
}

#[test]
fn a_second_kill_does_not_wait_for_the_grace() {
    let mut job = Bench::script(STUBBORN).with(|o| o.kill_grace_ms = 3_600_000).start();
    pids(&job.path("pids"), 3);
    signal(&job.order.spool, RunnerSignal::Kill).unwrap();
    until("the second kill ends it", || {
        signal(&job.order.spool, RunnerSignal::Kill).unwrap();
        job.has_ended().then_some(())
    });
    assert!(job.finish().was_killed);
}

#[test]
fn a_job_that_obeys_sigterm_is_not_hurt() {
    let script =
        "exec 2>/dev/null; trap 'echo bye; exit 6' TERM; echo ready; while :; do sleep 0.01; done";
    let mut job = Bench::script(script).with(|o| o.kill_grace_ms = 20_000).start();
    job.wait_for_line("ready");
    signal(&job.order.spool, RunnerSignal::Kill).unwrap();
    let record = job.finish();
    assert_eq!((record.end, record.was_killed), (End::Exited { code: 6 }, true));
    assert_eq!(job.lines(), ["ready", "bye"]);
}

/// Breeds in sessions of its own, and never beyond what its depth allows should the test fail.
fn bomb() -> Bench {
    let job = Bench::script("trap '' TERM; ./bomb 3; while :; do sleep 1; done");
    let text = "#!/bin/sh\ntrap '' TERM\necho $$ >> pids\n[ $1 -gt 0 ] || exec sleep 1000\n\
                for i in 1 2 3 4 5 6; do setsid ./bomb $(($1 - 1)) & done\n\
                setsid ./chain 60 &\nwait\n";
    write_program(&job.path("bomb"), text);
    // Each link starts the next one and ends at once: its number is never old.
    write_program(&job.path("chain"), "#!/bin/sh\n[ $1 -gt 0 ] && setsid ./chain $(($1 - 1)) &\n");
    job
}

#[test]
fn a_fork_bomb_is_ended_by_a_kill() {
    let mut job = bomb().start();
    pids(&job.path("pids"), 20);
    signal(&job.order.spool, RunnerSignal::Kill).unwrap();
    assert!(job.finish().was_killed);
    assert_eq!(sweep(&job.order.attempt, None).unwrap(), 0);
}

#[test]
fn a_fork_bomb_is_ended_by_the_process_limit() {
    let mut job = bomb().with(|o| o.processes_max = 25).start();
    let record = job.finish();
    assert!(record.is_over_process_limit && !record.was_killed);
    assert_eq!(record.end, End::Signalled { signal: 9 });
    assert_eq!(sweep(&job.order.attempt, None).unwrap(), 0);
}

#[test]
fn a_job_within_the_process_limit_is_left_alone() {
    let mut job = Bench::script("sleep 0.7").with(|o| o.processes_max = 4).start();
    let record = job.finish();
    assert_eq!((record.end, record.is_over_process_limit), (End::Exited { code: 0 }, false));
}

#[test]
fn what_a_killed_runner_leaves_is_found_by_the_sweep() {
    let mut job = Bench::script(STUBBORN).start();
    let pids = pids(&job.path("pids"), 3);
    let child = job.child();
    assert!(watch(&job.order.spool).unwrap().is_some());
    assert!(matches!(job.state(), SpoolState::Alive { .. }));
    job.kill_runner();
    assert_eq!(job.state(), SpoolState::Gone { child: Some(child) });
    assert_eq!(signal(&job.order.spool, RunnerSignal::Kill).unwrap(), Sent::NotRunning);
    assert!(watch(&job.order.spool).unwrap().is_none());
    assert!(pids.iter().all(|pid| is_running(*pid)));
    assert_eq!(sweep("another:17:1", Some(&child)).unwrap(), 0, "not its marker");
    assert!(sweep(&job.order.attempt, Some(&child)).unwrap() >= 3);
    assert!(pids.iter().all(|pid| !is_running(*pid)));
}
