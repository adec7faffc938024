//! The examples of `docs/guide/plug-ins.md` are what the crate reads and writes, and its program works.

use std::collections::BTreeSet;
use std::path::Path;

use connector::plug_in::Manifest;
use connector::plug_in::message::{ConnectorReply, Reply, Request};
use serde_json::Value;

const GUIDE: &str = include_str!("../../../../docs/guide/plug-ins.md");

/// The code blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let parts = GUIDE.split(&fence).skip(1);
    parts.map(|part| part.split("```").next().expect("a block ends").to_owned()).collect()
}

#[test]
fn every_message_of_the_guide_is_read_and_written_as_it_stands() {
    let (mut calls, mut answers) = (BTreeSet::new(), BTreeSet::new());
    for line in blocks("json").iter().flat_map(|block| block.lines()) {
        let (direction, text) = line.split_at_checked(2).expect("an arrow and a message");
        let value: Value =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let name = |value: &Value| match value {
            Value::String(name) => name.clone(),
            other => other.as_object().and_then(|all| all.keys().next().cloned()).expect(text),
        };
        let written = match direction {
            "> " => {
                let request: Request =
                    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
                match &request {
                    Request::Drop { .. } => calls.insert("drop".to_owned()),
                    Request::Agent { .. } => calls.insert(name(&value["call"])),
                    Request::Connector { .. } => calls.insert(name(&value["connector"])),
                };
                serde_json::to_value(&request).unwrap()
            }
            "< " => {
                answers.insert(name(&value["answer"]));
                match serde_json::from_str::<Reply>(text) {
                    Ok(reply) => serde_json::to_value(&reply).unwrap(),
                    Err(_) => {
                        let reply: ConnectorReply = serde_json::from_str(text)
                            .unwrap_or_else(|error| panic!("{text}: {error}"));
                        serde_json::to_value(&reply).unwrap()
                    }
                }
            }
            _ => panic!("a line of a message begins with > or <: {line}"),
        };
        assert_eq!(written, value, "{text}");
    }
    let all = [
        "cancel",
        "check",
        "delete",
        "drop",
        "find",
        "form",
        "heartbeat",
        "info",
        "logs",
        "read_log",
        "start",
        "watch",
    ];
    assert_eq!(calls, all.map(String::from).into());
    let all = [
        "cancel",
        "check",
        "delete",
        "failed",
        "find",
        "form",
        "heartbeat",
        "info",
        "logs",
        "read_log",
        "start",
        "watch",
    ];
    assert_eq!(answers, all.map(String::from).into());
}

#[test]
fn every_outcome_has_an_example() {
    for tag in [
        r#""start":"running""#,
        r#""start":"ended""#,
        r#""start":"refused""#,
        r#""start":"unknown""#,
        r#""find":"running""#,
        r#""find":"never""#,
        r#""find":"not_now""#,
        r#""find":"cannot""#,
        r#""cancel":"sent""#,
        r#""cancel":"too_late""#,
        r#""cancel":"refused""#,
        r#""status":"waiting""#,
        r#""status":"running""#,
        r#""status":"ended""#,
        r#""status":"lost""#,
        r#""communication":"communicating""#,
        r#""communication":"not_communicating""#,
    ] {
        assert!(GUIDE.contains(tag), "{tag} has no example");
    }
    for fault in ["unreachable", "nonsense", "refused", "not_found"] {
        assert!(GUIDE.contains(&format!("`{fault}`")), "{fault} is not explained");
    }
}

#[test]
fn the_manifests_of_the_guide_are_right() {
    let manifests = blocks("toml");
    assert!(!manifests.is_empty());
    for text in manifests {
        Manifest::parse(Path::new("/plug-ins/one"), &text)
            .unwrap_or_else(|error| panic!("{error}"));
    }
}

/// The guide's program keeps what the guide says of plug-ins, where Python is there to run it.
#[cfg(unix)]
#[tokio::test]
async fn the_program_of_the_guide_runs_a_task_to_its_end() {
    use std::time::Duration;

    use connector::fake::Fake;
    use connector::plug_in::PlugIn;
    use connector::{Connector, Found, Started, TaskRef, TaskStatus, Watch};
    use serde_json::json;

    if !Path::new("/usr/bin/python3").exists() {
        eprintln!("skipped: there is no python3");
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("sleeper.py"), &blocks("python")[0]).unwrap();
    let mut manifest = Manifest::parse(folder.path(), &blocks("toml")[0]).unwrap();
    manifest.environment.insert("SLEEPER_FOLDER".into(), folder.path().to_str().unwrap().into());
    let plug_in = PlugIn::open(manifest, kit::Handle::default()).await.unwrap();
    let mut target = Fake::target("A");
    target.application = "Sleeper".into();
    let integration = plug_in.connect(target).unwrap();
    let key = "GUIDE-1".parse().unwrap();
    let mut call = Fake::task(&key);
    call.task_type = "sleep".into();
    call.fields.insert("seconds".into(), json!(0));
    assert_eq!(integration.find(call.clone()).await, Found::Never);
    let mut task = None;
    for _ in 0..2 {
        let started = integration.start(call.clone()).await;
        let Started::Running { state } = started else { panic!("{started:?}") };
        task = Some(TaskRef { attempt: key.clone(), state });
    }
    let watching = async {
        loop {
            let tasks = task.clone().into_iter().collect();
            let wait = Duration::ZERO;
            let told = integration.watch(Watch { tasks, cursor: None, wait }).await.unwrap();
            if let TaskStatus::Ended(end) = &told.reports[0].status {
                return end.code;
            }
        }
    };
    let code = tokio::time::timeout(Duration::from_secs(30), watching).await.expect("it ends");
    assert_eq!(code, Some(0));
}
