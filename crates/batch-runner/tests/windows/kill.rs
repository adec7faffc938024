//! Ending jobs that do not want to end.

use batch_runner::{End, RunnerSignal, Sent, has_ended, signal, watch};

use crate::bench::{Bench, LIMIT, hears_ctrl_break, until};

/// What a program without a handler of its own ends with (`STATUS_CONTROL_C_EXIT`).
const CONTROL_C_EXIT: i32 = 0xC000_013A_u32.cast_signed();

#[test]
fn a_tree_that_ignores_ctrl_break_is_ended_after_the_grace() {
    let mut job = Bench::new(&["parent", "child", "deaf", "own"]).start();
    job.mark("own");
    assert!(job.is_running("child") && job.is_running("own"));
    assert_eq!(signal(&job.order.spool, RunnerSignal::Kill).unwrap(), Sent::Delivered);
    let record = job.finish();
    assert_eq!((record.end, record.was_killed), (End::Signalled { signal: 9 }, true));
    if hears_ctrl_break("the tree is asked to end before it is made to") {
        assert_eq!(job.lines(), ["heard"]);
    }
    for mark in ["child", "own"] {
        until("the tree is gone", || (!job.is_running(mark)).then_some(()));
    }
}

#[test]
fn a_second_kill_does_not_wait_for_the_grace() {
    let mut job = Bench::new(&["deaf", "own"]).with(|o| o.kill_grace_ms = 3_600_000).start();
    job.mark("own");
    signal(&job.order.spool, RunnerSignal::Kill).unwrap();
    signal(&job.order.spool, RunnerSignal::Kill).unwrap();
    assert_eq!(job.finish().end, End::Signalled { signal: 9 });
}

#[test]
fn a_job_that_obeys_ctrl_break_is_not_hurt() {
    if !hears_ctrl_break("a job that obeys is not hurt") {
        return;
    }
    let mut job = Bench::new(&["obey", "own", "6"]).with(|o| o.kill_grace_ms = 3_600_000).start();
    job.mark("own");
    signal(&job.order.spool, RunnerSignal::Kill).unwrap();
    let record = job.finish();
    assert_eq!((record.end, record.was_killed), (End::Exited { code: 6 }, true));
    assert_eq!(job.lines(), ["bye"]);
}

#[test]
fn a_program_without_a_handler_ends_by_the_ctrl_break_of_a_stop() {
    if !hears_ctrl_break("a program without a handler ends by a stop") {
        return;
    }
    let mut job = Bench::new(&["sleep", "own"]).start();
    job.mark("own");
    signal(&job.order.spool, RunnerSignal::Stop).unwrap();
    let record = job.finish();
    assert_eq!(record.end, End::Exited { code: CONTROL_C_EXIT });
    assert_eq!(record.stop.map(|stop| stop.within_grace), Some(true));
    assert!(!record.was_killed);
}

#[test]
fn an_interrupt_is_a_ctrl_break_with_nothing_behind_it() {
    if !hears_ctrl_break("an interrupt is a CTRL_BREAK") {
        return;
    }
    let mut job = Bench::new(&["obey", "own", "5"]).start();
    job.mark("own");
    assert_eq!(signal(&job.order.spool, RunnerSignal::Interrupt).unwrap(), Sent::Delivered);
    let record = job.finish();
    assert_eq!(
        (record.end, record.stop, record.was_killed),
        (End::Exited { code: 5 }, None, false)
    );
}

#[test]
fn more_processes_than_allowed_end_the_job() {
    let mut job = Bench::new(&["breed"]).with(|o| o.processes_max = 5).start();
    let record = job.finish();
    assert!(record.is_over_process_limit && !record.was_killed);
    assert_eq!(record.end, End::Signalled { signal: 9 });
}

#[test]
fn a_runner_can_be_watched_and_an_ended_one_hears_nothing() {
    let mut job = Bench::new(&["deaf", "own"]).start();
    job.mark("own");
    let runner = watch(&job.order.spool).unwrap().expect("a live runner");
    assert!(!has_ended(&runner, std::time::Duration::ZERO).unwrap());
    signal(&job.order.spool, RunnerSignal::Kill).unwrap();
    assert!(has_ended(&runner, LIMIT).unwrap());
    job.finish();
    assert!(watch(&job.order.spool).unwrap().is_none());
    assert_eq!(signal(&job.order.spool, RunnerSignal::Kill).unwrap(), Sent::NotRunning);
}
