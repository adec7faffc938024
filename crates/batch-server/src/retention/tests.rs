use std::sync::Arc;
use std::time::Duration;

use kit::Pass;

use super::*;
use crate::planner::world::{World, open};
use crate::store::{alert, message};
use crate::submit::Parent;

async fn pass(world: &World) -> usize {
    Retention::new(Arc::clone(&world.server)).run().await.unwrap().handled
}

fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

async fn messages(world: &World, root: i64) -> usize {
    let found = world
        .server
        .db
        .read(move |tx| Box::pin(async move { message::of_root(tx, root, 0, 100).await }))
        .await;
    found.unwrap().len()
}

testkit::both_databases!(ended_requests_go_with_their_messages_after_their_days, |db| async move {
    let world = open(db).await;
    // A missing file ends a request at once, with two messages.
    let old = world.submit("GONE", |_, _| {}).await;
    let waiting = world.submit("NIGHTLY", |_, _| {}).await;
    assert_eq!(messages(&world, old).await, 2);
    world.clock.advance(days(29));
    let young = world.submit("GONE", |_, _| {}).await;
    assert_eq!(pass(&world).await, 0);
    world.clock.advance(days(2));
    assert_eq!(pass(&world).await, 1);
    assert!(world.request(old).await.is_none());
    assert_eq!(messages(&world, old).await, 0);
    assert!(world.request(young).await.is_some() && world.request(waiting).await.is_some());
    assert_eq!(messages(&world, young).await, 2);
});

testkit::both_databases!(a_family_goes_when_its_last_member_may_go, |db| async move {
    let world = open(db).await;
    let parent = world.submit("GONE", |_, _| {}).await;
    let of = |id| Some(Parent { id, root_id: parent });
    let child = world.submit("GONE", |_, origin| origin.parent = of(parent)).await;
    let grandchild = world.submit("NIGHTLY", |_, origin| origin.parent = of(child)).await;
    world.clock.advance(days(31));
    assert_eq!(pass(&world).await, 0, "the grandchild still waits");
    crate::operate::delete(&world.server, &world.administrator(), grandchild).await.unwrap();
    world.clock.advance(days(29));
    assert_eq!(pass(&world).await, 0, "the grandchild has ended 29 days ago");
    assert!(messages(&world, parent).await > 0);
    world.clock.advance(days(2));
    assert_eq!(pass(&world).await, 3);
    assert_eq!(messages(&world, parent).await, 0);
});

testkit::both_databases!(a_request_key_is_remembered_for_its_days, |db| async move {
    let world = open(db).await;
    let mut options = world.server.options.clone();
    options.retention.requests_days = 1;
    options.retention.messages_days = 1;
    let server = crate::run::build(options, world.clock.shared()).await.unwrap();
    let id = world.submit("GONE", |action, _| action.request_key = Some("once".into())).await;
    let again = |world: &World| {
        let server = Arc::clone(&server);
        let _ = world;
        async move { Retention::new(server).run().await.unwrap().handled }
    };
    world.clock.advance(days(6));
    assert_eq!(again(&world).await, 0);
    assert!(world.request(id).await.is_some());
    world.clock.advance(days(2));
    assert_eq!(again(&world).await, 1);
    assert!(world.request(id).await.is_none());
});

testkit::both_databases!(messages_can_go_before_their_request, |db| async move {
    let world = open(db).await;
    let mut options = world.server.options.clone();
    options.retention.messages_days = 2;
    let server = crate::run::build(options, world.clock.shared()).await.unwrap();
    let id = world.submit("GONE", |_, _| {}).await;
    world.clock.advance(days(3));
    Retention::new(server).run().await.unwrap();
    assert_eq!(messages(&world, id).await, 0);
    assert!(world.request(id).await.is_some());
});

testkit::both_databases!(acknowledged_alerts_go_and_open_ones_stay, |db| async move {
    let world = open(db).await;
    let now = sql::to_micros(world.server.clock.now());
    let ids = world
        .server
        .db
        .write(move |tx| {
            Box::pin(async move {
                let seen = alert::raise(tx, "error", "seen", None, now).await?;
                let open = alert::raise(tx, "error", "open", None, now).await?;
                alert::acknowledge(tx, seen, "ADMIN", now).await?;
                Ok::<_, sql::Error>((seen, open))
            })
        })
        .await
        .unwrap();
    world.clock.advance(days(31));
    assert_eq!(pass(&world).await, 1);
    let left = world
        .server
        .db
        .read(|tx| Box::pin(async move { alert::page(tx, 0, 10, false).await }))
        .await
        .unwrap();
    assert_eq!(left.iter().map(|alert| alert.id).collect::<Vec<_>>(), [ids.1]);
});

testkit::both_databases!(more_than_a_batch_goes_in_one_pass, |db| async move {
    let world = open(db).await;
    for _ in 0..(BATCH + 5) {
        world.submit("GONE", |_, _| {}).await;
    }
    world.clock.advance(days(31));
    assert_eq!(pass(&world).await, usize::try_from(BATCH).unwrap() + 5);
    assert_eq!(world.states().await.len(), 0);
});
