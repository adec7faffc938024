//! Whole runs of the real binary that go as they should.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that run the real programs"
)]

#[path = "../../amt-client/tests/fake/mod.rs"]
mod fake;
mod support;

use fake::{Fake, Fault, MessageForm};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::{Site, masked};

const SEED_LOG: &str = include_str!("golden/seed.log");
const SEED_MESSAGES: &str = include_str!("golden/seed-messages.txt");

#[test]
fn the_log_of_a_run_is_that_of_the_seed() {
    let fake = Fake::start();
    fake.state.lock().messages = SEED_MESSAGES.lines().map(str::to_owned).collect();
    let site = Site::new(&fake, "");
    let ran =
        site.amt(&["-jt", "START", "-an", "DEMO2", "-jn", "RUN_PARAMETERTESTA", "-pa", "'PARAM'"]);
    ran.assert_code(4);
    assert_eq!(masked(&ran.out), SEED_LOG.replace("<version>", env!("CARGO_PKG_VERSION")));
    assert_eq!(ran.err, "");
    let sent = fake.state.last("OpConJobAction");
    assert_eq!(sent["ScriptParameters"], json!(["'PARAM'"]));
    assert_eq!((&sent["SubmitUser"], &sent["Station"]), (&json!("BATCH"), &json!("OPCON")));
    assert_eq!(fake.state.count("Logoff"), 1);
}

#[test]
fn every_argument_reaches_the_server() {
    let fake = Fake::start();
    let site = Site::new(&fake, "");
    let ran = site.amt(&[
        "-jt",
        "start",
        "-an",
        "A",
        "-fn",
        r"\\srv\x.ps1",
        "-pa",
        "-x;B=2",
        "-pa",
        "C",
        "-u",
        "BOB",
        "-tv",
        "SW1=TRUE;25",
        "--queue",
        "Q",
        "--report-parameter",
        "R",
        "--global-parameter",
        "G H",
        "--request-file",
        "F",
        "--request-key",
        "K",
    ]);
    ran.assert_code(4);
    assert!(ran.has(r"Job '\\srv\x.ps1' START request received"), "{}", ran.out);
    assert!(
        ran.has("-pa (Parameters)        : -x;B=2;C\n")
            && ran.has("-jn (job name)          : null\n")
    );
    assert_eq!(
        fake.state.last("OpConJobAction"),
        json!({"Action": "Start", "ApplicationName": "A", "ScriptName": r"\\srv\x.ps1", "SubmitUser": "BATCH",
            "Station": "OPCON", "User": "BOB", "QueueName": "Q", "TaskValues": ["SW1=TRUE", "25"],
            "ScriptParameters": ["-x", "B=2", "C"], "ReportParameter": "R", "GlobalParameter": "G H",
            "RequestFile": "F", "RequestKey": "K"})
    );
}

#[test]
fn every_final_code_is_the_exit_code() {
    for code in [3, 6, 10, 11, 12, 22, 99] {
        let fake = Fake::start();
        fake.state.lock().codes = vec![json!(1), json!(14), json!(code)];
        Site::new(&fake, "").start(&[]).assert_code(code);
    }
}

#[test]
fn a_configured_interval_is_obeyed_and_its_absence_means_push() {
    let fake = Fake::start();
    let site =
        Site::new(&fake, "STATUS_CHECK_POLL_INTERVAL=0.1\nSTATUS_CHECK_INITIAL_POLL_DELAY=0.3");
    let began = Instant::now();
    site.start(&[]).assert_code(4);
    assert!(began.elapsed() >= Duration::from_millis(400), "{:?}", began.elapsed());
    assert_eq!(fake.state.last("MonitorJob").get("WaitSeconds"), None);
    site.start(&["--wait-mode", "push"]).assert_code(4);
    assert_eq!(fake.state.last("MonitorJob")["WaitSeconds"], "30");
    Site::new(&fake, "").start(&[]).assert_code(4);
    assert_eq!(fake.state.last("MonitorJob")["WaitSeconds"], "30");
}

#[test]
fn messages_of_every_form_are_printed_in_order() {
    for form in [MessageForm::Objects, MessageForm::Strings, MessageForm::Text] {
        let fake = Fake::start();
        fake.state.lock().message_form = form;
        let ran = Site::new(&fake, "").start(&[]);
        ran.assert_code(4);
        let texts = ran.texts();
        let begin = texts.iter().position(|text| text.starts_with("Job log ---")).unwrap();
        let lines = ["line 1", "line 2", "line 3", "line 4", "line 5"];
        assert_eq!(texts[begin + 1..begin + 6], lines, "{form:?}");
        assert!(texts[begin + 6].starts_with("End Job log ---"));
    }
}

