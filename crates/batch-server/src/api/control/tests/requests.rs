//! Requests, their messages, task values and questions.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::both_databases;

use super::world::World;
use crate::store::operator_request;

async fn submit(world: &World) -> i64 {
    world.post("/requests", json!({"application": "DEMO2", "job": "OK"})).await.is(201).id()
}

both_databases!(a_waiting_request_is_moved_held_started_and_taken_away, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    world.post("/queues", json!({"name": "OTHER"})).await.is(201);
    world.application("ELSE").await;
    world.post("/queues", json!({"name": "FOREIGN", "application": "ELSE"})).await.is(201);
    let id = submit(&world).await;
    let path = format!("/requests/{id}");
    let made = world.get(&path).await.is(200);
    assert_eq!(
        (&made.body["state"], &made.body["code"], &made.body["status"]),
        (&json!("queued"), &json!(1), &json!("QUEUED"))
    );
    assert_eq!(
        (&made.body["queue"], &made.body["run_as"], &made.body["file"]),
        (&json!("DEFAULT"), &json!("BATCH"), &json!("OK.sh"))
    );
    assert_eq!(
        made.body["can"],
        json!(["hold", "start", "force-start", "delete-from-queue", "stop", "kill"])
    );

    world
        .put(&path, made.version(), json!({"queue": "OTHR"}))
        .await
        .refuses("queue", "did you mean `OTHER`?");
    world
        .put(&path, made.version(), json!({"queue": "FOREIGN"}))
        .await
        .refuses("queue", "does not serve");
    let moved = world.put(&path, made.version(), json!({"queue": "other"})).await.is(200);
    assert_eq!((&moved.body["queue"], moved.version()), (&json!("OTHER"), made.version() + 1));
    world.put(&path, made.version(), json!({"queue": "DEFAULT"})).await.is(409);

    let held = world.verb(&format!("{path}/hold")).await.is(200);
    assert_eq!((&held.body["state"], &held.body["code"]), (&json!("held"), &json!(0)));
    world.verb(&format!("{path}/skip")).await.is(409);
    assert_eq!(world.verb(&format!("{path}/release")).await.is(200).body["code"], 1);
    assert_eq!(world.verb(&format!("{path}/start")).await.is(200).body["start_kind"], "manual");
    world.verb("/server-state/halt").await.is(200);
    world.verb(&format!("{path}/start")).await.is(409);
    assert_eq!(
        world.verb(&format!("{path}/force-start")).await.is(200).body["start_kind"],
        "forced"
    );
    world.verb(&format!("{path}/interrupt")).await.is(409);
    world.verb(&format!("{path}/attach-debugger")).await.is(409);
    world.verb(&format!("{path}/recover")).await.is(409);
    world.post(&format!("{path}/wake-up"), json!({})).await.is(409);
    assert_eq!(world.verb(&format!("{path}/kill")).await.is(200).body["code"], 3);
    assert_eq!(
        world.verb(&format!("{path}/kill")).await.is(200).body["code"],
        3,
        "killing twice is no error"
    );
    world.put(&path, "7", json!({"queue": "DEFAULT"})).await.is(409);
    world.delete(&path).await.is(204);
    world.get(&path).await.is(404);
    world.delete(&path).await.is(404);

    let second = submit(&world).await;
    world.delete(&format!("/requests/{second}")).await.is(204);
    assert_eq!(world.get(&format!("/requests/{second}")).await.is(200).body["code"], 10);
});

