use std::sync::Arc;
use std::time::Duration;

use batch_core::request::{Activity, Event};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::{claimant, claimed, life, submitted};
use crate::planner::world::{World, open};
use crate::store::request::change::Also;
use crate::store::request::claim::{self, Claimant, occupied, one_report, waiting};
use crate::store::{controller, queue};
use crate::transition::happen;

/// Less than a transaction may take.
const LIMIT: Duration = Duration::from_secs(5);

testkit::both_databases!(who_waits_for_another_job_occupies_no_slot, |db| async move {
    let world = open(db).await;
    let by = claimant(&world, &life(&world, "A", 0).await);
    let (ids, queue) = submitted(&world, 3).await;
    assert_eq!(claimed(&world, by, queue, 2).await, ids[..2]);
    assert_eq!(transact!(world, |tx| occupied(tx)).unwrap(), [(queue, 2)]);

    let also = Also { waits_for_id: Some(ids[2]), ..Also::default() };
    happen(&world.server, ids[0], Event::Block(Activity::Job), also).await.unwrap();
    assert_eq!(transact!(world, |tx| occupied(tx)).unwrap(), [(queue, 1)]);
});

/// Three requests whose rows lie in another order than that of their ids, or are read so when nobody asks for an order.
async fn disordered(world: &World) -> (Vec<i64>, i64) {
    let (ids, queue) = submitted(world, 3).await;
    let oldest = ids[0];
    world
        .server
        .db
        .write(move |tx| {
            Box::pin(async move {
                match tx {
                    sql::Tx::Sqlite(conn) => {
                        let reverse = "PRAGMA reverse_unordered_selects = ON";
                        sqlx::query(reverse).execute(&mut **conn).await?;
                    }
                    sql::Tx::Postgres(conn) => {
                        let moved = "UPDATE request SET version = version WHERE id = $1";
                        sqlx::query(moved).bind(oldest).execute(&mut **conn).await?;
                    }
                }
                Ok::<_, sql::Error>(())
            })
        })
        .await
        .unwrap();
    (ids, queue)
}

testkit::both_databases!(the_first_in_are_taken_first_however_the_rows_lie, |db| async move {
    let world = open(db).await;
    let by = claimant(&world, &life(&world, "A", 0).await);
    let (ids, queue) = disordered(&world).await;
    assert_eq!(claimed(&world, by, queue, 2).await, ids[..2]);
    assert_eq!(claimed(&world, by, queue, 2).await, ids[2..]);
});

async fn report(world: &World, by: &'static Claimant, queue: i64) -> Option<i64> {
    transact!(world, |tx| one_report(tx, queue, by)).unwrap().map(|request| request.id)
}

testkit::both_databases!(
    a_report_is_taken_when_it_does_not_run_the_oldest_first,
    |db| async move {
        let world = open(db).await;
        let by = claimant(&world, &life(&world, "A", 0).await);
        let (ids, queue) = disordered(&world).await;
        for &id in &ids {
            assert_eq!(report(&world, by, queue).await, Some(id));
            assert_eq!(report(&world, by, queue).await, None, "the report runs");
            happen(&world.server, id, Event::Lost, Also::default()).await.unwrap();
        }
        assert_eq!(report(&world, by, queue).await, None);
    }
);

async fn enable(world: &World, id: i64, is_enabled: bool) {
    transact!(world, |tx| controller::update(tx, id, "A", "A", "h", is_enabled)).unwrap();
}

async fn by_hand(world: &World, by: &'static Claimant) -> Vec<i64> {
    let taken = transact!(world, |tx| claim::by_hand(tx, true, 10, by)).unwrap();
    taken.into_iter().map(|request| request.id).collect()
}

testkit::both_databases!(a_disabled_controller_takes_nothing_in_any_way, |db| async move {
    let world = open(db).await;
    let by = claimant(&world, &life(&world, "A", 0).await);
    let (ids, queue) = submitted(&world, 3).await;
    happen(&world.server, ids[2], Event::StartForced, Also::default()).await.unwrap();

    enable(&world, by.controller_id, false).await;
    assert!(by_hand(&world, by).await.is_empty());
    assert_eq!(report(&world, by, queue).await, None);
    assert!(claimed(&world, by, queue, 10).await.is_empty());

    enable(&world, by.controller_id, true).await;
    assert_eq!(by_hand(&world, by).await, ids[2..]);
    assert_eq!(claimed(&world, by, queue, 10).await, ids[..2]);
});

testkit::both_databases!(a_start_by_hand_goes_to_a_controller_of_its_queue, |db| async move {
    let world = open(db).await;
    let a = claimant(&world, &life(&world, "A", 0).await);
    let b = claimant(&world, &life(&world, "B", 0).await);
    let (ids, queue) = submitted(&world, 1).await;
    let only = b.controller_id;
    transact!(world, |tx| queue::set_controllers(tx, queue, &[only])).unwrap();
    happen(&world.server, ids[0], Event::StartForced, Also::default()).await.unwrap();
    assert!(by_hand(&world, a).await.is_empty());
    assert_eq!(by_hand(&world, b).await, ids);
});

/// SQLite has one writer, which commits what waits together.
#[tokio::test]
async fn new_requests_do_not_wait_for_a_claim_of_their_queue() {
    let world = open(testkit::databases::postgres().await).await;
    let (_, queue) = submitted(&world, 1).await;
    let (locked, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (has_locked, may_end) = (Arc::clone(&locked), Arc::clone(&go));
    let claims = world.server.db.write(move |tx| {
        let (has_locked, may_end) = (Arc::clone(&has_locked), Arc::clone(&may_end));
        Box::pin(async move {
            let locked = waiting(tx).await?;
            assert!(locked.iter().any(|each| each.queue_id == queue));
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
