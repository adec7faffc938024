//! Lost connections, refusals, missing variables, texts of all sorts.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a panic is how a test fails")]
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part of the support")]

mod support;

use amt_job::protocol::{Answer, MessageKind, Op, Reply};
use support::{Ended, Fake, Socket, Step, bare};

fn stored() -> Step {
    Step::Say(Reply::Ok(Answer::Stored))
}

#[test]
fn a_lost_call_is_sent_again_under_the_same_id() {
    let fake = Fake::new(|_, number| match number {
        0 => vec![Step::Drop],
        1 => vec![Step::Say(Reply::Waiting), Step::Say(Reply::Waiting), Step::Drop],
        _ => vec![Step::Say(Reply::Waiting), stored()],
    });
    fake.run(&["set", "A", "1"]).prints("");
    let calls = fake.calls();
    assert_eq!(calls.len(), 3);
    assert!(calls.iter().all(|call| *call == calls[0]), "{calls:?}");
}

#[test]
fn an_unavailable_server_is_asked_again() {
    let fake = Fake::new(|_, number| {
        let (code, detail) = ("unavailable".to_owned(), "stopping".to_owned());
        if number == 0 { vec![Step::Say(Reply::Error { code, detail })] } else { vec![stored()] }
    });
    fake.run(&["set", "A", "1"]).prints("");
    assert_eq!(fake.calls()[0], fake.calls()[1]);
}

#[test]
fn a_server_that_stays_away_is_given_up_after_the_retry_time() {
    let fake = Fake::new(|_, _| vec![Step::Drop]);
    let run = |seconds: &str| {
        let mut command = fake.amtjob(&["set", "A", "1"]);
        Ended::of(&command.env("AMTJOB_RETRY_SECONDS", seconds).output().unwrap())
    };
    run("0").fails(5, "could not be reached for 0 s");
    assert_eq!(fake.calls().len(), 1);
    run("1").fails(5, "could not be reached for 1 s");
    assert!(fake.calls().len() > 3, "{}", fake.calls().len());
    run("soon").fails(5, "`soon` is not a whole number");
}

#[test]
fn a_refusal_is_final() {
    for code in ["bad_token", "invalid", "unknown_job", "a_code_of_tomorrow"] {
        let fake = Fake::refusing(code);
        fake.run(&["set", "A", "1"]).fails(4, code);
        assert_eq!(fake.calls().len(), 1);
    }
}

#[test]
fn a_bad_token_is_refused_by_the_runner_and_not_shown() {
    let fake = Fake::refusing("bad_token");
    let mut command = fake.amtjob(&["message", "x"]);
    let ended = Ended::of(&command.env("AMTJOB_TOKEN", "wrong-token").output().unwrap());
    ended.fails(4, "bad token");
    assert!(!ended.err.contains("wrong-token"));
    assert!(fake.messages().is_empty());
}

#[test]
fn an_answer_to_another_question_is_an_error() {
    let fake = Fake::answering(Answer::Aborting);
    fake.run(&["set", "A", "1"]).fails(4, "another question");
    fake.run(&["start", "--job", "J", "--wait"]).fails(4, "another question");
}

#[test]
fn outside_a_job_every_command_ends_with_5() {
    for arguments in [
        vec!["message", "x"],
        vec!["log", "x"],
        vec!["ask", "x"],
        vec!["set", "A", "1"],
        vec!["get", "A", "--default", "x"],
        vec!["values"],
        vec!["start", "--job", "J"],
        vec!["wait", "1"],
        vec!["wait-file", "x"],
        vec!["sleep", "1"],
        vec!["wake-up", "X"],
        vec!["critical-point"],
        vec!["recovered"],
        vec!["abort"],
        vec!["alert", "--kind", "error", "x"],
    ] {
        Ended::of(&bare(&arguments).output().unwrap()).fails(5, "is not set");
    }
}

#[test]
fn a_runner_that_is_gone_fails_a_message_but_not_a_call() {
    let fake = Fake::answering(Answer::Stored);
    let without_runner = |arguments: &[&str]| {
        let mut command = fake.amtjob(arguments);
        Ended::of(&command.env("AMTJOB_RUNNER", "/nowhere/at/all").output().unwrap())
    };
    without_runner(&["message", "x"]).fails(5, "the runner cannot be reached");
    let ended = without_runner(&["set", "A", "1"]);
    assert_eq!(ended.code, 0);
    assert!(ended.err.contains("may be stored late"), "{ended:?}");
}