both_databases!(requests_are_found_by_what_operators_look_for, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    world.post("/queues", json!({"name": "OTHER"})).await.is(201);
    let first = submit(&world).await;
    world.clock.advance(std::time::Duration::from_secs(60));
    let since = world.clock.advance(std::time::Duration::from_secs(60)).to_string();
    let held = submit(&world).await;
    world.verb(&format!("/requests/{held}/hold")).await.is(200);
    let other =
        json!({"application": "DEMO2", "script": "OK.sh", "job": "LABEL", "queue": "OTHER"});
    let other = world.post("/requests", other).await.is(201).id();
    let missing =
        world.post("/requests", json!({"application": "DEMO2", "script": "NO.sh"})).await.is(201);
    assert_eq!(
        (&missing.body["code"], &missing.body["description"]),
        (&json!(11), &json!("File not found"))
    );
    let missing = missing.id();
    let found = |query: String| {
        let world = &world;
        async move {
            let reply = world.get(&format!("/requests?{query}")).await.is(200);
            reply.body["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].as_i64().unwrap())
                .collect::<Vec<_>>()
        }
    };
    for (query, expected) in [
        ("", vec![missing, other, held, first]),
        ("order=oldest", vec![first, held, other, missing]),
        ("state=held", vec![held]),
        ("state=ended", vec![missing]),
        ("code=11", vec![missing]),
        ("code=1", vec![other, first]),
        ("code=4", vec![]),
        ("queue=other", vec![other]),
        ("application=demo2&job=LABEL", vec![other]),
        ("job=OK&order=oldest", vec![first, held]),
        ("limit=1", vec![missing]),
        ("parent_id=1", vec![]),
    ] {
        assert_eq!(found(query.to_owned()).await, expected, "{query}");
    }
    assert_eq!(found(format!("since={since}&order=oldest")).await, [held, other, missing]);
    assert_eq!(found(format!("until={since}")).await, [first]);
    assert_eq!(found(format!("after={held}")).await, [first]);
    assert_eq!(found(format!("after={held}&order=oldest")).await, [other, missing]);
    world.get("/requests?state=runing").await.refuses("state", "did you mean `running`?");
    world.get("/requests?code=77").await.refuses("code", "no completion code");
    world.get("/requests?queue=OTHR").await.refuses("queue", "did you mean `OTHER`?");
    world.get("/requests?since=yesterday").await.is(400);
});

both_databases!(a_role_sees_its_jobs_and_what_it_has_submitted, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    let theirs = submit(&world).await;
    let token = world
        .user("CLERK", &["monitor", "submit", "kill", "operate", "read_messages"], false)
        .await;
    let call = |method: Method, path: String, body: Option<Value>| {
        let (world, token) = (&world, token.clone());
        async move { world.call(method, &path, Some(&token), None, body.as_ref()).await }
    };
    assert_eq!(call(Method::GET, "/requests".into(), None).await.is(200).body["items"], json!([]));
    for path in ["", "/messages", "/task-values"] {
        call(Method::GET, format!("/requests/{theirs}{path}"), None).await.is(404);
    }
    call(Method::POST, format!("/requests/{theirs}/kill"), None).await.is(404);
    let start = json!({"application": "DEMO2", "job": "OK"});
    let unlisted = call(Method::POST, "/requests".into(), Some(start.clone())).await.is(400);
    assert!(unlisted.text.contains("does not exist"), "{}", unlisted.text);
    let role = world.get("/roles").await.body["items"][1].clone();
    world
        .post(&format!("/roles/{}/activate-all", role["id"]), json!({"application": "DEMO2"}))
        .await
        .is(200);
    call(Method::POST, "/requests".into(), Some(start)).await.is(201);
    assert_eq!(
        call(Method::GET, "/requests".into(), None).await.is(200).body["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    call(Method::POST, format!("/requests/{theirs}/kill"), None).await.is(200);
});

both_databases!(remarks_are_noted_in_the_job_log_and_followed, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    let id = submit(&world).await;
    let path = format!("/requests/{id}/messages");
    world.post(&path, json!({"text": " "})).await.refuses("text", "empty");
    world.post(&path, json!({"text": "a\nb"})).await.refuses("text", "one line");
    let made = world.post(&path, json!({"text": "called the owner"})).await.is(201);
    let sequence = made.body["sequence"].as_i64().unwrap();
    assert_eq!(made.headers["location"], format!("/control/v1{path}/{sequence}"));
    assert_eq!(made.body["text"], "ADMIN: called the owner");
    assert_eq!(world.get(&format!("{path}/{sequence}")).await.is(200).body, made.body);
    world.get(&format!("{path}/{}", sequence + 1)).await.is(404);
    let page = world.get(&path).await.is(200);
    assert_eq!(
        (&page.body["items"], &page.body["is_complete"]),
        (&json!([made.body]), &json!(false))
    );
    world.delete(&path).await.is(409);
    world.verb(&format!("/requests/{id}/delete-from-queue")).await.is(200);
    // The request is over, so the stream ends.
    let stream = world.get(&format!("{path}/follow")).await;
    assert_eq!(stream.headers["content-type"], "text/event-stream");
    assert!(
        stream.text.contains("called the owner") && stream.text.contains("event: complete"),
        "{}",
        stream.text
    );
    world.delete(&path).await.is(204);
    assert_eq!(world.get(&path).await.is(200).body["items"], json!([]));
});

