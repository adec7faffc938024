//! The OpenAPI document: committed, and complete.

use std::collections::BTreeSet;
use std::path::PathBuf;

use amt_protocol::{LIST_ITEMS_MAX, MONITOR_IDS_MAX, REQUEST_KEY_CHARS_MAX, WAIT_SECONDS_MAX};
use serde_json::Value;

use crate::api::openapi;

/// The nouns of the product with their collections. A noun that lacks one of the five says why.
const NOUNS: &[(&str, &str, &[&str], &str)] = &[
    ("application", "/applications", &[], ""),
    ("job definition", "/jobs", &[], ""),
    ("job queue", "/queues", &[], ""),
    ("controller", "/controllers", &[], ""),
    ("schedule", "/schedules", &[], ""),
    ("job request", "/requests", &[], ""),
    ("task value", "/requests/{id}/task-values", &[], ""),
    ("user", "/users", &[], ""),
    ("role", "/roles", &[], ""),
    ("station", "/stations", &[], ""),
    ("alert", "/alerts", &[], ""),
    (
        "message",
        "/requests/{id}/messages",
        &["change", "delete"],
        "a line of a job log is a record: it is not altered; a whole log is deleted",
    ),
    (
        "operator request",
        "/operator-requests",
        &["create", "change", "delete"],
        "only a job asks; it is changed by answering and taken away by cancelling",
    ),
];

/// Each verb has its own route.
const VERBS: &[(&str, &[&str])] = &[
    ("/queues/{id}", &["hold", "release"]),
    ("/roles/{id}", &["activate-all", "deactivate-all"]),
    ("/users/{id}", &["approve", "log-off", "set-password", "unlock"]),
    ("/alerts/{id}", &["acknowledge"]),
    ("/server-state", &["halt", "resume"]),
    ("/operator-requests/{id}", &["answer", "cancel"]),
    ("/schedules/{id}", &["enable", "disable", "run-now"]),
    (
        "/requests/{id}",
        &[
            "hold",
            "release",
            "start",
            "force-start",
            "skip",
            "delete-from-queue",
            "stop",
            "kill",
            "interrupt",
            "wake-up",
            "attach-debugger",
            "recover",
        ],
    ),
];

pub(super) fn document() -> Value {
    serde_json::from_str(&openapi::control_center()).expect("the document is JSON")
}

/// Method and path of every operation, without the base.
pub(super) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("a document has paths");
    let mut operations = Vec::new();
    for (path, item) in paths {
        let path = path.strip_prefix(super::super::BASE).expect("all paths are below the base");
        for (method, operation) in item.as_object().expect("an item is an object") {
            if ["get", "post", "put", "delete", "patch"].contains(&method.as_str()) {
                operations.push((method.to_uppercase(), path.to_owned(), operation.clone()));
            }
        }
    }
    operations
}

#[test]
fn the_committed_documents_are_those_of_the_code() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../openapi");
    let documents = [
        ("control-center.json", openapi::control_center()),
        ("amtopcon.json", openapi::amtopcon()),
    ];
    for (name, generated) in documents {
        let path = folder.join(name);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &generated).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == generated,
            "openapi/{name} is not current: run the test with UPDATE_DOCS=1"
        );
    }
}

#[test]
fn the_documents_speak_to_readers_without_the_code() {
    for text in [openapi::control_center(), openapi::amtopcon()] {
        for link in ["[`", "`]", "crate::", "amt-domain", "opcon-domain", "interface page"] {
            let line = text.lines().find(|line| line.contains(link));
            assert_eq!(line, None, "say it without `{link}`");
        }
    }
}

#[test]
fn the_limits_of_amtopcon_are_those_of_the_code() {
    let document: Value = serde_json::from_str(&openapi::amtopcon()).unwrap();
    let member = |schema: &str, member: &str, limit: &str| {
        let limit = &document["components"]["schemas"][schema]["properties"][member][limit];
        limit.as_u64().unwrap_or_else(|| panic!("{schema}.{member} has no limit"))
    };
    for (said, meant) in [
        (member("JobAction", "TaskValues", "maxItems"), LIST_ITEMS_MAX),
        (member("JobAction", "ScriptParameters", "maxItems"), LIST_ITEMS_MAX),
        (member("JobAction", "RequestKey", "maxLength"), REQUEST_KEY_CHARS_MAX),
        (member("MonitorRequest", "BatchRequestIds", "maxItems"), MONITOR_IDS_MAX),
        (member("MonitorRequest", "WaitSeconds", "maximum"), WAIT_SECONDS_MAX as usize),
    ] {
        assert_eq!(said, meant as u64);
    }
}

#[test]
fn every_noun_has_list_read_create_change_delete_and_every_verb_its_route() {
    let document = document();
    let there: BTreeSet<(String, String)> =
        operations(&document).into_iter().map(|(method, path, _)| (method, path)).collect();
    let has = |method: &str, path: &str| there.contains(&(method.to_owned(), path.to_owned()));
    for (noun, collection, without, why) in NOUNS {
        let item = there
            .iter()
            .map(|(_, path)| path)
            .find(|path| {
                path.strip_prefix(collection)
                    .is_some_and(|rest| rest.starts_with("/{") && rest.matches('/').count() == 1)
            })
            .unwrap_or_else(|| panic!("{noun} has no route for one"));
        for (what, method, path) in [
            ("list", "GET", *collection),
            ("create", "POST", *collection),
            ("read", "GET", item.as_str()),
            ("change", "PUT", item.as_str()),
            ("delete", "DELETE", item.as_str()),
        ] {
            let is_left_out = without.contains(&what);
            assert_eq!(has(method, path), !is_left_out, "{what} of {noun}: {method} {path}");
            assert!(!is_left_out || !why.is_empty(), "{noun} lacks {what} without a reason");
        }
    }
    for (item, verbs) in VERBS {
        for verb in *verbs {
            let path = format!("{item}/{verb}");
            assert!(has("POST", &path), "POST {path}");
        }
    }
    assert!(
        has("GET", "/requests/{id}/messages/follow") && has("DELETE", "/requests/{id}/messages")
    );
    assert!(has("GET", "/server-state") && has("GET", "/session"));
}

#[test]
fn every_operation_says_what_it_does_and_how_it_refuses() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let id = operation["operationId"]
            .as_str()
            .unwrap_or_else(|| panic!("{method} {path} has no id"));
        assert!(ids.insert(id.to_owned()), "{id} is used twice");
        assert!(operation["summary"].is_string(), "{method} {path} has no summary");
        assert!(
            operation["responses"]["default"].is_object(),
            "{method} {path} does not say how it refuses"
        );
        if method == "PUT" {
            let parameters = operation["parameters"].to_string();
            let is_value = path.ends_with("/task-values/{name}");
            assert!(
                is_value || parameters.contains("If-Match"),
                "{method} {path} takes no version"
            );
        }
    }
    assert!(ids.len() > 70, "{} operations only", ids.len());
}
