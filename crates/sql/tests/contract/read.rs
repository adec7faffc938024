use testkit::both_databases;

use crate::table;

both_databases!(a_reader_sees_one_state_while_others_write, |db| async move {
    let queue = table::prepared(&db).await;
    table::one_job(&db, queue).await;
    let writer = db.db();
    let (before, after) = db
        .read(|tx| {
            Box::pin(async move {
                let before = table::count(tx).await?;
                // Neither waits for the other.
                table::one_job(&writer, queue).await;
                Ok::<_, sql::Error>((before, table::count(tx).await?))
            })
        })
        .await
        .expect("read");
    assert_eq!((before, after), (1, 1));
    assert_eq!(table::jobs(&db).await, 2);
});

both_databases!(a_reader_cannot_write, |db| async move {
    let queue = table::prepared(&db).await;
    let outcome = db.read(move |tx| Box::pin(table::add_job(tx, queue, 0, None))).await;
    assert!(outcome.is_err());
    assert_eq!(table::jobs(&db).await, 0);
});

both_databases!(more_readers_than_connections_all_get_their_turn, |db| async move {
    table::prepared(&db).await;
    let readers: Vec<_> = (0..60)
        .map(|_| {
            let db = db.db();
            tokio::spawn(async move { table::jobs(&db).await })
        })
        .collect();
    for reader in readers {
        assert_eq!(reader.await.expect("no panic"), 0);
    }
});

both_databases!(a_failing_reader_leaves_nothing_behind, |db| async move {
    let queue = table::prepared(&db).await;
    for _ in 0..30 {
        let outcome: sql::Result<()> = db
            .read(|tx| {
                Box::pin(async move {
                    table::count(tx).await?;
                    Err(sql::Error::NotFound)
                })
            })
            .await;
        assert!(matches!(outcome, Err(sql::Error::NotFound)), "{outcome:?}");
    }
    table::one_job(&db, queue).await;
    assert_eq!(table::jobs(&db).await, 1);
});

both_databases!(a_reader_that_is_given_up_leaves_no_transaction_open, |db| async move {
    let queue = table::prepared(&db).await;
    for patience in 0..300 {
        let read = db.read(|tx| Box::pin(table::count(tx)));
        // A caller that goes away at ever another moment of the read.
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
        table::one_job(&db, queue).await;
    }
    assert_eq!(table::jobs(&db).await, 300);
});
