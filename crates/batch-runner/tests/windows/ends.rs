//! How jobs end, and what the runner says of it.

use batch_runner::spool::RecordKind;
use batch_runner::{CLAIMED, End, RunnerSignal, signal};

use crate::bench::{Bench, until, wait_for_end};

#[test]
fn the_exit_code_is_kept() {
    for code in [0, 7, 300, -5] {
        let mut job = Bench::new(&["exit", &code.to_string()]).start();
        let record = job.finish();
        assert_eq!(record.end, End::Exited { code });
        assert!(record.ended_at >= record.started_at);
        assert_eq!((record.was_killed, record.escaped_ended, record.dropped_bytes), (false, 0, 0));
        assert_eq!((record.spool_error, record.is_over_process_limit), (None, false));
    }
}

#[test]
fn output_is_kept_in_its_order_and_rings() {
    let mut job = Bench::shell("echo one& echo two 1>&2& echo three").start();
    let rung = wait_for_end(job.launched.take().unwrap());
    assert_eq!(job.lines(), ["one", "two", "three"]);
    assert!(rung.len() >= 2 && rung[0] == CLAIMED);
    assert!(job.records().iter().all(|record| record.kind == RecordKind::Output));
}

#[test]
fn a_large_output_is_whole_and_what_is_over_the_cap_is_counted() {
    let mut job = Bench::new(&["flood", "3000000"]).start();
    assert_eq!(job.finish().dropped_bytes, 0);
    assert_eq!(job.lines().iter().map(String::len).sum::<usize>(), 3_000_000);
    let mut job = Bench::new(&["flood", "300000"]).with(|o| o.output_cap_bytes = 1000).start();
    assert_eq!(job.finish().dropped_bytes, 299_000);
    assert_eq!(job.lines(), ["x".repeat(1000)]);
}

#[test]
fn a_missing_program_or_folder_is_a_failed_start_in_the_systems_words() {
    let words = |code: i32| {
        let text = std::io::Error::from_raw_os_error(code).to_string();
        let end = text.rfind(" (os error").unwrap();
        End::StartFailed { message: text[..end].to_owned() }
    };
    let mut job = Bench::new(&[]).with(|o| o.program = r"C:\no\such.exe".to_owned()).start();
    // Of the folder or of the program, as the system likes.
    let end = job.finish().end;
    assert!(end == words(2) || end == words(3), "{end:?}");
    let mut job = Bench::new(&[]).with(|o| o.program = r"C:\no-such.exe".to_owned()).start();
    assert_eq!(job.finish().end, words(2));
    let mut job = Bench::new(&[]).with(|o| o.program = "no-such-program".to_owned()).start();
    assert_eq!(job.finish().end, words(2));
    let mut job = Bench::new(&[]).with(|o| o.working_directory = r"C:\no\folder".into()).start();
    assert!(matches!(job.finish().end, End::StartFailed { .. }));
}

#[test]
fn the_job_sees_its_environment_and_folder() {
    let mut job =
        Bench::shell("echo %AMTJOB_ATTEMPT% %AMTJOB_TOKEN% %GREETING%& cd& echo [%SECRET%]")
            .with(|o| o.environment.push(("GREETING".to_owned(), "good morning".to_owned())))
            .start();
    assert_eq!(job.finish().end, End::Exited { code: 0 });
    let names = format!("{} {} good morning", job.order.attempt, job.order.token);
    let lines = job.lines();
    assert_eq!((&lines[0], &lines[2]), (&names, &"[%SECRET%]".to_owned()));
    let folder = |path: &std::path::Path| std::fs::canonicalize(path).unwrap();
    assert_eq!(folder(lines[1].as_ref()), folder(job.dir.path()));
}

#[test]
fn an_order_larger_than_a_pipe_arrives_whole() {
    let long = "x".repeat(20_000);
    let mut job = Bench::new(&["exit", "3"])
        .with(|o| o.prelude = (0..50).map(|_| long.clone()).collect())
        .start();
    assert_eq!(job.finish().end, End::Exited { code: 3 });
    let kept: usize = job.records().iter().map(|record| record.text.len()).sum();
    assert_eq!(kept, 50 * 20_000);
}

#[test]
fn a_grandchild_that_keeps_the_output_open_is_ended_and_does_not_delay_the_end() {
    let mut job = Bench::new(&["parent", "left", "exit", "4"]).start();
    let record = job.finish();
    assert_eq!((record.end, record.escaped_ended), (End::Exited { code: 4 }, 1));
    until("the grandchild is gone", || (!job.is_running("left")).then_some(()));
}

#[test]
fn a_message_stands_behind_what_was_written_before_it() {
    let mut job = Bench::new(&["message", "look out"])
        .with(|o| o.message_socket = "tcp:127.0.0.1:0".to_owned())
        .start();
    assert_eq!(job.finish().end, End::Exited { code: 0 });
    let records = job.records();
    let found: Vec<_> = records.iter().map(|r| (r.kind, r.text.trim_end())).collect();
    let expected = [
        (RecordKind::Output, "before"),
        (RecordKind::Warning, "look out"),
        (RecordKind::Output, "after {\"ok\":true}"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_job_for_the_debugger_does_not_run_until_one_is_attached() {
    let mut job = Bench::new(&["sleep", "ran"]).with(|o| o.is_stopped_for_debugger = true).start();
    let child = until("the child's note", || job.attempt().child);
    assert!(!job.dir.path().join("ran").exists());
    signal(&job.order.spool, RunnerSignal::Attach).unwrap();
    assert_eq!(job.mark("ran"), u32::try_from(child.pid).unwrap());
    signal(&job.order.spool, RunnerSignal::Kill).unwrap();
    assert!(job.finish().was_killed);
}

#[test]
fn a_job_that_never_left_the_debugger_is_ended_at_once_by_a_kill() {
    let mut job = Bench::new(&["sleep", "ran"])
        .with(|o| {
            o.is_stopped_for_debugger = true;
            o.kill_grace_ms = 3_600_000;
        })
        .start();
    until("the child's note", || job.attempt().child);
    signal(&job.order.spool, RunnerSignal::Kill).unwrap();
    assert_eq!(job.finish().end, End::Signalled { signal: 9 });
    assert!(!job.dir.path().join("ran").exists());
}
