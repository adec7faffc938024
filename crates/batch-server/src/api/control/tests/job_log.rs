//! Reading and following job logs through both interfaces.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use futures_util::StreamExt as _;
use serde_json::json;
use testkit::both_databases;
use tower::ServiceExt as _;

use super::world::{Reply, World};
use crate::store::message;

/// The longest that anything here may take.
const LIMIT: Duration = Duration::from_mins(1);
const MIB: usize = 1024 * 1024;

/// A request that waits, with messages of these lengths.
async fn request(world: &World, lengths: &[usize]) -> i64 {
    let submitted = world.post("/requests", json!({"application": "DEMO2", "job": "OK"})).await;
    let id = submitted.is(201).id();
    let messages: Vec<_> = lengths.iter().map(|length| (0, "O", "x".repeat(*length))).collect();
    let stored = world.server.db.write(move |tx| {
        let messages = messages.clone();
        Box::pin(async move { message::append(tx, id, id, &messages).await })
    });
    stored.await.unwrap();
    id
}

fn get(path: &str, token: &str, accept: &str) -> Request<Body> {
    let request = Request::get(path).header("X-AMT-LogonToken", token).header("Accept", accept);
    request.body(Body::empty()).unwrap()
}

async fn messages(world: &World, id: i64, after: i64, accept: &str) -> Reply {
    let path = format!("/GetMessages?BatchRequestId={id}&After={after}&Limit=10000");
    world.raw(get(&path, &world.token, accept)).await.is(200)
}

both_databases!(a_page_ends_after_its_bytes_and_says_where_to_go_on, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    let id = request(&world, &[MIB; 7]).await;
    let (mut after, mut sizes) = (0, Vec::new());
    for _ in 0..3 {
        let page = messages(&world, id, after, "application/json").await.body;
        assert_eq!(page["Complete"], false, "it still waits");
        sizes.push(page["Messages"].as_array().unwrap().len());
        after = page["Last"].as_i64().unwrap();
    }
    assert_eq!((sizes, after), (vec![4, 3, 0], 7));
    let log = format!("/requests/{id}/messages");
    let first = world.get(&log).await.is(200).body;
    assert_eq!((first["items"].as_array().unwrap().len(), &first["next"]), (4, &json!(4)));
    let second = world.get(&format!("{log}?after=4")).await.is(200).body;
    assert_eq!((second["items"].as_array().unwrap().len(), &second["next"]), (3, &json!(null)));
    world.verb(&format!("/requests/{id}/delete-from-queue")).await.is(200);
    for (after, complete) in [(0, false), (4, true)] {
        let page = messages(&world, id, after, "application/json").await.body;
        assert_eq!(page["Complete"], complete, "after {after}");
    }
});

both_databases!(plain_lines_come_all_since_they_cannot_say_that_there_are_more, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    let id = request(&world, &[MIB; 7]).await;
    let all = messages(&world, id, 0, "text/plain").await;
    assert_eq!(all.text.lines().map(str::len).collect::<Vec<_>>(), [MIB; 7]);
    let path = format!("/GetMessages?BatchRequestId={id}&Limit=5");
    let five = world.raw(get(&path, &world.token, "text/plain")).await.is(200);
    assert_eq!(five.text.lines().count(), 5, "the limit holds over the parts");
});

/// Gives the user CLERK these properties.
async fn set_clerk(world: &World, clerk: serde_json::Value) {
    let users = world.get("/users").await.is(200).body;
    let users = users["items"].as_array().unwrap();
    let stored = users.iter().find(|user| user["name"] == "CLERK").unwrap();
    world.put(&format!("/users/{}", stored["id"]), &stored["version"], clerk).await.is(200);
}

fn clerk() -> serde_json::Value {
    json!({"name": "CLERK", "roles": ["role of CLERK"]})
}

async fn log_off(world: &World, token: &str) {
    let request = Request::post("/Logoff").header("X-AMT-LogonToken", token);
    world.raw(request.body(Body::empty()).unwrap()).await.is(204);
}

both_databases!(who_may_not_read_any_more_does_not_follow_any_more, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    let id = request(&world, &[1]).await;
    world.user("CLERK", &["monitor", "read_messages"], true).await;
    let without_roles = json!({"name": "CLERK", "roles": []});
    let not_approved = json!({"name": "CLERK", "is_approved": false});
    let losses = [
        (None, "unauthenticated"),
        (Some(without_roles), "forbidden"),
        (Some(not_approved), "unauthenticated"),
    ];
    for route in [
        format!("/GetMessages?BatchRequestId={id}&Follow=true"),
        format!("/control/v1/requests/{id}/messages/follow"),
    ] {
        for (loss, code) in &losses {
            set_clerk(&world, clerk()).await;
            let token = world.token_of("CLERK").await;
            let answer = world.router.clone().oneshot(get(&route, &token, "text/event-stream"));
            let answer = answer.await.unwrap();
            assert_eq!(answer.status(), 200, "{route}");
            let mut stream = answer.into_body().into_data_stream();
            let mut next = async || {
                let chunk = tokio::time::timeout(LIMIT, stream.next()).await.expect("no event");
                chunk.map(|chunk| String::from_utf8(chunk.unwrap().to_vec()).unwrap())
            };
            let first = next().await.unwrap();
            assert!(first.contains("id: 1\n") && first.contains("event: message\n"), "{first}");
            match loss {
                None => log_off(&world, &token).await,
                Some(changed) => set_clerk(&world, changed.clone()).await,
            }
            let mut rest = String::new();
            while let Some(chunk) = next().await {
                rest += &chunk;
            }
            assert!(rest.contains("event: error\n") && rest.contains(code), "{route}: {rest}");
        }
    }
});
