use testkit::both_databases;

use crate::table;

both_databases!(a_unique_key_is_a_conflict_that_names_its_columns, |db| async move {
    table::prepared(&db).await;
    let error =
        db.write(|tx| Box::pin(table::add_queue(tx, "night"))).await.expect_err("it exists");
    assert!(error.is_conflict_on("queue.name"), "{error:?}");
});

both_databases!(a_reference_to_nothing_is_a_conflict, |db| async move {
    table::prepared(&db).await;
    let error = db
        .write(|tx| Box::pin(table::add_job(tx, 4711, 0, None)))
        .await
        .expect_err("no such queue");
    assert!(error.is_conflict_on("foreign key"), "{error:?}");
});

both_databases!(a_row_in_another_state_is_not_found, |db| async move {
    let queue = table::prepared(&db).await;
    let job = table::one_job(&db, queue).await;
    let error =
        db.write(move |tx| Box::pin(table::finish(tx, job))).await.expect_err("it is not running");
    assert!(matches!(error, sql::Error::NotFound), "{error:?}");
    let error = db.read(|tx| Box::pin(table::get(tx, 4711))).await.expect_err("no such job");
    assert!(matches!(error, sql::Error::NotFound), "{error:?}");
});

both_databases!(a_stamped_function_calls_others, |db| async move {
    table::prepared(&db).await;
    let id = db.write(|tx| Box::pin(table::add_queue_with_job(tx, "day"))).await.expect("stored");
    let job = db.read(move |tx| Box::pin(table::get(tx, id))).await.expect("the job");
    let expected =
        table::Job { id, state: "waiting".to_owned(), is_held: false, claims: 0, note: None };
    assert_eq!(job, expected);
});

both_databases!(
    ignoring_a_failed_statement_never_looks_like_success_without_being_one,
    |db| async move {
        let queue = table::prepared(&db).await;
        let outcome: Result<(), sql::Error> = db
            .write(move |tx| {
                Box::pin(async move {
                    table::add_job(tx, queue, 0, None).await?;
                    let _ = table::add_queue(tx, "night").await;
                    Ok(())
                })
            })
            .await;
        // SQLite goes on after a failed statement, PostgreSQL cannot; what counts is that the answer is true.
        assert_eq!(table::jobs(&db).await, i64::from(outcome.is_ok()), "{outcome:?}");
    }
);

both_databases!(
    a_write_that_finds_what_it_has_read_outdated_is_rolled_back_and_on_postgresql_tried_again,
    |db| async move {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicU32, Ordering};
        table::prepared(&db).await;
        let tries = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&tries);
        let outcome = db
            .write(move |tx| {
                let counted = Arc::clone(&counted);
                Box::pin(async move {
                    // Fails as a unique key if an earlier try has left it.
                    table::add_queue(tx, "evening").await?;
                    match counted.fetch_add(1, Ordering::SeqCst) {
                        0 => Err(sql::Error::outdated()),
                        _ => Ok(()),
                    }
                })
            })
            .await;
        if db.is_postgres() {
            assert!(outcome.is_ok() && tries.load(Ordering::SeqCst) == 2, "{outcome:?}");
        } else {
            assert!(outcome.is_err_and(|error| error.is_unavailable()));
            assert_eq!(tries.load(Ordering::SeqCst), 1);
        }
    }
);
