//! Malformed, oversized, unknown, unauthorised and contradictory calls of both interfaces of the real server: each is refused with a
//! reason that names what is wrong, none is a failure of the server, and nothing is stored.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod generate;

use std::process::Command;

use e2e::{Definitions, Site, binary, on_both};
use generate::{Case, operations};
use serde_json::{Value, json};

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn document(interface: &str) -> Value {
    let output = Command::new(binary("ringmaster"))
        .args(["batch-server", "openapi", interface])
        .output()
        .unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn documents() -> [(Value, bool); 2] {
    // AMTOpCon ignores members that it does not know.
    [(document("amtopcon"), false), (document("control-center"), true)]
}

/// A site with one of everything that has an id.
async fn site(database: &e2e::Database) -> Site {
    let jobs = Definitions::default().report("GOOD", "#!/bin/sh\n");
    let site = Site::start(database, &jobs).await;
    let id = site.api.start(json!({"JobName": "GOOD"})).await;
    site.api.until(id, &[4]).await;
    for (path, body) in [
        ("/alerts", json!({"kind": "error", "text": "by hand"})),
        ("/stations", json!({"name": "OPCON"})),
        (
            "/schedules",
            json!({"name": "S", "application": "TEST", "job": "GOOD", "is_enabled": false, "when": {"start_time": "00:00:00"}}),
        ),
    ] {
        let (status, answer) = site.api.post(&format!("/control/v1{path}"), body).await;
        assert_eq!(status, 201, "{answer}");
    }
    site
}

/// Everything that a call could have changed.
async fn stored(site: &Site) -> Vec<Value> {
    let mut all = Vec::new();
    for collection in [
        "alerts",
        "applications",
        "controllers",
        "jobs",
        "operator-requests",
        "queues",
        "requests",
        "roles",
        "schedules",
        "stations",
        "users",
        "server-state",
        "requests/1/messages",
        "requests/1/task-values",
    ] {
        let (status, list) = site.api.get(&format!("/control/v1/{collection}")).await;
        assert_eq!(status, 200, "{list}");
        all.push(list);
    }
    // The lease of the controller is renewed all the time, and so is the time of day.
    all[11] = all[11]["is_halted"].clone();
    all[2] = all[2]["items"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    all
}

fn is_unchanged(before: &[Value], after: &[Value]) {
    for (before, after) in before.iter().zip(after) {
        assert_eq!(before, after);
    }
}

/// What is wrong with an answer to a call that had to be refused.
fn complaint(case: &Case, status: u16, answer: &Value) -> Option<String> {
    // A start that is refused has no id; the known clients look at that.
    if status == 200 && answer["BatchRequestId"] == 0 {
        let says = answer["Description"].as_str().is_some_and(|text| !text.is_empty());
        return (!says).then(|| "a refusal without a reason".to_owned());
    }
    if !(400..500).contains(&status) {
        return Some("no refusal".to_owned());
    }
    let has_reason = answer["detail"].as_str().is_some_and(|text| !text.is_empty());
    if !has_reason || !answer["code"].is_string() || answer["status"] != status {
        return Some("no problem document".to_owned());
    }
    if answer["detail"].as_str().unwrap().len() > 2000 {
        return Some("a reason that nobody can read".to_owned());
    }
    let wanted = case.field.as_deref().filter(|_| status == 400)?;
    let field = answer["field"].as_str().unwrap_or_default();
    let is_named = field
        .strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']));
    // What no JSON or no address can hold is named by its place.
    let detail = answer["detail"].to_string();
    let is_placed = answer["code"] == "malformed" && detail.contains("column")
        || field == "query" && detail.contains("U+0000");
    (!is_named && !is_placed).then(|| format!("`{field}` is named"))
}

on_both!(every_damaged_call_is_refused_and_named_and_nothing_is_stored, |database| async move {
    let site = site(&database).await;
    let before = stored(&site).await;
    let mut complaints = Vec::new();
    let mut count = 0;
    for (document, is_strict) in documents() {
        for operation in operations(&document, is_strict) {
            for case in operation.cases() {
                let headers = [JSON, ("If-Match", "\"1\"")];
                let (status, answer) =
                    site.api.call(&case.method, &case.path, &headers, case.body.clone()).await;
                count += 1;
                if let Some(why) = complaint(&case, status, &answer) {
                    let path: String = case.path.chars().take(100).collect();
                    complaints.push(format!(
                        "{} {path} ({}): {why}: {status} {answer}",
                        case.method, case.what
                    ));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{} of {count}:\n{}", complaints.len(), complaints.join("\n"));
    assert!(count > 1000, "{count} calls only");
    is_unchanged(&before, &stored(&site).await);
    assert!(!site.log().contains("a call failed inside"), "{}", site.log());
    let id = site.api.start(json!({"JobName": "GOOD"})).await;
    site.api.until(id, &[4]).await;
});

on_both!(nothing_is_done_without_a_token, |database| async move {
    let mut site = site(&database).await;
    let before = stored(&site).await;
    let good = site.api.token.clone();
    for token in ["", "nonsense", "00000000-0000-0000-0000-000000000000", &"x".repeat(5000)] {
        token.clone_into(&mut site.api.token);
        for (document, is_strict) in documents() {
            for operation in operations(&document, is_strict).iter().filter(|one| !one.is_open()) {
                let headers = [JSON, ("If-Match", "*")];
                let (status, answer) =
                    site.api.call(&operation.method, &operation.at("1"), &headers, "{}").await;
                assert_eq!(status, 401, "{} {}: {answer}", operation.method, operation.path);
                assert_eq!(answer["code"], "unauthenticated", "{answer}");
            }
        }
    }
    site.api.token = good;
    is_unchanged(&before, &stored(&site).await);
});

on_both!(wrong_methods_media_types_and_addresses_are_refused, |database| async move {
    let site = site(&database).await;
    for (document, is_strict) in documents() {
        for operation in operations(&document, is_strict) {
            let (status, answer) = site.api.call("PATCH", &operation.at("1"), &[JSON], "{}").await;
            assert_eq!(
                (status, &answer["code"]),
                (405, &json!("method_not_allowed")),
                "{}",
                operation.path
            );
            let path = format!("{}/nowhere/at/all", operation.at("1"));
            let (status, answer) = site.api.call("GET", &path, &[], "").await;
            assert_eq!((status, &answer["code"]), (404, &json!("unknown_route")), "{path}");
        }
    }
    let headers = [("Content-Type", "text/plain")];
    let (status, answer) =
        site.api.call("POST", "/control/v1/stations", &headers, "{\"name\": \"S\"}").await;
    assert_eq!((status, &answer["code"]), (415, &json!("media_type")), "{answer}");
});

on_both!(contradictions_are_refused_and_store_nothing, |database| async move {
    let site = site(&database).await;
    let before = stored(&site).await;
    let many: Vec<_> = (0..21).map(|n| format!("V{n}=1")).collect();
    let start = |more: Value| {
        let mut action = json!({"Action": "Start", "ApplicationName": "TEST", "JobName": "GOOD"});
        action.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        action
    };
    let refused_starts = [
        (start(json!({"ApplicationName": "NOWHERE"})), "NOWHERE"),
        (start(json!({"JobName": "NOWHERE"})), "NOWHERE"),
        (start(json!({"QueueName": "NOWHERE"})), "NOWHERE"),
        (start(json!({"SubmitUser": "BATCH", "Station": "HOME"})), "HOME"),
        (start(json!({"TaskValues": many})), "task value 21"),
        (start(json!({"ScriptParameters": many})), "script parameter 21"),
        (start(json!({"RequestKey": "x".repeat(129)})), "RequestKey"),
        (start(json!({"RequestKey": ""})), "RequestKey"),
        (start(json!({"RequestKey": "a\u{0}b"})), "RequestKey"),
        (start(json!({"ReportParameter": "a\u{0}b"})), "ReportParameter"),
        (start(json!({"JobName": null})), "JobName"),
    ];
    for (action, named) in refused_starts {
        let (status, answer) = site.api.post("/OpConJobAction", action.clone()).await;
        assert!(
            status == 200 && answer["BatchRequestId"] == 0 || status == 400,
            "{action}: {status} {answer}"
        );
        assert!(answer.to_string().contains(named), "{action}: {answer}");
    }
    for member in [
        "ApplicationName",
        "JobName",
        "ScriptName",
        "SubmitUser",
        "Station",
        "User",
        "QueueName",
        "ReportParameter",
        "GlobalParameter",
        "RequestFile",
        "RequestKey",
    ] {
        for text in ["a\u{0}b".to_owned(), "x".repeat(300_000)] {
            let action = start(json!({"SubmitUser": "OPCON", member: text}));
            let (status, answer) = site.api.post("/OpConJobAction", action).await;
            assert!(status == 200 && answer["BatchRequestId"] == 0, "{member}: {status} {answer}");
            let why = answer["Description"].as_str().unwrap();
            assert!(why.contains(member) && why.len() < 200, "{member}: {why}");
        }
    }
    let problems = [
        (json!({"Action": "Dance"}), 400, "Action"),
        (json!({"Action": "Kill"}), 400, "BatchRequestId"),
        (json!({"Action": "Stop", "BatchRequestId": "one"}), 400, "BatchRequestId"),
        (json!({"Action": "Kill", "BatchRequestId": 4711}), 404, "4711"),
        (json!({"Action": "Kill", "BatchRequestId": -1}), 404, "-1"),
        (json!({"Action": "Kill", "action": "Start"}), 400, "ction"),
    ];
    for (action, expected, named) in problems {
        let (status, answer) = site.api.post("/OpConJobAction", action.clone()).await;
        assert!(
            status == expected && answer.to_string().contains(named),
            "{action}: {status} {answer}"
        );
    }
    for (path, expected) in [
        ("/MonitorJob", 400),
        ("/MonitorJob?BatchRequestId=1&batchrequestid=2", 400),
        ("/MonitorJob?BatchRequestId=4711", 404),
        ("/MonitorJob?BatchRequestId=1&WaitSeconds=61", 400),
        ("/GetMessages?BatchRequestId=1&Limit=0", 400),
        ("/GetMessages?BatchRequestId=1&Limit=10001", 400),
        ("/FindJob", 400),
        ("/FindJob?RequestKey=never", 404),
        ("/control/v1/requests/1/hold", 405),
    ] {
        let (status, answer) = site.api.get(path).await;
        assert_eq!(status, expected, "{path}: {answer}");
    }
    for verb in [
        "hold",
        "release",
        "start",
        "force-start",
        "skip",
        "delete-from-queue",
        "interrupt",
        "wake-up",
        "recover",
    ] {
        let (status, answer) = site.api.verb(1, verb).await;
        assert_eq!(status, 409, "{verb} of an ended request: {answer}");
    }
    let ids: Vec<i64> = (0..10_001).collect();
    let (status, answer) = site.api.post("/MonitorJob", json!({"BatchRequestIds": ids})).await;
    assert_eq!((status, &answer["field"]), (400, &json!("BatchRequestIds")), "{answer}");
    is_unchanged(&before, &stored(&site).await);
});
