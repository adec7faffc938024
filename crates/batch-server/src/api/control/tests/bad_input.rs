//! Malformed, oversized, unknown and random input: a refusal that names the field, never a failure.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Map, Value, json};
use testkit::both_databases;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::document::{document, operations};
use super::world::World;

both_databases!(each_refused_value_is_named, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    let long = "x".repeat(5000);
    let cases = [
        ("/applications", json!({"base_path": "/srv/A"}), "name", "missing field"),
        ("/applications", json!({"name": "A/B", "base_path": "/srv/A"}), "name", "remove `/`"),
        ("/applications", json!({"name": "A", "base_path": "/srv/B"}), "base_path", "last folder"),
        (
            "/applications",
            json!({"name": "A", "base_path": "/srv/A", "extract_path": "%HOME%"}),
            "extract_path",
            "unknown variable",
        ),
        (
            "/applications",
            json!({"name": "A", "base_path": "/srv/A", "settings": {"A B": "1"}}),
            "settings",
            "letters, digits",
        ),
        (
            "/applications",
            json!({"name": "A", "base_path": "/srv/A", "settings": {"A": 1}}),
            "settings.A",
            "expected a string",
        ),
        ("/queues", json!({"name": ""}), "name", "empty"),
        ("/queues", json!({"name": "Q", "priority": "hihg"}), "priority", "did you mean `high`?"),
        (
            "/queues",
            json!({"name": "Q", "prioritty": "high"}),
            "prioritty",
            "did you mean `priority`?",
        ),
        ("/queues", json!({"name": "Q", "concurrency": 0}), "concurrency", "1 to 100000"),
        ("/queues", json!({"name": "Q", "concurrency": 1.5}), "concurrency", "floating point"),
        (
            "/queues",
            json!({"name": "Q", "window": {"start": "25:00", "end": "06:00"}}),
            "window.start",
            "",
        ),
        (
            "/queues",
            json!({"name": "Q", "window": {"start": "22:00"}}),
            "window.end",
            "missing field",
        ),
        ("/queues", json!({"name": "Q", "time_zone": "Mars/Base"}), "time_zone", "Mars/Base"),
        (
            "/queues",
            json!({"name": "Q", "time_zone": "UTC+1"}),
            "time_zone",
            "such as Europe/Amsterdam",
        ),
        (
            "/queues",
            json!({"name": "Q", "application": "DEMO3"}),
            "application",
            "did you mean `DEMO2`?",
        ),
        (
            "/queues",
            json!({"name": "Q", "controllers": ["NODE9"]}),
            "controllers[0]",
            "does not exist",
        ),
        (
            "/jobs",
            json!({"application": "DEMO2", "name": "J", "kind": "cobol"}),
            "kind",
            "unknown variant",
        ),
        (
            "/jobs",
            json!({"application": "DEMO2", "name": "J", "kind": "script", "file": "../x"}),
            "file",
            "remove `..`",
        ),
        (
            "/jobs",
            json!({"application": "DEMO2", "name": "J", "kind": "script", "queue": "DEFAUT"}),
            "queue",
            "did you mean",
        ),
        (
            "/jobs",
            json!({"application": "DEMO2", "name": "J", "kind": "script", "arguments": [long]}),
            "arguments[0]",
            "too long",
        ),
        ("/roles", json!({"name": "R", "rights": ["fly"]}), "rights[0]", "is not a right"),
        ("/roles", json!({"name": "R", "jobs": {"DEMO2": ["NOJOB"]}}), "jobs", "does not exist"),
        ("/users", json!({"name": "U", "roles": ["r"]}), "roles[0]", "does not exist"),
        ("/users", json!({"name": "U", "password": "short"}), "password", "at least 12"),
        ("/users", json!({"name": "U", "password": "                "}), "password", "too short"),
        ("/users", json!({"name": "U\u{0}"}), "name", "U+0000"),
        ("/stations", json!({"name": "S", "description": "\u{7}"}), "description", "U+0007"),
        ("/alerts", json!({"kind": "error", "text": ""}), "text", "empty"),
        ("/requests", json!({"application": "DEMO2", "job": "NOJOB"}), "body", "NOJOB"),
        ("/requests", json!({"application": "DEMO2"}), "body", ""),
    ];
    for (path, body, field, detail) in cases {
        world.post(path, body).await.refuses(field, detail);
    }
});

