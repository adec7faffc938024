//! No route answers a stranger, or a user without rights.

use axum::http::Method;
use serde_json::json;
use testkit::both_databases;

use super::document::{document, operations};
use super::world::World;

/// Routes that every user may call.
const FOR_EVERYBODY: &[(&str, &str)] = &[("GET", "/session")];

/// The path with numbers and names in the place of its parameters.
fn filled(path: &str) -> String {
    path.replace("{name}", "YEAR").replace("{sequence}", "1").replace("{id}", "1")
}

both_databases!(no_route_answers_strangers_or_users_without_rights, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    world.post("/stations", json!({"name": "OPCON"})).await.is(201);
    world
        .post("/alerts", json!({"kind": "warning", "text": "the disk is filling up"}))
        .await
        .is(201);
    world.post("/requests", json!({"application": "DEMO2", "job": "OK"})).await.is(201);
    let nobody = world.user("NOBODY", &[], false).await;
    let mut checked = 0;
    for (method, path, _) in operations(&document()) {
        let path_filled = filled(&path);
        let method_typed: Method = method.parse().unwrap();
        // With a body of any content: who may not call must not learn what is wrong with it.
        let body = (method == "POST" || method == "PUT").then(|| json!({}));
        for token in [None, Some("a-token-that-nobody-has"), Some("")] {
            let reply = world
                .call(method_typed.clone(), &path_filled, token, Some("*"), body.as_ref())
                .await;
            assert_eq!(reply.status, 401, "{method} {path}: {}", reply.text);
            assert_eq!(reply.body["code"], "unauthenticated", "{method} {path}");
        }
        if FOR_EVERYBODY.contains(&(method.as_str(), path.as_str())) {
            continue;
        }
        let body = sample(&method, &path);
        let reply =
            world.call(method_typed, &path_filled, Some(&nobody), Some("*"), body.as_ref()).await;
        assert!([403, 404].contains(&reply.status.as_u16()), "{method} {path}: {}", reply.text);
        checked += 1;
    }
    assert!(checked > 70, "{checked} routes only");
});

/// A body that would be accepted from a user who may.
fn sample(method: &str, path: &str) -> Option<serde_json::Value> {
    let (collection, verb) = match path.rsplit_once('/') {
        Some((head, tail)) if tail.starts_with('{') => (head, ""),
        Some((head, tail)) if head.ends_with("{id}") => (head, tail),
        _ => (path, ""),
    };
    let body = match (method, collection, verb) {
        ("POST", _, "set-password") => json!({"password": "a long enough password"}),
        ("POST", _, "activate-all" | "deactivate-all") => json!({"application": "DEMO2"}),
        ("POST", _, "answer") => json!({"answer": "Y"}),
        ("POST", _, "wake-up") => json!({"data": null}),
        ("POST", _, "messages") => json!({"text": "seen"}),
        ("POST", _, "task-values") => json!({"name": "YEAR", "value": "2026"}),
        ("PUT", _, _) if path.ends_with("/task-values/{name}") => json!({"value": "2026"}),
        ("PUT", "/requests", _) => json!({"queue": "DEFAULT"}),
        ("POST", "/requests", _) => json!({"application": "DEMO2", "job": "OK"}),
        (_, "/applications", _) => json!({"name": "PAYROLL", "base_path": "/srv/PAYROLL"}),
        (_, "/jobs", _) => json!({"application": "DEMO2", "name": "NEW", "kind": "report"}),
        (_, "/queues" | "/controllers" | "/roles" | "/users" | "/stations", "") => {
            json!({"name": "NEW"})
        }
        (_, "/alerts", "") => json!({"kind": "error", "text": "x"}),
        (_, "/schedules", "") => {
            json!({"name": "NEW", "application": "DEMO2", "job": "OK", "when": {"start_time": "06:00:00"}})
        }
        _ => return None,
    };
    (method == "POST" || method == "PUT").then_some(body)
}
