//! Each thing of the configuration from its creation to its end.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::both_databases;

use super::world::World;

/// Creates, reads, lists, changes and deletes one thing, and checks versions, doubles and unknown members on the way.
async fn life_cycle(world: &World, collection: &str, create: Value, change: Value) {
    let made = world.post(collection, create.clone()).await.is(201);
    let path = format!("{collection}/{}", made.id());
    assert_eq!(made.headers["location"], format!("/control/v1{path}"));
    let version = made.version();
    let next = version + 1;
    for (member, value) in create.as_object().unwrap() {
        if member != "password" {
            assert_eq!(&made.body[member], value, "{member} of {collection}");
        }
    }
    assert_eq!(world.get(&path).await.is(200).body, made.body);
    let listed = world.get(collection).await.is(200);
    assert!(listed.body["items"].as_array().unwrap().contains(&made.body), "{}", listed.text);
    if create.get("name").is_some() {
        let again = world.post(collection, create.clone()).await.is(409);
        assert!(again.text.contains("exists already"), "{}", again.text);
    }

    let absent =
        world.call(Method::PUT, &path, Some(&world.token), None, Some(&change)).await.is(428);
    assert_eq!(absent.body["code"], "version_required");
    world.put(&path, "x", change.clone()).await.refuses("If-Match", "not a version");
    let changed = world.put(&path, version, change.clone()).await.is(200);
    assert_eq!(changed.version(), next);
    for (member, value) in change.as_object().unwrap() {
        assert_eq!(&changed.body[member], value, "{member} of {collection}");
    }
    let stale = world.put(&path, version, change.clone()).await.is(409);
    assert!(stale.text.contains("read it again"), "{}", stale.text);
    assert_eq!(world.get(&path).await.is(200).body, changed.body);

    let mut unknown = change.clone();
    unknown["descriptoin"] = json!("x");
    let refused = world.put(&path, next, unknown).await.is(400);
    assert_eq!(refused.body["field"], "descriptoin");

    let stale = world
        .call(Method::DELETE, &path, Some(&world.token), Some(&format!("\"{version}\"")), None)
        .await;
    stale.is(409);
    world
        .call(Method::DELETE, &path, Some(&world.token), Some(&format!("\"{next}\"")), None)
        .await
        .is(204);
    world.get(&path).await.is(404);
    world.delete(&path).await.is(404);
    world.put(&path, next, change).await.is(404);
}

both_databases!(each_thing_lives_from_creation_to_deletion, |db| async move {
    let world = World::new(db).await;
    world.demo().await;
    let path = |name: &str| world.folder.path().join(name).to_str().unwrap().to_owned();
    life_cycle(
        &world,
        "/applications",
        json!({"name": "PAYROLL", "base_path": path("PAYROLL"), "settings": {"REGION": "EU"}}),
        json!({"name": "Payroll", "base_path": path("payroll"), "description": "pay", "script_path": "%APPROOT%/scripts"}),
    )
    .await;
    life_cycle(
        &world,
        "/queues",
        json!({"name": "NIGHT", "application": "DEMO2", "priority": "low", "concurrency": 2, "time_zone": "Europe/Berlin",
            "window": {"start": "22:00:00", "end": "06:00:00"}}),
        json!({"name": "Night", "application": null, "priority": "high", "window": null, "same_report_twice": true}),
    )
    .await;
    life_cycle(
        &world,
        "/jobs",
        json!({"application": "DEMO2", "name": "REPORTTEST01", "kind": "report", "queue": "DEFAULT", "arguments": ["-x", ""]}),
        json!({"application": "DEMO2", "name": "REPORTTEST02", "kind": "executable", "file": "r2", "run_as": "BATCH", "queue": null}),
    )
    .await;
    life_cycle(
        &world,
        "/controllers",
        json!({"name": "NODE2", "host": "host2"}),
        json!({"name": "NODE3", "host": "host3", "is_enabled": false}),
    )
    .await;
    life_cycle(
        &world,
        "/roles",
        json!({"name": "operators", "rights": ["submit", "monitor", "operate"], "jobs": {"DEMO2": ["OK"]}}),
        json!({"name": "Operators", "rights": ["monitor"], "shows_all_jobs": true, "jobs": {}}),
    )
    .await;
    life_cycle(
        &world,
        "/users",
        json!({"name": "ocadm", "full_name": "Op Con", "roles": ["Administrators"], "password": "not a secret at all"}),
        json!({"name": "OCADM", "email": "oc@example.org", "roles": [], "station": "OPCON", "is_approved": false}),
    )
    .await;
    life_cycle(
        &world,
        "/stations",
        json!({"name": "OPCON"}),
        json!({"name": "OpCon2", "description": "x"}),
    )
    .await;
    life_cycle(
        &world,
        "/alerts",
        json!({"kind": "error", "text": "a"}),
        json!({"kind": "information", "text": "b"}),
    )
    .await;
});