both_databases!(what_the_http_layer_refuses_is_a_problem_too, |db| async move {
    let world = World::new(db).await;
    let reply = world.get("/nothing").await.is(404);
    assert_eq!(reply.body["code"], "unknown_route");
    let reply = world.call(Method::PATCH, "/queues", Some(&world.token), None, None).await.is(405);
    assert_eq!(reply.body["code"], "method_not_allowed");
    assert!(reply.headers["allow"].to_str().unwrap().contains("GET"));
    for id in ["0", "-1", "abc", "99999999999999999999", "%00", "1%2F2"] {
        world.get(&format!("/queues/{id}")).await.is(404);
    }
    world.get("/stations?after=%00").await.refuses("query", "U+0000");
    let send = |kind: &'static str, body: Vec<u8>| {
        let request = Request::post("/control/v1/stations")
            .header("X-AMT-LogonToken", &world.token)
            .header("Content-Type", kind)
            .body(Body::from(body))
            .unwrap();
        world.raw(request)
    };
    send("text/plain", b"{}".to_vec()).await.is(415);
    for body in [
        &b""[..],
        b"{",
        b"{\"name\":\"a\"}}",
        b"\xff\xfe",
        b"{\"name\":\"\\ud800\"}",
        &vec![b'['; 100_000],
    ] {
        assert_eq!(send("application/json", body.to_vec()).await.is(400).body["code"], "malformed");
    }
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(3 << 20));
    assert_eq!(
        send("application/json", large.into_bytes()).await.is(413).body["code"],
        "too_large"
    );
    send("application/json; charset=utf-8", b"{\"name\":\"S\"}".to_vec()).await.is(201);
});

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.roll(if depth > 2 { 9 } else { 11 }) {
            0 => Value::Null,
            1 => json!(self.roll(2) == 0),
            2 => json!([0, 1, -1, i64::MAX, i64::MIN][self.roll(5)]),
            3 => json!([1e300, -0.5, 1e-300][self.roll(3)]),
            4 => json!(u64::MAX),
            5 => json!(
                ["", " ", "\0", "\u{1b}[31m", "a\nb", "é", "\u{202e}x", "%00", "..", "'; --"]
                    [self.roll(10)]
            ),
            6 => json!(
                ["DEMO2", "OK", "DEFAULT", "ADMIN", "report", "high", "error", "22:00:00", "UTC"]
                    [self.roll(9)]
            ),
            7 => json!("x".repeat(self.roll(6000))),
            8 => json!(
                [
                    "Administrators",
                    "monitor",
                    "2026-01-01T00:00:00Z",
                    "/srv/DEMO2",
                    "%APPROOT%/%X%"
                ][self.roll(5)]
            ),
            9 => (0..self.roll(4)).map(|_| self.value(depth + 1)).collect(),
            _ => Value::Object(
                (0..self.roll(4)).map(|_| (self.text(), self.value(depth + 1))).collect(),
            ),
        }
    }

    fn text(&mut self) -> String {
        ["", "name", "DEMO2", "a b", "\0", "version", "start"][self.roll(7)].to_owned()
    }
}

/// A body whose members are those of the schema, or nearly, with values of any kind.
fn any_body(dice: &mut Dice, document: &Value, operation: &Value) -> Option<Value> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let name = schema["$ref"].as_str()?.rsplit('/').next()?.to_owned();
    let known = document["components"]["schemas"][name]["properties"].as_object()?;
    if dice.roll(10) == 0 {
        return Some(dice.value(0));
    }
    let mut members = Map::new();
    for member in known.keys() {
        match dice.roll(5) {
            0 => {}
            _ => drop(members.insert(member.clone(), dice.value(0))),
        }
    }
    Some(Value::Object(members))
}

both_databases!(random_input_never_makes_the_server_fail, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    world.post("/requests", json!({"application": "DEMO2", "job": "OK"})).await.is(201);
    let document = document();
    let operations = operations(&document);
    let mut dice = Dice(0x5eed_0001);
    let (mut token, mut done, mut refused) = (world.token.clone(), 0, 0);
    for _ in 0..6 {
        for (method, path, operation) in &operations {
            if path.ends_with("/follow") {
                continue;
            }
            let id = ["1", "2", "3", "99", "-1", "x"][dice.roll(6)];
            let mut path = path
                .replace("{id}", id)
                .replace("{sequence}", id)
                .replace("{name}", ["YEAR", "a%20b", "%00"][dice.roll(3)]);
            if method == "GET" && dice.roll(2) == 0 {
                path += [
                    "?limit=2",
                    "?limit=-5",
                    "?after=x",
                    "?state=held&code=5",
                    "?x=%ff",
                    "?since=1",
                    "?open=1",
                ][dice.roll(7)];
            }
            let version = ["*", "\"1\"", "x", "\"99999999999999999999\""][dice.roll(4)];
            let body = any_body(&mut dice, &document, operation);
            let reply = world
                .call(method.parse().unwrap(), &path, Some(&token), Some(version), body.as_ref())
                .await;
            assert!(reply.status.as_u16() < 500, "{method} {path} {body:?}: {}", reply.text);
            if reply.status.is_client_error() {
                assert_eq!(
                    reply.headers["content-type"], "application/problem+json",
                    "{method} {path}"
                );
                refused += 1;
            } else {
                done += 1;
            }
            if reply.status == 401 {
                // Somebody has ended the session, as the verbs can.
                token = world.token_of("ADMIN").await;
            }
        }
    }
    assert!(done > 50 && refused > 200, "{done} done, {refused} refused");
    world
        .server
        .db
        .read(|tx| Box::pin(async move { crate::store::server_state::get(tx).await }))
        .await
        .unwrap();
});

both_databases!(the_router_answers_over_a_real_connection, |db| async move {
    let world = World::new(db).await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = axum::serve(listener, world.router.clone());
    let calling = async {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET /control/v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let answer = tokio::select! {
        answer = calling => answer,
        ended = async { serving.await } => panic!("the server has ended: {ended:?}"),
    };
    assert!(
        answer.starts_with("HTTP/1.1 401 ") && answer.contains("www-authenticate: Bearer"),
        "{answer}"
    );
    assert!(answer.contains("application/problem+json"), "{answer}");
});
