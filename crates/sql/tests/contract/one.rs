//! Statements without a transaction around them.

use std::time::Duration;

use testkit::both_databases;

use crate::table;

/// Only so that a test that hangs ends.
const LIMIT: Duration = Duration::from_secs(60);

both_databases!(one_statement_is_stored_when_it_has_run, |db| async move {
    let queue = table::prepared(&db).await;
    let add = db.write_one(move |tx| Box::pin(table::add_job(tx, queue, 0, None)));
    let id = add.await.expect("write");
    let count = db.read_one(|tx| Box::pin(table::count(tx))).await.expect("read");
    assert_eq!((id, count), (1, 1));
});

both_databases!(one_statement_that_fails_stores_nothing_and_says_why, |db| async move {
    let queue = table::prepared(&db).await;
    for _ in 0..30 {
        // There is no such queue.
        let refused = db.write_one(|tx| Box::pin(table::add_job(tx, 99, 0, None))).await;
        assert!(refused.is_err());
        let missing = db.write_one(|tx| Box::pin(table::finish(tx, 99))).await;
        assert!(matches!(missing, Err(sql::Error::NotFound)), "{missing:?}");
    }
    let panicked = db.write_one(|_| -> sql::BoxFuture<'_, sql::Result<()>> { panic!("at once") });
    assert!(matches!(panicked.await, Err(sql::Error::Panicked(_))));
    table::one_job(&db, queue).await;
    assert_eq!(table::jobs(&db).await, 1);
});

both_databases!(a_caller_that_goes_away_leaves_a_connection_that_works, |db| async move {
    let queue = table::prepared(&db).await;
    for patience in 0..300 {
        let read = db.read_one(|tx| Box::pin(table::count(tx)));
        let gone = async {
            for _ in 0..patience % 60 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = gone => {}
            count = read => assert_eq!(count.expect("read"), patience),
        }
        let add = db.write_one(move |tx| Box::pin(table::add_job(tx, queue, 0, None)));
        add.await.expect("write");
    }
    assert_eq!(table::jobs(&db).await, 300);
});

both_databases!(what_was_handed_over_is_stored_though_nobody_waits_for_it, |db| async move {
    let queue = table::prepared(&db).await;
    let handle = db.db();
    let caller = tokio::spawn(async move {
        let add = handle.write_one(move |tx| Box::pin(table::add_job(tx, queue, 0, None)));
        tokio::time::timeout(Duration::from_micros(1), add).await.is_ok()
    });
    caller.await.expect("no panic");
    testkit::wait_until("it is stored", LIMIT, async || table::jobs(&db).await == 1).await;
});
