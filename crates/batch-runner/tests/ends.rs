//! How jobs end, and what the runner says of it.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and starts real processes"
)]

mod common;

use batch_runner::{End, RunnerSignal, Sent, signal};
use common::{Bench, is_running, pids, until};

#[test]
fn the_exit_code_is_kept() {
    for code in [0, 7, 255] {
        let mut job = Bench::script(&format!("exit {code}")).start();
        let record = job.finish();
        assert_eq!(record.end, End::Exited { code });
        assert!(record.ended_at >= record.started_at);
        assert_eq!((record.was_killed, record.escaped_ended, record.dropped_bytes), (false, 0, 0));
        assert_eq!(record.spool_error, None);
    }
}

#[test]
fn a_signal_that_ends_the_job_is_kept() {
    let mut job = Bench::script("kill -9 $$").start();
    assert_eq!(job.finish().end, End::Signalled { signal: 9 });
}

#[test]
fn a_missing_program_or_folder_is_a_failed_start() {
    let missing = || End::StartFailed { message: "No such file or directory".to_owned() };
    let mut job = Bench::script("").with(|o| o.program = "/no/such/program".to_owned()).start();
    assert_eq!(job.finish().end, missing());
    let mut job = Bench::script("").with(|o| o.working_directory = "/no/folder".into()).start();
    assert_eq!(job.finish().end, missing());
    let mut job = Bench::script("").with(|o| o.program = "no-such-program".to_owned()).start();
    assert_eq!(job.finish().end, missing());
}

#[test]
fn a_failed_start_through_the_stub_is_the_same() {
    let numbered = ("AMTPROCESSJOBID".to_owned(), String::new());
    let mut job = Bench::script("").with(|o| {
        o.program = "/no/such/program".to_owned();
        o.environment.push(numbered);
    });
    job = job.start();
    let message = "No such file or directory".to_owned();
    assert_eq!(job.finish().end, End::StartFailed { message });
}

#[test]
fn the_job_sees_its_environment_folder_mask_and_number() {
    let script = "pwd; umask; echo $AMTJOB_ATTEMPT $AMTJOB_TOKEN $AMTJOB_RUNNER $GREETING; \
                  [ $AMTPROCESSJOBID = $$ ] && echo same; env | grep -c '' ; cat";
    let mut job = Bench::script(script)
        .with(|o| {
            o.umask = Some(0o027);
            o.environment.push(("GREETING".to_owned(), "good morning".to_owned()));
            o.environment.push(("AMTPROCESSJOBID".to_owned(), String::new()));
        })
        .start();
    assert_eq!(job.finish().end, End::Exited { code: 0 });
    let o = &job.order;
    let folder = o.working_directory.to_str().unwrap();
    let names = format!("{} {} {} good morning", o.attempt, o.token, o.message_socket);
    // PATH, GREETING, AMTPROCESSJOBID, three of the runner's, and PWD of the shell.
    assert_eq!(job.lines(), [folder, "0027", &names, "same", "7"]);
}

#[test]
fn an_order_larger_than_a_pipe_arrives_whole() {
    let mut job = Bench::script("echo ${#LONG}")
        .with(|o| o.environment.extend((0..8).map(|n| (format!("L{n}"), "y".repeat(100_000)))))
        .with(|o| o.environment.push(("LONG".to_owned(), "x".repeat(100_000))))
        .start();
    job.finish();
    assert_eq!(job.lines(), ["100000"]);
}

#[test]
fn a_grandchild_that_keeps_the_output_open_does_not_delay_the_end() {
    let mut job = Bench::script("sleep 1000 & echo $! > pid; echo started").start();
    let record = job.finish();
    assert_eq!((record.end, record.escaped_ended), (End::Exited { code: 0 }, 1));
    assert_eq!(job.lines(), ["started"]);
    assert!(!is_running(pids(&job.path("pid"), 1)[0]));
}

#[test]
fn a_grandchild_in_a_session_of_its_own_is_ended() {
    let script = "setsid sh -c 'echo $$ > pid; sleep 1000; :' & \
                  while [ ! -s pid ]; do sleep 0.01; done; exit 4";
    let mut job = Bench::script(script).start();
    let record = job.finish();
    assert_eq!(record.end, End::Exited { code: 4 });
    assert!(record.escaped_ended >= 1, "{record:?}");
    assert!(!is_running(pids(&job.path("pid"), 1)[0]));
}

#[test]
fn a_stop_that_is_obeyed_in_time_says_so() {
    let script = "trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done";
    let mut job = Bench::script(script).start();
    job.wait_for_line("ready");
    for _ in 0..3 {
        signal(&job.order.spool, RunnerSignal::Stop).unwrap();
    }
    let record = job.finish();
    assert_eq!(record.end, End::Exited { code: 3 });
    assert_eq!(record.stop.map(|stop| stop.within_grace), Some(true));
    assert!(!record.was_killed);
}

#[test]
fn a_stop_that_is_obeyed_late_says_so() {
    let script = "trap 'sleep 0.1; exit 0' TERM; echo ready; while :; do sleep 0.01; done";
    let mut job = Bench::script(script).with(|o| o.stop_grace_ms = 1).start();
    job.wait_for_line("ready");
    signal(&job.order.spool, RunnerSignal::Stop).unwrap();
    assert_eq!(job.finish().stop.map(|stop| stop.within_grace), Some(false));
}

#[test]
fn an_interrupt_reaches_the_job_even_if_the_server_ignores_it() {
    let script = "exec 2>/dev/null; trap 'echo interrupted; exit 5' INT; echo ready; while :; do sleep 0.01; done";
    let mut job = Bench::script(script);
    let ignoring = job.path("ignoring");
    let text = format!("#!/bin/sh\ntrap '' INT\nexec {} \"$@\"\n", common::runner().display());
    common::write_program(&ignoring, &text);
    job.start_with(&ignoring);
    job.wait_for_line("ready");
    assert_eq!(signal(&job.order.spool, RunnerSignal::Interrupt).unwrap(), Sent::Delivered);
    assert_eq!(job.finish().end, End::Exited { code: 5 });
    assert_eq!(job.lines(), ["ready", "interrupted"]);
}

#[test]
fn a_job_for_the_debugger_waits_stopped_until_one_is_attached() {
    let mut job = Bench::script("echo running").with(|o| o.is_stopped_for_debugger = true).start();
    let child = job.child();
    until("the job is stopped", || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.pid)).ok()?;
        stat.contains(") T ").then_some(())
    });
    assert_eq!(job.lines(), [""; 0]);
    signal(&job.order.spool, RunnerSignal::Attach).unwrap();
    assert_eq!(job.finish().end, End::Exited { code: 0 });
    assert_eq!(job.lines(), ["running"]);
}

#[test]
fn a_debugger_that_is_too_quick_is_not_missed() {
    let mut job = Bench::script("echo running").with(|o| o.is_stopped_for_debugger = true).start();
    job.child();
    signal(&job.order.spool, RunnerSignal::Attach).unwrap();
    assert_eq!(job.finish().end, End::Exited { code: 0 });
}
