//! Tokens in texts.

use serde_json::{Value, json};

use super::{NONE, command, found, of_job};
use crate::definition::Definitions;
use crate::path::Path;

/// The places of all texts with tokens, as JSON pointers; `0` stands for any item, `*` for any name.
fn token_texts(schema: &Value, root: &Value, pointer: &str, out: &mut Vec<String>) {
    let mut schema = schema;
    while let Some(reference) = schema["$ref"].as_str() {
        schema = root.pointer(reference.trim_start_matches('#')).unwrap();
    }
    if schema["format"] == "token-text" {
        out.push(pointer.to_owned());
    }
    for word in ["oneOf", "anyOf", "allOf"] {
        for one in schema[word].as_array().into_iter().flatten() {
            token_texts(one, root, pointer, out);
        }
    }
    for (name, of) in schema["properties"].as_object().into_iter().flatten() {
        token_texts(of, root, &format!("{pointer}/{name}"), out);
    }
    for (word, step) in [("items", "0"), ("additionalProperties", "*")] {
        if schema[word].is_object() {
            token_texts(&schema[word], root, &format!("{pointer}/{step}"), out);
        }
    }
}

#[test]
fn every_text_with_tokens_is_looked_at() {
    let root = schemars::schema_for!(Definitions).to_value();
    let (mut all, mut of_runs) = (Vec::new(), Vec::new());
    token_texts(&root, &root, "", &mut all);
    token_texts(&root["$defs"]["Run"], &root, "", &mut of_runs);
    assert!(of_runs.len() > 15, "{of_runs:?}");
    let everywhere: Vec<String> =
        of_runs.iter().map(|pointer| format!("/schedules/*/jobs/*/run{pointer}")).collect();
    assert_eq!(all, everywhere, "texts elsewhere need a test of their own here");
    // Every field must be in it, or its place is not found.
    let amt = json!({
        "application": "x", "submit_user": "x", "user": "x", "station": "x", "queue": "x",
        "job": "x", "script": "x", "task_values": ["x"], "script_parameters": ["x"],
    });
    let without = |fields: &[&str]| {
        let mut amt = amt.clone();
        for field in fields {
            amt.as_object_mut().unwrap().remove(*field).unwrap();
        }
        amt
    };
    let sample = json!({
        "amt_batch_job": without(&["script", "script_parameters"]),
        "amt_script": without(&["job", "task_values"]),
        "amt_connector": {
            "connector_path": "x", "application": "x", "job": "x", "file": "x", "user": "x",
            "task_value": "x", "script_parameters": ["x"],
        },
        "command": {
            "line": "x", "working_directory": "x", "environment": {"A": "x"},
            "pre_run": {"line": "x"}, "output_rules": [{"text": "x", "exit_code": 1}],
        },
        "plug_in": {
            "integration": "SQL", "task_type": "Query",
            "settings": {"query": "x", "more": {"list": ["y", "x"]}},
        },
    });
    // Texts whose lists have no format of their own.
    of_runs.extend(
        [
            "/amt_batch_job/task_values/0",
            "/amt_script/script_parameters/0",
            "/amt_connector/script_parameters/0",
            "/command/environment/A",
            "/plug_in/settings/query",
            "/plug_in/settings/more/list/1",
        ]
        .map(str::to_owned),
    );
    for pointer in of_runs {
        let kind = pointer.split('/').nth(1).unwrap();
        let mut run = json!({ kind: sample[kind] });
        *run.pointer_mut(&pointer).unwrap_or_else(|| panic!("the sample lacks {pointer}")) =
            json!("a [[Missing]]");
        let agent = if kind.starts_with("amt_") && kind != "amt_connector" { "amt" } else { "cmd" };
        let agent = if kind == "plug_in" { "sql" } else { agent };
        let mut path = Path::default().field("run");
        for step in pointer.split('/').skip(1) {
            path = step.parse().map_or_else(|_| path.field(step), |index| path.index(index));
        }
        assert_eq!(
            of_job(&format!(r#""runs_on": {{"agents": ["{agent}"]}}, "run": {run}"#)),
            [format!("{path}: no property `Missing` is defined; define it under `properties`")]
        );
    }
}

#[test]
fn tokens_of_expressions_are_looked_at_and_what_they_set_is_not() {
    assert_eq!(
        of_job(r#""expression": "[[Foldr]] == ([[Seen]] = \"yes\") && ToInt([[TH.Files]]) > 0""#),
        ["expression: no property `Foldr` is defined; did you mean `Folder`?"]
    );
    assert_eq!(
        of_job(r#""frequencies": [{"use": "Daily", "expression": "[[Foldr]] == [[JI.A]]"}]"#),
        ["frequencies[0].expression: no property `Foldr` is defined; did you mean `Folder`?"]
    );
    let event = |expression: &str| {
        of_job(&format!(
            r#""events": [{{"trigger": {{"job_completion_complex_expression": "{expression}"}},
                "event": "$CONSOLE:DISPLAY,[[Folder]]"}}]"#
        ))
    };
    assert_eq!(event("[[RU.Tapes]] == [[Folder]]"), NONE);
    let path = "events[0].trigger.job_completion_complex_expression";
    assert_eq!(
        event("[[RU.Tape]]"),
        [format!("{path}: no resource `Tape` is defined; did you mean `Tapes`?")]
    );
}

#[test]
fn names_of_the_system_need_no_definition_but_formats_of_their_own_do() {
    let line = |line: &str| command("", &format!(r#", "working_directory": "{line}""#));
    assert_eq!(line("[[@name]] [[$JOB NAME]] [[SI.ANY]] [[$DATE(+1d)]] [[RI.Far.City]]"), NONE);
    let path = "run.command.working_directory";
    assert_eq!(
        line("[[folder]]"),
        [format!("{path}: no property `folder` is defined; did you mean `Folder`?")]
    );
    let missing = "is defined; define it under `properties`";
    assert_eq!(
        line("[[$DATE ddmmyy]] [[SI.$SCHEDULE DATE yy]]"),
        [
            format!("{path}: no property `$DATE ddmmyy` {missing}"),
            format!("{path}: no property `$SCHEDULE DATE yy` {missing}"),
        ]
    );
}

#[test]
fn texts_of_notifications_are_looked_at() {
    let action = |action: &str| {
        found(&format!(
            r#"{{"agents": {{"cmd": {{"connection": {{"command": {{}}}}}}}}, "schedules": {{}},
                "notifications": {{"N": {{"about": "all_jobs", "triggers": [
                    {{"on": "job_failed", "actions": [{action}]}}]}}}}}}"#
        ))
    };
    for (kind, settings, place) in [
        ("email", r#"{"to": ["x"], "subject": "[[A]]"}"#, "subject"),
        ("email", r#"{"to": ["x"], "subject": "x", "message": "[[A]]"}"#, "message"),
        ("email", r#"{"to": ["x", "[[A]]"], "subject": "x"}"#, "to[1]"),
        ("email", r#"{"to": ["x"], "cc": ["[[A]]"], "subject": "x"}"#, "cc[0]"),
        ("webhook", r#"{"url": "[[A]]"}"#, "url"),
        ("webhook", r#"{"url": "x", "message": "[[A]]"}"#, "message"),
        ("command", r#"{"agent": "cmd", "line": "[[A]]"}"#, "line"),
        ("log", r#"{"message": "[[A]]"}"#, "message"),
        ("event", r#"{"event": "$CONSOLE:DISPLAY,[[A]]"}"#, "event"),
    ] {
        let path = format!("notifications.N.triggers[0].actions[0].{kind}.{place}");
        assert_eq!(
            action(&format!(r#"{{"{kind}": {settings}}}"#)),
            [format!("{path}: no property `A` is defined; define it under `properties`")]
        );
    }
}

#[test]
fn a_control_character_in_what_is_run_names_the_field() {
    let message = |sign: &str, at: usize| {
        format!("has the control character U+{sign} at character {at}; remove it")
    };
    assert_eq!(
        command(
            "",
            r#", "pre_run": {"line": "a\u0000b"}, "environment": {"A": "\u001b[1m", "B": "x\u007f"}"#
        ),
        [
            format!("run.command.environment.A: {}", message("001B", 1)),
            format!("run.command.environment.B: {}", message("007F", 2)),
            format!("run.command.pre_run.line: {}", message("0000", 2)),
        ]
    );
    assert_eq!(command("", r#", "working_directory": "/tmp\r""#).len(), 1);
    // What has lines and columns is a text like any other, and what an integration takes is its own affair.
    assert_eq!(command("", r#", "environment": {"A": "one\n\ttwo é\u0085"}"#), NONE);
    let plug_in = r#""run": {"plug_in": {"integration": "SQL", "task_type": "Q", "settings": {"a": "\u0001"}}},
        "runs_on": {"agents": ["sql"]}"#;
    assert_eq!(of_job(plug_in), NONE);
}
