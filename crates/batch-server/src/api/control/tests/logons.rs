//! Logon, lockout, tokens, and what they never show.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;
use testkit::both_databases;

use super::world::World;

const PASSWORD: &str = "correct horse battery";

async fn clerk(world: &World) -> i64 {
    let user = json!({"name": "CLERK", "roles": ["Administrators"], "password": PASSWORD});
    world.post("/users", user).await.is(201).id()
}

both_databases!(a_good_logon_gives_a_token_that_both_headers_take, |db| async move {
    let world = World::new(db).await;
    clerk(&world).await;
    let logon = world.logon("clerk", PASSWORD).await.is(200);
    let token = logon.body["AmtLogonToken"].as_str().unwrap().to_owned();
    assert_eq!(token.len(), 43);
    assert_eq!(logon.body["ExpiresInSeconds"], 8 * 3600);
    let me = world.call(Method::GET, "/session", Some(&token), None, None).await.is(200);
    assert_eq!(
        (&me.body["user"], me.body["rights"].as_array().unwrap().len()),
        (&json!("CLERK"), 9)
    );
    let bearer =
        Request::get("/control/v1/session").header("Authorization", format!("Bearer {token}"));
    world.raw(bearer.body(Body::empty()).unwrap()).await.is(200);
    let logoff = Request::post("/Logoff").header("X-AMT-LogonToken", &token);
    world.raw(logoff.body(Body::empty()).unwrap()).await.is(204);
    world.call(Method::GET, "/session", Some(&token), None, None).await.is(401);
});

both_databases!(whatever_is_wrong_the_refusal_is_the_same, |db| async move {
    let world = World::new(db).await;
    let id = clerk(&world).await;
    world.post("/users", json!({"name": "BATCH"})).await.is(201);
    let wrong = world.logon("CLERK", "wrong").await.is(401).text;
    for (user, password) in [
        ("CLERK", ""),
        ("CLERK", "   "),
        ("CLERK", "correct horse batterY"),
        ("NOBODY", PASSWORD),
        ("BATCH", ""),
        ("BATCH", "x"),
        ("", "x"),
        ("a\u{0}b", "x"),
        ("CLERK", &"x".repeat(5000)),
    ] {
        assert_eq!(world.logon(user, password).await.is(401).text, wrong, "{user:?}");
    }
    let version = world.get(&format!("/users/{id}")).await.version();
    world
        .put(&format!("/users/{id}"), version, json!({"name": "CLERK", "is_approved": false}))
        .await
        .is(200);
    assert_eq!(world.logon("CLERK", PASSWORD).await.is(401).text, wrong);
    world.verb(&format!("/users/{id}/approve")).await.is(200);
    world.logon("CLERK", PASSWORD).await.is(200);
});

both_databases!(five_failures_lock_a_user_out_until_it_is_unlocked, |db| async move {
    let world = World::new(db).await;
    let id = clerk(&world).await;
    let user = format!("/users/{id}");
    // A remembered password does not help.
    let token = world.logon("CLERK", PASSWORD).await.is(200).body["AmtLogonToken"]
        .as_str()
        .unwrap()
        .to_owned();
    for _ in 0..4 {
        world.logon("CLERK", "wrong").await.is(401);
    }
    world.logon("CLERK", PASSWORD).await.is(200);
    assert_eq!(world.get(&user).await.body["failed_logons"], 0, "a good logon clears the count");
    for failed in 1..=5 {
        world.logon("CLERK", "wrong").await.is(401);
        let now = world.get(&user).await.is(200);
        assert_eq!(
            (&now.body["failed_logons"], &now.body["is_locked_out"]),
            (&json!(failed), &json!(failed == 5))
        );
    }
    world.logon("CLERK", PASSWORD).await.is(401);
    world.clock.advance(Duration::from_secs(7 * 3600));
    world.logon("CLERK", PASSWORD).await.is(401);
    world.call(Method::GET, "/session", Some(&token), None, None).await.is(200);
    let unlocked = world.verb(&format!("{user}/unlock")).await.is(200);
    assert_eq!(
        (&unlocked.body["failed_logons"], &unlocked.body["is_locked_out"]),
        (&json!(0), &json!(false))
    );
    world.logon("CLERK", PASSWORD).await.is(200);
});

both_databases!(guessing_is_slowed_down_and_a_known_password_is_not, |db| async move {
    let world = World::new(db).await;
    for _ in 0..10 {
        world.logon("GHOST", "guess").await.is(401);
    }
    let limited = world.logon("GHOST", "guess").await.is(429);
    assert!(limited.headers.contains_key("retry-after"));
    world.clock.advance(Duration::from_secs(60));
    world.logon("GHOST", "guess").await.is(401);
});

