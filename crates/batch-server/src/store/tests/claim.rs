use batch_core::request::{Activity, Event};

use super::{claimant, claimed, life, submitted};
use crate::planner::world::{World, open};
use crate::store::request::change::Also;
use crate::store::request::claim::{Claimant, lock_queue, occupied, occupied_in, one_report};
use crate::transition::happen;

testkit::both_databases!(who_waits_for_another_job_occupies_no_slot, |db| async move {
    let world = open(db).await;
    let by = claimant(&world, &life(&world, "A", 0).await);
    let (ids, queue) = submitted(&world, 3).await;
    assert_eq!(claimed(&world, by, queue, 2).await, ids[..2]);
    transact!(world, |tx| lock_queue(tx, queue)).unwrap();
    assert_eq!(transact!(world, |tx| occupied(tx)).unwrap(), [(queue, 2)]);
    assert_eq!(transact!(world, |tx| occupied_in(tx, queue)).unwrap(), 2);

    let also = Also { waits_for_id: Some(ids[2]), ..Also::default() };
    happen(&world.server, ids[0], Event::Block(Activity::Job), also).await.unwrap();
    assert_eq!(transact!(world, |tx| occupied(tx)).unwrap(), [(queue, 1)]);
    assert_eq!(transact!(world, |tx| occupied_in(tx, queue)).unwrap(), 1);
    assert_eq!(transact!(world, |tx| occupied_in(tx, queue + 1)).unwrap(), 0);
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