#[test]
fn a_long_log_comes_in_pages_and_whole() {
    let fake = Fake::start();
    fake.state.lock().messages = (1..=2500).map(|n| format!("message {n}")).collect();
    let ran = Site::new(&fake, "").start(&[]);
    ran.assert_code(4);
    let numbers: Vec<_> =
        ran.texts().into_iter().filter_map(|text| text.strip_prefix("message ")).collect();
    assert_eq!(numbers, (1..=2500).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(fake.state.count("GetMessages"), 3);
}

#[test]
fn follow_prints_each_message_once() {
    let fake = Fake::start();
    fake.state.lock().codes = vec![json!(2), json!(2), json!(2), json!(4)];
    let ran =
        Site::new(&fake, "STATUS_CHECK_POLL_INTERVAL=0.2\nSTATUS_CHECK_INITIAL_POLL_DELAY=0.2")
            .start(&["--follow"]);
    ran.assert_code(4);
    let lines: Vec<_> = ran.texts().into_iter().filter(|text| text.starts_with("line ")).collect();
    assert_eq!(lines, ["line 1", "line 2", "line 3", "line 4", "line 5"]);
    assert_eq!(fake.state.last("GetMessages")["Follow"], "true");
}

#[test]
fn json_is_one_document_and_with_follow_one_per_line() {
    let fake = Fake::start();
    let site = Site::new(&fake, "");
    let ran = site.start(&["--output", "json"]);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(ran.code, 4);
    assert_eq!(document["BatchRequestId"], 2112);
    assert_eq!((&document["ReturnCode"], &document["Status"]), (&json!(4), &json!("DONE")));
    assert_eq!(document["Messages"].as_array().unwrap().len(), 5);
    assert_eq!(document["MessagesMissing"], Value::Null);

    let ran = site.start(&["--output", "json", "--follow"]);
    let events: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<_> = events.iter().map(|event| event["Event"].as_str().unwrap()).collect();
    assert_eq!(names.iter().filter(|name| **name == "Message").count(), 5);
    assert_eq!((names[0], *names.last().unwrap()), ("Started", "End"));
}

#[test]
fn stop_and_kill_wait_for_the_end() {
    let fake = Fake::start();
    fake.state.lock().codes = vec![json!(2); 1000];
    let site = Site::new(&fake, "");
    let mut child = site.spawn(&["-jn", "J", "-an", "A"]);
    fake.state.wait_for("MonitorJob", 1);
    let ran = site.amt(&["-jt", "kill", "-ri", "2112"]);
    ran.assert_code(3);
    assert!(ran.has("BatchrequestId '2112' KILL request received"));
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let ran = site.amt(&["-jt", "STOP", "-ri", "777"]);
    ran.assert_code(11);
}

#[test]
fn resume_waits_and_fetches_the_log() {
    let fake = Fake::start();
    let site = Site::new(&fake, "");
    site.start(&[]).assert_code(4);
    let ran = site.amt(&["--resume", "2112"]);
    ran.assert_code(4);
    assert!(ran.has("line 5") && !ran.has("START request received"), "{}", ran.out);
    assert_eq!(fake.state.count("OpConJobAction"), 1);
    site.amt(&["--resume", "4711"]).assert_code(19);
}

#[test]
fn the_log_file_keeps_the_run_and_debug_keeps_the_calls_without_secrets() {
    let fake = Fake::start();
    let site = Site::new(&fake, "");
    site.start(&[]).assert_code(4);
    let log = site.log_file();
    assert!(
        log.contains("Connector completed with return code 4") && log.contains("5 messages"),
        "{log}"
    );
    assert!(!log.contains("DEBUG"));

    let site = Site::new(&fake, "DEBUG=ON");
    site.start(&[]).assert_code(4);
    let log = site.log_file();
    assert!(
        log.contains("DEBUG POST /OpConJobAction") && log.contains("DEBUG GET /MonitorJob"),
        "{log}"
    );
    assert!(!log.contains(fake::PASSWORD) && !log.contains("secret-token"), "{log}");
}

#[test]
fn a_log_file_that_cannot_be_written_is_a_warning() {
    let fake = Fake::start();
    let ran = Site::new(&fake, "LOG_FILE=no/such/folder/amt.log").start(&[]);
    ran.assert_code(4);
    assert!(ran.err.contains("warning: cannot write the log file"), "{}", ran.err);
}

#[test]
fn one_try_is_enough_for_a_slow_but_good_answer() {
    let fake = Fake::start();
    fake.state.fault("OpConJobAction", &[Fault::Slow(Duration::from_millis(300))]);
    Site::new(&fake, "").start(&[]).assert_code(4);
    assert_eq!(fake.state.count("OpConJobAction"), 1);
}
