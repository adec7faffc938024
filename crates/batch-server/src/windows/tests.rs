use std::sync::Arc;

use kit::Pass;

use super::*;
use crate::planner::world::{World, open};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn pass(world: &World) -> Report {
    Windows(Arc::clone(&world.server)).run().await.unwrap()
}

async fn state(world: &World, id: i64) -> (String, i64) {
    let request = world.request(id).await.unwrap();
    (request.state, request.version)
}

testkit::both_databases!(requests_move_when_their_queue_opens_and_closes, |db| async move {
    let world = open(db).await;
    let id = world.submit("NIGHTLY", |action, _| action.queue_name = Some("NIGHT".into())).await;
    assert_eq!(state(&world, id).await, ("window".into(), 1));
    let shut = pass(&world).await;
    assert_eq!((shut.handled, shut.next), (0, Next::At(at("2026-11-23T22:00:00Z"))));

    world.set_clock("2026-11-23T22:00:00Z");
    let (watch, cursor) = (world.server.hub.watch(id), world.server.hub.cursor().to_string());
    let opened = pass(&world).await;
    assert_eq!((opened.handled, opened.next), (1, Next::At(at("2026-11-24T06:00:00Z"))));
    assert_eq!(state(&world, id).await, ("queued".into(), 2));
    watch.changed().await;
    assert_eq!(world.server.hub.since(&cursor), crate::hub::Changes::Of([id].into()));

    world.set_clock("2026-11-24T06:00:00Z");
    assert_eq!(pass(&world).await.handled, 1);
    assert_eq!(state(&world, id).await, ("window".into(), 3));
    assert_eq!(pass(&world).await.handled, 0);
});

testkit::both_databases!(what_an_operator_has_started_stays, |db| async move {
    let world = open(db).await;
    let id = world
        .submit("NIGHTLY", |action, origin| {
            action.queue_name = Some("NIGHT".into());
            origin.start_by = Some(sql::to_micros(at("2026-11-23T06:10:00Z")));
        })
        .await;
    crate::operate::start_manual(&world.server, &world.administrator(), id).await.unwrap();
    world.set_clock("2026-11-23T07:00:00Z");
    let report = pass(&world).await;
    assert_eq!(report.handled, 0);
    assert_eq!(
        report.next,
        Next::At(at("2026-11-23T22:00:00Z")),
        "its start_by must not be waited for"
    );
    assert_eq!(world.request(id).await.unwrap().start_kind, "manual");
});

testkit::both_databases!(a_request_that_misses_its_start_is_suspended, |db| async move {
    let world = open(db).await;
    let start_by = at("2026-11-23T06:10:00Z");
    let late = |queue: &'static str| {
        move |action: &mut amt_protocol::JobAction, origin: &mut crate::submit::Origin| {
            action.queue_name = Some(queue.into());
            origin.start_by = Some(sql::to_micros(start_by));
        }
    };
    let queued = world.submit("NIGHTLY", late("GENERAL")).await;
    let outside = world.submit("NIGHTLY", late("NIGHT")).await;
    let without = world.submit("NIGHTLY", |_, _| {}).await;
    assert_eq!(pass(&world).await.next, Next::At(start_by));
    world.set_clock("2026-11-23T06:10:00Z");
    assert_eq!(pass(&world).await.handled, 2);
    for (id, expected) in [(queued, "suspended"), (outside, "suspended"), (without, "queued")] {
        assert_eq!(state(&world, id).await.0, expected, "{id}");
    }
    let alerts = world
        .server
        .db
        .read(|tx| Box::pin(async move { alert::page(tx, 0, 10, true).await }))
        .await
        .unwrap();
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].text, "2 requests were not started in time: start or skip request 1, 2");
});

testkit::both_databases!(a_window_that_cannot_be_read_keeps_its_queue_closed, |db| async move {
    let world = open(db).await;
    let mut queue = world
        .server
        .catalog
        .get()
        .queues
        .iter()
        .find(|queue| queue.name == "NIGHT")
        .unwrap()
        .clone();
    assert!(is_open(&queue, at("2026-11-23T23:00:00Z")));
    queue.time_zone = "Nowhere".into();
    assert!(!is_open(&queue, at("2026-11-23T23:00:00Z")));
    queue.window_start = None;
    assert!(is_open(&queue, at("2026-11-23T12:00:00Z")));
});

#[test]
fn an_alert_names_some_of_many() {
    assert_eq!(missed(&[7]), "1 request was not started in time: start or skip request 7");
    let many: Vec<i64> = (1..=12).collect();
    assert!(missed(&many).ends_with("9, 10, …"));
}