both_databases!(a_token_ends_with_its_time_its_user_or_its_password, |db| async move {
    let world = World::new(db).await;
    let id = clerk(&world).await;
    let session = |token: String| {
        let world = &world;
        async move {
            world.call(Method::GET, "/session", Some(&token), None, None).await.status.as_u16()
        }
    };
    let token = world.token_of("CLERK").await;
    for _ in 0..3 {
        world.clock.advance(Duration::from_secs(8 * 3600));
        assert_eq!(session(token.clone()).await, 200, "each use makes it live on");
    }
    world.clock.advance(Duration::from_secs(8 * 3600 + 61));
    assert_eq!(session(token).await, 401);

    let admin = world.token_of("ADMIN").await;
    let verb = |path: String, body: Option<serde_json::Value>| {
        let (world, admin) = (&world, admin.clone());
        async move { world.call(Method::POST, &path, Some(&admin), None, body.as_ref()).await }
    };
    let token = world.token_of("CLERK").await;
    assert_eq!(session(token.clone()).await, 200);
    verb(format!("/users/{id}/log-off"), None).await.is(200);
    assert_eq!(session(token).await, 401);

    let token = world.token_of("CLERK").await;
    assert_eq!(session(token.clone()).await, 200);
    verb(format!("/users/{id}/set-password"), Some(json!({"password": "short"})))
        .await
        .refuses("password", "at least 12");
    verb(format!("/users/{id}/set-password"), Some(json!({"password": "a new long password"})))
        .await
        .is(200);
    assert_eq!(session(token).await, 401);
    world.logon("CLERK", PASSWORD).await.is(401);
    world.logon("CLERK", "a new long password").await.is(200);

    let token = world.token_of("CLERK").await;
    world.call(Method::DELETE, &format!("/users/{id}"), Some(&admin), None, None).await.is(204);
    assert_eq!(session(token).await, 401);
});

both_databases!(a_token_lives_as_long_as_its_requests, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    let request =
        world.post("/requests", json!({"application": "DEMO2", "job": "OK"})).await.is(201).id();
    world.clock.advance(Duration::from_secs(30 * 24 * 3600));
    let status = world.get(&format!("/requests/{request}")).await.is(200);
    assert_eq!(status.body["state"], "queued");
    world.verb(&format!("/requests/{request}/delete-from-queue")).await.is(200);
    world.clock.advance(Duration::from_secs(9 * 3600));
    world.get("/session").await.is(401);
});

both_databases!(calls_of_a_known_caller_do_not_touch_the_database, |db| async move {
    let world = World::new(db).await;
    world.get("/session").await.is(200);
    world.server.db.close().await;
    for _ in 0..20 {
        world.get("/session").await.is(200);
    }
    world.clock.advance(Duration::from_secs(6));
    world.get("/session").await.is(503);
});

both_databases!(a_verified_password_is_not_hashed_again, |db| async move {
    let world = World::new(db).await;
    clerk(&world).await;
    world.logon("CLERK", PASSWORD).await.is(200);
    // Nobody can hash any more, and who is remembered does not notice.
    world.server.auth.stop_hashing();
    world.clock.advance(Duration::from_secs(200));
    world.logon("CLERK", PASSWORD).await.is(200);
    world.logon("CLERK", "wrong").await.is(503);
    world.clock.advance(Duration::from_secs(301));
    world.logon("CLERK", PASSWORD).await.is(503);
});

both_databases!(secrets_are_in_no_answer, |db| async move {
    let world = World::new(db).await;
    let id = clerk(&world).await;
    let token = world.logon("CLERK", PASSWORD).await.is(200).body["AmtLogonToken"]
        .as_str()
        .unwrap()
        .to_owned();
    let admin = world.password.expose().to_owned();
    let mut seen = String::new();
    for path in ["/users", "/roles", "/session", &format!("/users/{id}")] {
        seen += &world.get(path).await.is(200).text;
    }
    seen +=
        &world.post("/users", json!({"name": "CLERK", "password": PASSWORD})).await.is(409).text;
    seen += &world.post("/users", json!({"name": 5, "password": PASSWORD})).await.is(400).text;
    seen += &world.post("/users", json!({"name": "X", "password": [PASSWORD]})).await.is(400).text;
    seen += &world
        .post(&format!("/users/{id}/set-password"), json!({"passwort": PASSWORD}))
        .await
        .is(400)
        .text;
    seen += &world.logon("CLERK", &format!("{PASSWORD}x")).await.is(401).text;
    seen += &format!("{:?}", world.server.auth);
    for secret in [PASSWORD, token.as_str(), admin.as_str(), "$argon2", "password_hash"] {
        assert!(!seen.contains(secret), "{secret} is in an answer");
    }
    let stored = world.get(&format!("/users/{id}")).await.is(200);
    assert_eq!((&stored.body["has_password"], stored.body.get("password")), (&json!(true), None));
});
