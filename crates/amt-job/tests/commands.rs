//! Every command: what it sends, what it prints, how it ends.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a panic is how a test fails")]
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part of the support")]

mod support;

use std::collections::BTreeMap;

use amt_job::protocol::{
    AlertKind, Answer, AnswerSource, MessageKind, Op, Outcome, RunnerLine, StartChild, Token,
};
use support::{Fake, Seen, TOKEN};

fn only_op(fake: &Fake) -> Op {
    let calls = fake.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    calls[0].op.clone()
}

fn outcome(request_id: i64, code: u16, status: &str) -> Outcome {
    let (status, description) = (status.to_owned(), String::new());
    Outcome { request_id, code, status, description, exit_code: Some(0) }
}

#[test]
fn a_message_goes_to_the_runner_and_prints_nothing() {
    let fake = Fake::refusing("invalid");
    fake.run(&["message", "Loaded", "1200 rows"]).prints("");
    fake.run(&["message", "--kind", "warning", "3 left out"]).prints("");
    fake.run(&["message", "bad", "--kind=error", "--json"]).prints("{\"messages\":1}\n");
    let expected = [
        (MessageKind::Information, "Loaded 1200 rows".to_owned()),
        (MessageKind::Warning, "3 left out".to_owned()),
        (MessageKind::Error, "bad".to_owned()),
    ];
    assert_eq!(fake.messages(), expected);
    assert!(fake.calls().is_empty());
}

