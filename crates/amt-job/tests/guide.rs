//! The examples of `docs/guide/amtjob.md` are run as they stand there.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a panic is how a test fails")]
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part of the support")]

mod support;

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use amt_job::protocol::{Answer, AnswerSource, Call, Op, Outcome, Reply};
use support::{Ended, Fake, Step};

/// The code blocks of a language under a heading.
fn example(heading: &str, language: &str) -> String {
    let guide = include_str!("../../../docs/guide/amtjob.md");
    let section = guide.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let block = section.split(&format!("```{language}\n")).nth(1).unwrap();
    block.split("\n```").next().unwrap().to_owned() + "\n"
}

/// Everything goes well; the operator says yes.
fn friendly(call: &Call) -> Reply {
    let done = |request_id| Outcome {
        request_id,
        code: 4,
        status: "DONE".into(),
        description: String::new(),
        exit_code: Some(0),
    };
    Reply::Ok(match &call.op {
        Op::Ask { .. } => Answer::Asked { answer: "y".into(), source: AnswerSource::Operator },
        Op::SetValue { .. } => Answer::Stored,
        Op::GetValue { .. } => Answer::Value { value: None },
        Op::ListValues { .. } => Answer::Values { values: [].into() },
        Op::Start(child) => Answer::Started { request_id: 7, outcome: child.wait.then(|| done(7)) },
        Op::WaitJob { request_id } => Answer::Ended(done(*request_id)),
        Op::WaitFile { path, .. } => Answer::File { found: false, path: path.clone() },
        Op::Sleep { .. } => Answer::Woken { by_wake_up: false, data: None },
        Op::WakeUp { .. } => Answer::Delivered { delivered: false },
        Op::CriticalPoint { .. } => Answer::Saved { number: 1 },
        Op::Abort { .. } => Answer::Aborting,
        Op::Alert { .. } => Answer::Alerted { id: 1 },
    })
}

fn fake() -> Fake {
    Fake::new(|call, _| vec![Step::Say(friendly(call))])
}

/// Runs `shell script` in `folder` with a job's variables and `amtjob` on the path.
fn run(fake: &Fake, folder: &Path, shell: &str, script: &str, more: &[(&str, &str)]) -> Ended {
    std::fs::write(folder.join("script"), script).unwrap();
    let amtjob = fake.amtjob(&[]);
    let bin = Path::new(amtjob.get_program()).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    #[allow(clippy::disallowed_methods, reason = "the guide's scripts are run as a job is")]
    let mut command = Command::new(shell);
    command.arg("script").current_dir(folder).env("PATH", path);
    for (name, value) in amtjob.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    Ended::of(&command.envs(more.iter().copied()).output().unwrap())
}

fn texts(fake: &Fake) -> String {
    let mut all = String::new();
    for (_, text) in fake.messages() {
        writeln!(all, "{text}").unwrap();
    }
    all
}

#[test]
fn the_shell_example_runs() {
    let (fake, folder) = (fake(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("input.csv"), "b\na\n").unwrap();
    let ended = run(&fake, folder.path(), "sh", &example("In sh", "sh"), &[]);
    assert_eq!((ended.code, &*ended.err), (0, ""));
    let texts = texts(&fake);
    assert!(texts.contains("DEMO2 RUN_TEST : report is done\n"), "{texts}");
    assert!(texts.ends_with("the first load ended with 0\n"), "{texts}");
}

#[test]
fn the_python_example_runs() {
    let (fake, folder) = (fake(), tempfile::tempdir().unwrap());
    let ended = run(&fake, folder.path(), "python3", &example("In Python", "python"), &[]);
    ended.prints("");
    assert!(texts(&fake).ends_with("no rates today\n"));
    let set = Op::SetValue { key: "ROWS".into(), value: "1200".into() };
    assert!(fake.calls().iter().any(|call| call.op == set));
}

#[test]
fn the_recovery_example_skips_what_is_done() {
    let script = example("Going on", "sh");
    for (recover, point, steps, points) in [
        ("0", "", "load\npost\nreport\n", 2),
        ("1", "2", "post\nreport\n", 1),
        ("1", "3", "report\n", 0),
    ] {
        let (fake, folder) = (fake(), tempfile::tempdir().unwrap());
        for step in ["load", "post", "report"] {
            let file = folder.path().join(format!("{step}.sh"));
            std::fs::write(&file, format!("#!/bin/sh\necho {step}\n")).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o700)).unwrap();
        }
        let more = [("AMTRECOVER", recover), ("AMTCRITICALPOINT", point)];
        run(&fake, folder.path(), "sh", &script, &more).prints(steps);
        assert_eq!(fake.calls().len(), points);
    }
}

#[test]
fn the_question_example_takes_a_yes_and_a_timeout() {
    let script = example("Asking", "sh");
    let (fake, folder) = (fake(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("rates.yesterday"), "1").unwrap();
    run(&fake, folder.path(), "sh", &script, &[]).prints("");
    assert!(folder.path().join("rates.csv").exists());

    let nobody = Fake::new(|call, number| {
        let over = Reply::Error { code: "timed_out".into(), detail: "nobody answered".into() };
        vec![Step::Say(if number == 0 { over } else { friendly(call) })]
    });
    let ended = run(&nobody, folder.path(), "sh", &script, &[("AMTJOB_ABORT_SECONDS", "0")]);
    assert_eq!(ended.code, 12);
    let message = Some("nobody answered within 30 minutes".to_owned());
    assert_eq!(nobody.calls()[1].op, Op::Abort { message, recover: false, restart: false });
}
