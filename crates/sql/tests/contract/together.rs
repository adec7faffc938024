//! Closures that share a transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use testkit::both_databases;

use crate::table;

type Stored = sql::Result<i64>;

/// Writes `count` jobs at once, of which those fail that `queue` leaves without one; says how often closures ran.
async fn write_at_once(db: &sql::Db, count: i64, queue: impl Fn(i64) -> i64) -> (Vec<Stored>, u32) {
    let ran = Arc::new(AtomicU32::new(0));
    let writes = (0..count).map(|number| {
        let (db, ran, queue) = (db.clone(), Arc::clone(&ran), queue(number));
        async move {
            db.write_together(move |tx| {
                ran.fetch_add(1, Ordering::Relaxed);
                Box::pin(table::add_job(tx, queue, number, None))
            })
            .await
        }
    });
    let stored = futures_util::future::join_all(writes).await;
    (stored, ran.load(Ordering::Relaxed))
}

both_databases!(each_of_many_is_stored_once, |db| async move {
    let queue = table::prepared(&db).await;
    let (stored, ran) = write_at_once(&db, 300, |_| queue).await;
    let mut ids: Vec<i64> = stored.into_iter().map(|id| id.expect("stored")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), ran, table::jobs(&db).await), (300, 300, 300));
});

both_databases!(one_that_fails_takes_back_only_its_own_changes, |db| async move {
    let queue = table::prepared(&db).await;
    // There is no queue 99: the database refuses the row, and PostgreSQL whatever follows in the transaction.
    let of = |number: i64| if number % 10 == 7 { 99 } else { queue };
    let (stored, _) = write_at_once(&db, 100, of).await;
    for (number, stored) in (0..).zip(&stored) {
        assert_eq!(stored.is_err(), of(number) == 99, "{number}: {stored:?}");
    }
    assert_eq!(table::jobs(&db).await, 90);
});

both_databases!(one_that_panics_harms_no_other, |db| async move {
    let queue = table::prepared(&db).await;
    let panics =
        db.write_together(|_| -> sql::BoxFuture<'_, sql::Result<()>> { panic!("at once") });
    let (panicked, (stored, _)) = tokio::join!(panics, write_at_once(&db, 20, |_| queue));
    assert!(matches!(panicked, Err(sql::Error::Panicked(_))), "{panicked:?}");
    assert!(stored.iter().all(Result::is_ok), "{stored:?}");
    assert_eq!(table::jobs(&db).await, 20);
});

both_databases!(those_that_lock_in_different_orders_all_succeed, |db| async move {
    let queue = table::prepared(&db).await;
    let (one, two) = (table::one_job(&db, queue).await, table::one_job(&db, queue).await);
    let up = |first, second| {
        db.write(move |tx| {
            Box::pin(async move {
                table::count_up(tx, first).await?;
                table::count_up(tx, second).await
            })
        })
    };
    let together = |job| db.write_together(move |tx| Box::pin(table::count_up(tx, job)));
    for _ in 0..5 {
        let (a, b, c, d) = tokio::join!(together(one), together(two), up(two, one), up(one, two));
        assert!([&a, &b, &c, &d].iter().all(|done| done.is_ok()), "{a:?} {b:?} {c:?} {d:?}");
    }
    let of =
        async |id| db.read(move |tx| Box::pin(table::get(tx, id))).await.expect("a job").claims;
    assert_eq!((of(one).await, of(two).await), (15, 15));
});