both_databases!(a_new_default_queue_takes_the_flag_from_the_old_one, |db| async move {
    let world = World::new(db).await;
    let (_, general, _) = world.demo().await;
    let own = |name: &str| json!({"name": name, "application": "DEMO2", "is_default": true});
    let first = world.post("/queues", own("A")).await.is(201).id();
    let second = world.post("/queues", own("B")).await.is(201).id();
    let is_default = |id: i64| {
        let world = &world;
        async move { world.get(&format!("/queues/{id}")).await.is(200).body["is_default"] == true }
    };
    assert!(is_default(general).await, "the general default is another one");
    assert!(!is_default(first).await && is_default(second).await);
    world.put(&format!("/queues/{first}"), "2", own("A")).await.is(200);
    assert!(is_default(first).await && !is_default(second).await);
    let catalog = world.server.catalog.get();
    assert_eq!(catalog.queues.iter().filter(|queue| queue.is_default).count(), 2);
});

both_databases!(what_is_in_use_is_not_deleted_and_the_refusal_says_by_whom, |db| async move {
    let world = World::new(db).await;
    let (application, queue, job) = world.demo().await;
    let request =
        world.post("/requests", json!({"application": "DEMO2", "job": "OK"})).await.is(201).id();
    let refused = |path: String, by: &'static str| {
        let world = &world;
        async move {
            let reply = world.delete(&path).await.is(409);
            assert!(reply.text.contains(by), "{}", reply.text);
        }
    };
    refused(format!("/applications/{application}"), "1 job, 1 live request").await;
    refused(format!("/queues/{queue}"), "1 live request").await;
    refused(format!("/jobs/{job}"), "1 live request").await;
    world.verb(&format!("/requests/{request}/delete-from-queue")).await.is(200);
    refused(format!("/queues/{queue}"), "1 ended request").await;
    world.delete(&format!("/requests/{request}")).await.is(204);
    world.delete(&format!("/jobs/{job}")).await.is(204);
    world.delete(&format!("/queues/{queue}")).await.is(204);
    world.delete(&format!("/applications/{application}")).await.is(204);
});

both_databases!(a_controller_goes_only_when_its_process_is_gone, |db| async move {
    let world = World::new(db).await;
    let id = world.post("/controllers", json!({"name": "NODE2"})).await.is(201).id();
    let path = format!("/controllers/{id}");
    world.post("/queues", json!({"name": "Q", "controllers": ["node2"]})).await.is(201);
    let lease = sql::to_micros(world.clock.advance(std::time::Duration::from_secs(1))) + 10_000_000;
    world
        .server
        .db
        .write(move |tx| {
            Box::pin(async move {
                let life = crate::store::controller::NewLife {
                    name: "NODE2".into(),
                    name_key: "NODE2".into(),
                    host: "h".into(),
                    instance: "somewhere".into(),
                    now: lease - 10_000_000,
                    lease_until: lease,
                };
                crate::store::controller::begin_life(tx, &life).await
            })
        })
        .await
        .unwrap();
    let alive = world.get(&path).await.is(200);
    assert_eq!((&alive.body["is_alive"], &alive.body["host"]), (&json!(true), &json!("h")));
    assert!(world.delete(&path).await.is(409).text.contains("is alive"));
    let renamed = json!({"name": "NODE9"});
    assert!(
        world
            .put(&path, alive.version(), renamed.clone())
            .await
            .is(409)
            .text
            .contains("cannot be renamed")
    );
    world.put(&path, alive.version(), json!({"name": "NODE2", "is_enabled": false})).await.is(200);
    world.clock.advance(std::time::Duration::from_secs(11));
    assert!(world.delete(&path).await.is(409).text.contains("the only one of the queues Q"));
    let queue = world.get("/queues").await.is(200).body["items"][0].clone();
    world.put(&format!("/queues/{}", queue["id"]), 1, json!({"name": "Q"})).await.is(200);
    world.delete(&path).await.is(204);
});

