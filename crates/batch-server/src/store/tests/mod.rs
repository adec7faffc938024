//! Queries that the tests of those who use them do not run on both databases, and the schema.

/// Runs a query in a transaction of its own.
macro_rules! transact {
    ($world:expr, |$tx:ident| $query:expr) => {
        $world.server.db.write(move |$tx| Box::pin(async move { $query.await })).await
    };
}

mod claim;
mod controller;
mod message;
mod request;
mod schema;
mod switches;

use crate::planner::world::World;
use crate::store::controller::{Controller, NewLife, begin_life};
use crate::store::request::claim::{Claimant, from_queue};

/// A new life of a controller.
pub(crate) async fn life(world: &World, name: &'static str, lease_until: i64) -> Controller {
    let new: &NewLife = Box::leak(Box::new(NewLife {
        name: name.into(),
        name_key: name.into(),
        host: "h".into(),
        instance: "i".into(),
        now: now(world),
        lease_until,
    }));
    transact!(world, |tx| begin_life(tx, new)).unwrap()
}

/// Who claims in such a life. A transaction may be run again, so it borrows what it needs for ever.
pub(crate) fn claimant(world: &World, life: &Controller) -> &'static Claimant {
    let now = now(world);
    let by = Claimant { controller_id: life.id, fence: life.fence, place: "p".into(), now };
    Box::leak(Box::new(by))
}

fn now(world: &World) -> i64 {
    sql::to_micros(world.server.clock.now())
}

/// Requests of the same job, oldest first, and their queue.
pub(crate) async fn submitted(world: &World, count: usize) -> (Vec<i64>, i64) {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(world.submit("NIGHTLY", |_, _| ()).await);
    }
    let queue = world.request(ids[0]).await.unwrap().queue_id;
    (ids, queue)
}

/// Claims so many requests of a queue; sorted, since the database returns them in any order.
pub(crate) async fn claimed(
    world: &World,
    by: &'static Claimant,
    queue: i64,
    slots: i64,
) -> Vec<i64> {
    let taken = transact!(world, |tx| from_queue(tx, queue, slots, by)).unwrap();
    let mut ids: Vec<_> = taken.into_iter().map(|request| request.id).collect();
    ids.sort_unstable();
    ids
}
