//! The message socket.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and starts real processes"
)]

mod common;

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

use batch_runner::spool::RecordKind;
use common::{Bench, Client, TOKEN, fifo};

#[test]
fn messages_stand_where_they_were_sent_between_output_lines() {
    let script = "for i in $(seq 50); do echo out $i; echo >to_test; read x <to_job; done";
    let job = Bench::script(script);
    let (to_test, to_job) = (job.path("to_test"), job.path("to_job"));
    fifo(&to_test);
    fifo(&to_job);
    let mut job = job.start();
    let mut client = job.connect();
    for number in 1..=50 {
        // The line is in the pipe by now, but the runner need not have read it.
        File::open(&to_test).unwrap().read_to_string(&mut String::new()).unwrap();
        client.message("W", &format!("message {number}"));
        assert_eq!(client.flush(), r#"{"ok":true}"#);
        assert_eq!(job.records().len(), 2 * number, "a flush means that it is in the spool");
        OpenOptions::new().write(true).open(&to_job).unwrap().write_all(b"go\n").unwrap();
    }
    job.finish();
    let records = job.records();
    assert_eq!(records.len(), 100);
    for (index, pair) in records.chunks(2).enumerate() {
        let number = index + 1;
        assert_eq!((pair[0].kind, &pair[0].text), (RecordKind::Output, &format!("out {number}")));
        assert_eq!(
            (pair[1].kind, &pair[1].text),
            (RecordKind::Warning, &format!("message {number}"))
        );
        assert!(pair[0].at <= pair[1].at);
    }
}

/// A job that runs until the test lets it end.
fn waiting() -> (Bench, Client) {
    let job = Bench::script("read x <go");
    fifo(&job.path("go"));
    let job = job.start();
    let client = job.connect();
    (job, client)
}

fn let_end(mut job: Bench) -> Bench {
    OpenOptions::new().write(true).open(job.path("go")).unwrap().write_all(b"go\n").unwrap();
    job.finish();
    job
}

#[test]
fn a_wrong_token_is_refused_and_keeps_nothing() {
    let (job, mut client) = waiting();
    client.send(r#"{"token":"guess","kind":"I","text":"let me"}"#);
    assert_eq!(client.answer(), r#"{"error":"wrong token"}"#);
    client.send(r#"{"token":"","flush":true}"#);
    assert_eq!(client.answer(), r#"{"error":"wrong token"}"#);
    assert_eq!(let_end(job).records(), []);
}

#[test]
fn what_is_not_understood_is_answered_and_the_connection_goes_on() {
    let (job, mut client) = waiting();
    client.send("hello");
    assert!(client.answer().starts_with(r#"{"error":"not understood"#));
    assert!(client.message("Q", "no such kind").contains("error"));
    client.message("E", "real");
    assert_eq!(client.flush(), r#"{"ok":true}"#);
    let records = let_end(job).records();
    assert_eq!((records.len(), records[0].kind), (1, RecordKind::Error));
}

#[test]
fn strangers_who_only_connect_do_not_keep_the_job_out() {
    let (job, mut trusted) = waiting();
    trusted.message("I", "first");
    assert_eq!(trusted.flush(), r#"{"ok":true}"#);
    let strangers: Vec<Client> = (0..100).map(|_| job.connect()).collect();
    let mut late = job.connect();
    late.message("I", "late");
    assert_eq!(late.flush(), r#"{"ok":true}"#);
    trusted.message("I", "still here");
    assert_eq!(trusted.flush(), r#"{"ok":true}"#);
    drop(strangers);
    assert_eq!(let_end(job).records().len(), 3);
}

#[test]
fn a_line_without_end_does_not_fill_the_memory() {
    let (job, mut client) = waiting();
    client.send(&"x".repeat(3 << 20).replace('\n', ""));
    assert!(client.answer().contains("error"));
    let_end(job);
}

#[test]
fn a_message_whose_sender_does_not_wait_is_kept() {
    let job = Bench::script("read x <go; exit 0");
    fifo(&job.path("go"));
    let job = job.start();
    let mut client = job.connect();
    client.send(&format!(r#"{{"token":"{TOKEN}","kind":"I","text":"the last word"}}"#));
    let job = let_end(job);
    assert_eq!(job.records()[0].text, "the last word");
}

#[test]
fn a_socket_with_a_path_works_and_is_removed() {
    let mut job = Bench::script("[ -S sock ] && echo there");
    job.order.message_socket = job.path("sock").to_str().unwrap().to_owned();
    let mut job = job.start();
    job.finish();
    assert_eq!(job.lines(), ["there"]);
    assert!(!job.path("sock").exists());
}