both_databases!(somebody_can_always_administer, |db| async move {
    let world = World::new(db).await;
    let admin = world.get("/users").await.is(200).body["items"][0].clone();
    let role = world.get("/roles").await.is(200).body["items"][0].clone();
    assert_eq!((&admin["name"], &admin["roles"]), (&json!("ADMIN"), &json!(["Administrators"])));
    let (user, role) = (format!("/users/{}", admin["id"]), format!("/roles/{}", role["id"]));
    let nobody = "nobody could administer";
    assert!(world.delete(&user).await.is(409).text.contains(nobody));
    assert!(world.delete(&role).await.is(409).text.contains(nobody));
    let version = &admin["version"];
    assert!(
        world
            .put(&user, version, json!({"name": "ADMIN", "roles": []}))
            .await
            .is(409)
            .text
            .contains(nobody)
    );
    assert!(
        world
            .put(&user, version, json!({"name": "ADMIN", "is_approved": false}))
            .await
            .is(409)
            .text
            .contains(nobody)
    );
    let weaker = json!({"name": "Administrators", "rights": ["monitor"]});
    assert!(world.put(&role, 1, weaker).await.is(409).text.contains(nobody));
    let second =
        json!({"name": "SECOND", "roles": ["administrators"], "password": "another long password"});
    world.post("/users", second).await.is(201);
    world.delete(&user).await.is(204);
    world.get("/users").await.is(401);
});

both_databases!(roles_list_jobs_one_by_one_and_all_at_once, |db| async move {
    let world = World::new(db).await;
    let (_, _, job) = world.demo().await;
    world
        .post("/jobs", json!({"application": "DEMO2", "name": "B", "kind": "report"}))
        .await
        .is(201);
    let token = world.user("CLERK", &["monitor", "submit"], false).await;
    let role = world.get("/roles").await.is(200).body["items"][1]["id"].clone();
    let jobs = |token: String| {
        let world = &world;
        async move {
            let reply = world.call(Method::GET, "/jobs", Some(&token), None, None).await.is(200);
            reply.body["items"].as_array().unwrap().len()
        }
    };
    assert_eq!(jobs(token.clone()).await, 0);
    let path = format!("/jobs/{job}");
    world.call(Method::GET, &path, Some(&token), None, None).await.is(404);
    let input = json!({"name": "role of CLERK", "rights": ["monitor", "submit"], "jobs": {"demo2": ["ok"]}});
    let listed = world.put(&format!("/roles/{role}"), "1", input).await.is(200);
    assert_eq!(listed.body["jobs"], json!({"DEMO2": ["OK"]}));
    assert_eq!(jobs(token.clone()).await, 1, "a change of a role counts at once");
    world.call(Method::GET, &path, Some(&token), None, None).await.is(200);
    let all = world
        .post(&format!("/roles/{role}/activate-all"), json!({"application": "DEMO2"}))
        .await
        .is(200);
    assert_eq!(all.body["jobs"], json!({"DEMO2": ["B", "OK"]}));
    assert_eq!(jobs(token.clone()).await, 2);
    world
        .post(&format!("/roles/{role}/deactivate-all"), json!({"application": "DEMO2"}))
        .await
        .is(200);
    assert_eq!(jobs(token.clone()).await, 0);
    world
        .post(&format!("/roles/{role}/activate-all"), json!({"application": "DEMO"}))
        .await
        .refuses("application", "did you mean `DEMO2`?");
});