#[test]
fn log_puts_application_and_script_before_the_text() {
    let fake = Fake::refusing("invalid");
    fake.run(&["log", "Script Started: RUN_TEST"]).prints("");
    fake.run_with_input(&["log", "-"], b"one\ntwo\n").prints("");
    let texts: Vec<String> = fake.messages().into_iter().map(|(_, text)| text).collect();
    let expected = [
        "DEMO2 RUN_TEST : Script Started: RUN_TEST",
        "DEMO2 RUN_TEST : one",
        "DEMO2 RUN_TEST : two",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn ask_flushes_first_and_prints_the_answer() {
    let fake = Fake::answering(Answer::Asked {
        answer: "yes, über".into(),
        source: AnswerSource::AcceptFile,
    });
    fake.run(&["ask", "--timeout", "10m", "Go on?"]).prints("yes, über\n");
    let seen = fake.seen.lock().unwrap().clone();
    assert_eq!(seen[0], Seen::Runner(RunnerLine::flush(Token::new(TOKEN))));
    let Seen::Call(call) = &seen[1] else { panic!("{seen:?}") };
    assert_eq!(call.op, Op::Ask { text: "Go on?".into(), timeout_seconds: Some(600) });
    assert_eq!(call.token.reveal(), TOKEN);
    fake.run(&["ask", "--json", "--timeout", "0", "Go on?"])
        .prints("{\"answer\":\"yes, über\",\"source\":\"accept_file\"}\n");
    let calls = fake.calls();
    assert_eq!(calls[1].op, Op::Ask { text: "Go on?".into(), timeout_seconds: None });
    assert_ne!(calls[0].call_id, calls[1].call_id);
}

#[test]
fn ask_that_nobody_answers_ends_with_3() {
    Fake::refusing("timed_out").run(&["ask", "x"]).fails(3, "timed_out");
}

#[test]
fn set_takes_both_forms_and_any_value() {
    for (arguments, key, value) in [
        (vec!["set", "ROWS", "1200"], "ROWS", "1200"),
        (vec!["set", "ROWS=12=00"], "ROWS", "12=00"),
        (vec!["set", "BALANCE", "-5"], "BALANCE", "-5"),
        (vec!["set", "OPTION", "--json"], "OPTION", "--json"),
        (vec!["set", "EMPTY", ""], "EMPTY", ""),
        (vec!["set", "EMPTY="], "EMPTY", ""),
    ] {
        let fake = Fake::answering(Answer::Stored);
        fake.run(&arguments).prints("");
        assert_eq!(only_op(&fake), Op::SetValue { key: key.into(), value: value.into() });
    }
    let fake = Fake::answering(Answer::Stored);
    fake.run(&["set", "A=b", "--json"]).prints("{\"key\":\"A\",\"value\":\"b\"}\n");
    fake.run(&["set", "A"]).fails(2, "no value");
    fake.run(&["set", "A=B", "c"]).fails(2, "cannot be a key");
    assert_eq!(fake.calls().len(), 1);
}

#[test]
fn get_prints_the_value_or_the_default_or_fails_with_1() {
    let fake = Fake::answering(Answer::Value { value: Some("two\nlines".into()) });
    fake.run(&["get", "K", "--request", "4711", "--default", "x"]).prints("two\nlines\n");
    assert_eq!(only_op(&fake), Op::GetValue { key: "K".into(), request_id: Some(4711) });
    fake.run(&["get", "K", "--request", "0"]).fails(2, "not a request id");

    let none = Fake::answering(Answer::Value { value: None });
    none.run(&["get", "K", "--default", "-1"]).prints("-1\n");
    let ended = none.run(&["get", "K"]);
    assert_eq!((ended.code, &*ended.out, &*ended.err), (1, "", ""));
    let ended = none.run(&["get", "K", "--json"]);
    assert_eq!((ended.code, &*ended.out), (1, "{\"value\":null}\n"));
}

#[test]
fn values_prints_them_in_order() {
    let values = BTreeMap::from([("B".into(), "2".into()), ("A".into(), "1=1".into())]);
    let fake = Fake::answering(Answer::Values { values });
    fake.run(&["values"]).prints("A=1=1\nB=2\n");
    fake.run(&["values", "--json", "--request", "7"]).prints("{\"A\":\"1=1\",\"B\":\"2\"}\n");
    assert_eq!(fake.calls()[1].op, Op::ListValues { request_id: Some(7) });
    Fake::answering(Answer::Values { values: BTreeMap::new() }).run(&["values"]).prints("");
}

#[test]
fn start_sends_every_option() {
    let fake = Fake::answering(Answer::Started { request_id: 12, outcome: None });
    #[rustfmt::skip]
    let arguments = [
        "start", "--job", "J", "--script", "S.ps1", "--application", "A", "--queue", "Q", "--user", "U",
        "--task-value", "25", "--task-value", "X=-1", "--script-parameter", "P=1", "--report-parameter", "-r",
        "--global-parameter", "a b", "--request-file", "answers.txt", "--extract-file", "IN=a=b.txt",
        "--batch-id", "99", "--alternative-report-name", "ALT",
    ];
    fake.run(&arguments).prints("12\n");
    let text = |text: &str| Some(text.to_owned());
    let expected = StartChild {
        application: text("A"),
        job_name: text("J"),
        script_name: text("S.ps1"),
        queue_name: text("Q"),
        user: text("U"),
        task_values: vec!["25".into(), "X=-1".into()],
        script_parameters: vec!["P=1".into()],
        report_parameter: text("-r"),
        global_parameter: text("a b"),
        request_file: text("answers.txt"),
        extract_files: vec![("IN".into(), "a=b.txt".into())],
        batch_id: text("99"),
        alternative_report_name: text("ALT"),
        wait: false,
    };
    assert_eq!(only_op(&fake), Op::Start(expected));
    fake.run(&["start", "--wait"]).fails(2, "--job or --script");
}

#[test]
fn start_and_wait_succeeds_only_with_done() {
    for (code, status, exit) in [(4, "DONE", 0), (11, "ERROR", 1)] {
        let outcome = Some(outcome(12, code, status));
        let fake = Fake::answering(Answer::Started { request_id: 12, outcome });
        let ended = fake.run(&["start", "--job", "J", "--wait"]);
        assert_eq!((ended.code, ended.out), (exit, format!("12 {code} {status}\n")));
        let Op::Start(child) = only_op(&fake) else { panic!() };
        assert!(child.wait);
    }
}

#[test]
fn wait_reports_each_run_and_fails_when_one_did() {
    let fake = Fake::new(|call, _| {
        let Op::WaitJob { request_id } = call.op else { panic!("{call:?}") };
        let outcome = if request_id == 1 { outcome(1, 3, "KILLED") } else { outcome(2, 4, "DONE") };
        vec![support::Step::Say(amt_job::protocol::Reply::Ok(Answer::Ended(outcome)))]
    });
    let ended = fake.run(&["wait", "1", "2"]);
    assert_eq!((ended.code, &*ended.out), (1, "1 3 KILLED\n2 4 DONE\n"));
    fake.run(&["wait", "2", "--json"]).prints(
        "{\"code\":4,\"description\":\"\",\"exit_code\":0,\"request_id\":2,\"status\":\"DONE\"}\n",
    );
    let ids: std::collections::BTreeSet<String> =
        fake.calls().into_iter().map(|call| call.call_id).collect();
    assert_eq!(ids.len(), 3);
    fake.run(&["wait", "1", "x"]).fails(2, "`x` is not a request id");
    Fake::refusing("unknown_job").run(&["wait", "5"]).fails(4, "unknown_job");
}

#[test]
fn wait_file_asks_for_the_full_path() {
    let fake = Fake::answering(Answer::File { found: true, path: "/in/a".into() });
    let ended = fake.amtjob(&["wait-file", "a", "--timeout", "90s"]).current_dir("/").output();
    support::Ended::of(&ended.unwrap()).prints("/in/a\n");
    assert_eq!(only_op(&fake), Op::WaitFile { path: "/a".into(), timeout_seconds: Some(90) });

    let none = Fake::answering(Answer::File { found: false, path: "/in/a".into() });
    let ended = none.run(&["wait-file", "/in/a", "--timeout", "0"]);
    assert_eq!((ended.code, &*ended.out), (1, ""));
    assert_eq!(only_op(&none), Op::WaitFile { path: "/in/a".into(), timeout_seconds: Some(0) });
}

#[test]
fn sleep_prints_what_came_with_the_wake_up() {
    let fake = Fake::answering(Answer::Woken { by_wake_up: true, data: Some("rates".into()) });
    fake.run(&["sleep", "2h"]).prints("rates\n");
    fake.run(&["sleep"]).prints("rates\n");
    let ops: Vec<Op> = fake.calls().into_iter().map(|call| call.op).collect();
    assert_eq!(ops, [Op::Sleep { seconds: Some(7200) }, Op::Sleep { seconds: None }]);
    let over = Fake::answering(Answer::Woken { by_wake_up: false, data: None });
    over.run(&["sleep", "1"]).prints("");
    over.run(&["sleep", "1", "--json"]).prints("{\"by_wake_up\":false,\"data\":null}\n");
}

#[test]
fn wake_up_names_a_report_or_a_request() {
    let fake = Fake::answering(Answer::Delivered { delivered: true });
    fake.run(&["wake-up", "nightload", "--data", "-x"]).prints("");
    let (report, data) = (Some("NIGHTLOAD".to_owned()), Some("-x".to_owned()));
    assert_eq!(only_op(&fake), Op::WakeUp { report, request_id: None, data });
    fake.run(&["wake-up"]).fails(2, "either");
    fake.run(&["wake-up", "A", "--request", "1"]).fails(2, "either");
    let nobody = Fake::answering(Answer::Delivered { delivered: false });
    assert_eq!(nobody.run(&["wake-up", "--request", "1"]).code, 1);
    let op = Op::WakeUp { report: None, request_id: Some(1), data: None };
    assert_eq!(only_op(&nobody), op);
}

#[test]
fn critical_point_is_silent_and_recovered_reads_it_back() {
    let fake = Fake::answering(Answer::Saved { number: 3 });
    fake.run(&["critical-point", "--name", "loaded", "--data", "step=2", "--sleep", "5"])
        .prints("");
    let (name, data) = (Some("loaded".to_owned()), Some("step=2".to_owned()));
    assert_eq!(only_op(&fake), Op::CriticalPoint { name, data, sleep_seconds: Some(5) });
    fake.run(&["critical-point", "--json"]).prints("{\"number\":3}\n");

    let ended = fake.run(&["recovered"]);
    assert_eq!((ended.code, &*ended.out, &*ended.err), (1, "", ""));
    let again = |arguments: &[&str]| {
        let mut command = fake.amtjob(arguments);
        let output = command.env("AMTRECOVER", "1").env("AMTCRITICALPOINT", "step=2").output();
        support::Ended::of(&output.unwrap())
    };
    again(&["recovered"]).prints("step=2\n");
    again(&["recovered", "--json"]).prints("{\"data\":\"step=2\",\"recovered\":true}\n");
    assert_eq!(fake.calls().len(), 2);
}

#[test]
fn abort_waits_to_be_ended_and_then_ends_itself_with_12() {
    let fake = Fake::answering(Answer::Aborting);
    let mut command = fake.amtjob(&["abort", "totals", "differ", "--recover", "--restart"]);
    let since = std::time::Instant::now();
    let output = command.env("AMTJOB_ABORT_SECONDS", "1").output().unwrap();
    assert!(since.elapsed() >= std::time::Duration::from_secs(1));
    support::Ended::of(&output).fails(12, "nobody ended");
    let message = Some("totals differ".to_owned());
    assert_eq!(only_op(&fake), Op::Abort { message, recover: true, restart: true });
    fake.run(&["abort", "--restart"]).fails(2, "--recover");
    Fake::refusing("invalid").run(&["abort"]).fails(4, "see the manual (invalid)");
}

#[test]
fn alert_needs_a_kind() {
    let fake = Fake::answering(Answer::Alerted { id: 8 });
    fake.run(&["alert", "--kind", "warning", "disk"]).prints("");
    assert_eq!(only_op(&fake), Op::Alert { kind: AlertKind::Warning, text: "disk".into() });
    fake.run(&["alert", "--kind", "error", "x", "--json"]).prints("{\"id\":8}\n");
    fake.run(&["alert", "disk"]).fails(2, "--kind is missing");
    fake.run(&["alert", "--kind", "red", "disk"]).fails(2, "`red`");
}
