//! What claims take, on both databases.

use std::sync::Arc;
use std::time::Duration;

use batch_core::request::Event;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::Request;
use super::claim::{self, Claimant};
use crate::planner::world::{World, open};
use crate::store::request::change::Also;
use crate::store::{controller, queue};
use crate::transition::happen;

/// Less than a transaction may take.
const LIMIT: Duration = Duration::from_secs(5);

/// A controller in its first life.
async fn controller(world: &World, name: &'static str) -> Claimant {
    let now = sql::to_micros(world.server.clock.now());
    let life = controller::NewLife {
        name: name.into(),
        name_key: name.into(),
        host: "h".into(),
        instance: "i".into(),
        now,
        lease_until: now,
    };
    let begun = world.server.db.write(move |tx| {
        let life = life.clone();
        Box::pin(async move { controller::begin_life(tx, &life).await })
    });
    let life = begun.await.unwrap();
    Claimant { controller_id: life.id, fence: life.fence, place: "p".into(), now }
}

async fn enable(world: &World, by: &Claimant, is_enabled: bool) {
    let id = by.controller_id;
    let change = world.server.db.write(move |tx| {
        Box::pin(async move { controller::update(tx, id, "A", "A", "h", is_enabled).await })
    });
    change.await.unwrap();
}

/// Everything that a controller can take, by each of the three ways.
async fn take(world: &World, queue_id: i64, by: &Claimant) -> Vec<i64> {
    let by = by.clone();
    let taken = world.server.db.write(move |tx| {
        let by = by.clone();
        Box::pin(async move {
            let mut taken = claim::by_hand(tx, false, 10, &by).await?;
            taken.extend(claim::one_report(tx, queue_id, &by).await?);
            taken.extend(claim::from_queue(tx, queue_id, 10, &by).await?);
            Ok::<Vec<Request>, sql::Error>(taken)
        })
    });
    let mut ids: Vec<_> = taken.await.unwrap().into_iter().map(|request| request.id).collect();
    ids.sort_unstable();
    ids
}

testkit::both_databases!(a_disabled_controller_takes_nothing, |db| async move {
    let world = open(db).await;
    let a = controller(&world, "A").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.submit("NIGHTLY", |_, _| ()).await);
    }
    happen(&world.server, ids[2], Event::StartForced, Also::default()).await.unwrap();
    let queue_id = world.request(ids[0]).await.unwrap().queue_id;

    enable(&world, &a, false).await;
    assert_eq!(take(&world, queue_id, &a).await, Vec::<i64>::new());
    enable(&world, &a, true).await;
    assert_eq!(take(&world, queue_id, &a).await, ids);
});

testkit::both_databases!(a_start_by_hand_goes_to_a_controller_of_its_queue, |db| async move {
    let world = open(db).await;
    let (a, b) = (controller(&world, "A").await, controller(&world, "B").await);
    let id = world.submit("NIGHTLY", |_, _| ()).await;
    let (queue_id, only) = (world.request(id).await.unwrap().queue_id, b.controller_id);
    let listed = world.server.db.write(move |tx| {
        Box::pin(async move { queue::set_controllers(tx, queue_id, &[only]).await })
    });
    listed.await.unwrap();
    happen(&world.server, id, Event::StartForced, Also::default()).await.unwrap();

    let by_hand = async |by: &Claimant| {
        let by = by.clone();
        let taken = world.server.db.write(move |tx| {
            let by = by.clone();
            Box::pin(async move { claim::by_hand(tx, true, 10, &by).await })
        });
        taken.await.unwrap().len()
    };
    assert_eq!(by_hand(&a).await, 0);
    assert_eq!(by_hand(&b).await, 1);
});

/// SQLite has one writer, which commits what waits together.
#[tokio::test]
async fn new_requests_do_not_wait_for_a_claim_of_their_queue() {
    let world = open(testkit::databases::postgres().await).await;
    let first = world.submit("NIGHTLY", |_, _| ()).await;
    let queue_id = world.request(first).await.unwrap().queue_id;
    let (locked, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (has_locked, may_end) = (Arc::clone(&locked), Arc::clone(&go));
    let claims = world.server.db.write(move |tx| {
        let (has_locked, may_end) = (Arc::clone(&has_locked), Arc::clone(&may_end));
        Box::pin(async move {
            claim::lock_queue(tx, queue_id).await?;
            has_locked.notify_one();
            may_end.notified().await;
            Ok::<_, sql::Error>(())
        })
    });
    let submits = async {
        locked.notified().await;
        let submitted = timeout(LIMIT, world.submit("NIGHTLY", |_, _| ())).await;
        go.notify_one();
        submitted
    };
    let (claimed, submitted) = tokio::join!(claims, submits);
    claimed.unwrap();
    submitted.expect("the submission waits for the claim");
}