both_databases!(queues_are_held_and_the_server_is_halted_by_operators, |db| async move {
    let world = World::new(db).await;
    let (_, queue, _) = world.demo().await;
    let held = world.verb(&format!("/queues/{queue}/hold")).await.is(200);
    assert_eq!((&held.body["is_held"], held.version()), (&json!(true), 2));
    let twice = world.verb(&format!("/queues/{queue}/hold")).await.is(200);
    assert_eq!(twice.version(), 2, "holding twice changes nothing");
    let changed =
        world.put(&format!("/queues/{queue}"), 2, json!({"name": "DEFAULT"})).await.is(200);
    assert_eq!(changed.body["is_held"], true, "a change leaves it held");
    assert_eq!(
        world.verb(&format!("/queues/{queue}/release")).await.is(200).body["is_held"],
        false
    );

    assert_eq!(world.get("/server-state").await.is(200).body["is_halted"], false);
    let halted = world.verb("/server-state/halt").await.is(200);
    assert_eq!(
        (&halted.body["is_halted"], &halted.body["halted_by"]),
        (&json!(true), &json!("ADMIN"))
    );
    assert!(world.server.catalog.get().is_halted);
    world.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(
        world.verb("/server-state/halt").await.is(200).body["halted_at"],
        halted.body["halted_at"]
    );
    assert_eq!(world.verb("/server-state/resume").await.is(200).body["halted_by"], Value::Null);
    assert!(!world.server.catalog.get().is_halted);
});

both_databases!(lists_are_read_in_pages, |db| async move {
    let world = World::new(db).await;
    for number in 0..5 {
        world.post("/stations", json!({"name": format!("S{number}")})).await.is(201);
    }
    let mut names = Vec::new();
    let mut next = "/stations?limit=2".to_owned();
    loop {
        let page = world.get(&next).await.is(200);
        let items = page.body["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        match page.body["next"].as_i64() {
            Some(after) => next = format!("/stations?limit=2&after={after}"),
            None => break,
        }
    }
    assert_eq!(names, ["S0", "S1", "S2", "S3", "S4"]);
    world.get("/stations?limit=0").await.refuses("limit", "out of range");
    world.get("/stations?limit=1001").await.refuses("limit", "out of range");
    world.get("/stations?limit=x").await.is(400);
    world.get("/stations?lmit=1").await.refuses("lmit", "did you mean `limit`?");
});

both_databases!(an_alert_is_acknowledged_once, |db| async move {
    let world = World::new(db).await;
    let id = world.post("/alerts", json!({"kind": "warning", "text": "look"})).await.is(201).id();
    let seen = world.verb(&format!("/alerts/{id}/acknowledge")).await.is(200);
    assert_eq!(seen.body["acknowledged_by"], "ADMIN");
    world.clock.advance(std::time::Duration::from_secs(5));
    assert_eq!(world.verb(&format!("/alerts/{id}/acknowledge")).await.is(200).body, seen.body);
    assert_eq!(world.get("/alerts?open=true").await.is(200).body["items"], json!([]));
    assert_eq!(world.get("/alerts").await.is(200).body["items"].as_array().unwrap().len(), 1);
    world
        .post("/alerts", json!({"kind": "warnin", "text": "x"}))
        .await
        .refuses("kind", "did you mean `warning`?");
    world
        .post("/alerts", json!({"kind": "error", "text": "x", "request_id": 77}))
        .await
        .refuses("request_id", "request 77 does not exist");
});

both_databases!(a_queue_lets_the_same_report_run_twice_unless_it_says_no, |db| async move {
    let world = World::new(db).await;
    let made = world.post("/queues", json!({"name": "LEFTOUT"})).await.is(201);
    assert_eq!(made.body["same_report_twice"], true);
    let strict = json!({"name": "STRICT", "same_report_twice": false});
    let made = world.post("/queues", strict).await.is(201);
    assert_eq!(made.body["same_report_twice"], false);
    let path = format!("/queues/{}", made.id());
    let changed = world.put(&path, made.version(), json!({"name": "STRICT"})).await.is(200);
    assert_eq!(changed.body["same_report_twice"], true, "a key that is left out has its default");
});