#[test]
fn all_kinds_of_sockets_work() {
    for socket in [Socket::Path, Socket::Abstract, Socket::Tcp] {
        let fake = Fake::on(socket, |_, _| vec![stored()]);
        fake.run(&["message", "over the wire"]).prints("");
        fake.run(&["set", "A", "1"]).prints("");
        assert_eq!(fake.messages().len(), 1);
        assert_eq!(fake.calls().len(), 1);
    }
}

#[test]
fn texts_arrive_as_they_are() {
    let texts = [
        "two\nlines\n",
        "Zürich €1 日本 🚂",
        "-5 rows",
        "- item",
        " leading",
        "\"quoted\" \\ \t\u{1}",
        "",
    ];
    let fake = Fake::answering(Answer::Stored);
    for text in texts {
        fake.run(&["message", text]).prints("");
    }
    for text in ["--kind", "-", "-x"] {
        fake.run(&["message", "--", text]).prints("");
    }
    let expected: Vec<(MessageKind, String)> = texts
        .iter()
        .chain(&["--kind", "-", "-x"])
        .map(|text| (MessageKind::Information, (*text).to_owned()))
        .collect();
    assert_eq!(fake.messages(), expected);
    fake.run(&["message", "--knid", "x"]).fails(2, "write `--` before");
}

#[test]
fn standard_input_becomes_one_message_per_line() {
    let fake = Fake::answering(Answer::Stored);
    fake.run_with_input(&["message", "-", "--json"], b"a\n\n\xff b\r\nlast")
        .prints("{\"messages\":4}\n");
    let texts: Vec<String> = fake.messages().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["a", "", "\u{fffd} b", "last"]);
}

#[test]
fn a_message_too_long_for_a_line_becomes_several() {
    let fake = Fake::answering(Answer::Stored);
    let long = "\u{1}é".repeat(400_000);
    fake.run_with_input(&["message", "-"], long.as_bytes()).prints("");
    let texts: Vec<String> = fake.messages().into_iter().map(|(_, text)| text).collect();
    assert!(texts.len() > 1);
    assert_eq!(texts.concat(), long);
}

#[test]
fn other_texts_have_a_limit() {
    let fake = Fake::answering(Answer::Alerted { id: 1 });
    let alert = ["alert", "--kind", "error", "-"];
    let fitting = "x".repeat(1_000_000);
    fake.run_with_input(&alert, format!("{fitting}\n").as_bytes()).prints("");
    let Op::Alert { text, .. } = &fake.calls()[0].op else { panic!() };
    assert_eq!(*text, fitting);
    fake.run_with_input(&alert, "x".repeat(1024 * 1024).as_bytes()).fails(2, "longer than 1 MiB");
    assert_eq!(fake.calls().len(), 1);
}

#[test]
fn bytes_that_are_not_utf8_are_replaced_in_texts_and_refused_elsewhere() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let fake = Fake::answering(Answer::Stored);
    let latin1 = OsStr::from_bytes(b"Z\xfcrich");
    let run = |command: &str| Ended::of(&fake.amtjob(&[command]).arg(latin1).output().unwrap());
    run("message").prints("");
    assert_eq!(fake.messages()[0].1, "Z\u{fffd}rich");
    run("wait-file").fails(2, "not UTF-8");
}

#[test]
fn help_and_version_work_outside_a_job() {
    let run = |arguments: &[&str]| Ended::of(&bare(arguments).output().unwrap());
    let overview = run(&["--help"]);
    assert_eq!(overview.code, 0);
    let mut commands = 0;
    for line in overview.out.lines().filter(|line| line.starts_with("  ")) {
        let name = line.split_whitespace().next().unwrap();
        if name.starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        let help = run(&[name, "--help"]);
        assert_eq!((help.code, &*help.err), (0, ""), "{name}");
        assert!(help.out.contains("\nUsage: amtjob "), "{name}");
        assert!(help.out.contains("\nExamples:\n"), "{name}");
        commands += 1;
    }
    assert_eq!(commands, 15);
    run(&["--version"]).prints(concat!("amtjob ", env!("CARGO_PKG_VERSION"), "\n"));
    run(&[]).fails(2, "amtjob --help");
    run(&["mesage", "x"]).fails(2, "no command `mesage`; did you mean `message`?");
    run(&["print", "x"]).fails(2, "no command `print`; see `amtjob --help`");
    run(&["sleep", "x"]).fails(2, "see `amtjob sleep --help`");
}