both_databases!(task_values_are_kept_by_key, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    let id = submit(&world).await;
    let path = format!("/requests/{id}/task-values");
    let made = world.post(&path, json!({"name": "year", "value": "2026"})).await.is(201);
    assert_eq!(made.body, json!({"name": "YEAR", "value": "2026"}));
    assert_eq!(made.headers["location"], format!("/control/v1{path}/YEAR"));
    world.post(&path, json!({"name": "YEAR", "value": "2027"})).await.is(409);
    world.post(&path, json!({"name": "no good", "value": "1"})).await.is(400);
    let change = world
        .call(
            Method::PUT,
            &format!("{path}/Year"),
            Some(&world.token),
            None,
            Some(&json!({"value": "2027"})),
        )
        .await;
    assert_eq!(change.is(200).body["value"], "2027");
    assert_eq!(world.get(&format!("{path}/year")).await.is(200).body["value"], "2027");
    assert_eq!(world.get(&path).await.is(200).body["items"].as_array().unwrap().len(), 1);
    world.get(&format!("{path}/MONTH")).await.is(404);
    world.delete(&format!("{path}/YEAR")).await.is(204);
    world.delete(&format!("{path}/YEAR")).await.is(404);
    world.verb(&format!("/requests/{id}/delete-from-queue")).await.is(200);
    world.post(&path, json!({"name": "YEAR", "value": "1"})).await.is(409);
});

both_databases!(questions_are_answered_once_or_withdrawn, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    let id = submit(&world).await;
    let now = sql::to_micros(kit::Clock::now(&world.clock));
    let asked = world
        .server
        .db
        .write(move |tx| {
            Box::pin(async move {
                let first = operator_request::open(tx, id, "c1", "which year?", now, None).await?;
                let second =
                    operator_request::open(tx, id, "c2", "which month?", now, Some(now + 1))
                        .await?;
                Ok::<_, sql::Error>([first.id, second.id])
            })
        })
        .await
        .unwrap();
    let open = world.get("/operator-requests?open=true").await.is(200);
    assert_eq!(open.body["items"].as_array().unwrap().len(), 2);
    assert_eq!(open.body["items"][0]["text"], "which year?");
    let [first, second] = asked.map(|id| format!("/operator-requests/{id}"));
    world
        .post(&format!("{first}/answer"), json!({"answer": "a\nb"}))
        .await
        .refuses("answer", "one line");
    let answered = world.post(&format!("{first}/answer"), json!({"answer": "2026"})).await.is(200);
    assert_eq!(
        (&answered.body["state"], &answered.body["answered_by"]),
        (&json!("answered"), &json!("ADMIN"))
    );
    world.post(&format!("{first}/answer"), json!({"answer": "2027"})).await.is(409);
    assert_eq!(world.verb(&format!("{second}/cancel")).await.is(200).body["state"], "cancelled");
    assert_eq!(world.get(&first).await.is(200).body["answer"], "2026");
    assert_eq!(world.get("/operator-requests?open=true").await.body["items"], json!([]));
    assert_eq!(world.get("/operator-requests").await.body["items"].as_array().unwrap().len(), 2);
    let stranger = world.user("CLERK", &["monitor", "operate"], false).await;
    let hidden =
        world.call(Method::GET, "/operator-requests", Some(&stranger), None, None).await.is(200);
    assert_eq!(hidden.body["items"], json!([]));
    world.call(Method::GET, &first, Some(&stranger), None, None).await.is(404);
});

both_databases!(a_request_key_is_remembered_so_its_request_stays, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    let start = json!({"application": "DEMO2", "job": "OK", "request_key": "k-1"});
    let id = world.post("/requests", start.clone()).await.is(201).id();
    assert_eq!(world.post("/requests", start).await.is(201).id(), id);
    world.verb(&format!("/requests/{id}/delete-from-queue")).await.is(200);
    assert!(world.delete(&format!("/requests/{id}")).await.is(409).text.contains("request key"));
});
