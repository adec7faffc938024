use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use testkit::{both_databases, databases};

use crate::table;

both_databases!(a_failing_closure_takes_back_only_its_own_changes, |db| async move {
    let queue = table::prepared(&db).await;
    // Enough at once that many share a commit on SQLite, with failures first, last, alone and in a row.
    let writes: Vec<_> = (0..100)
        .map(|n: i64| {
            let db = db.db();
            tokio::spawn(async move {
                let fails = n % 3 == 0 || n % 10 == 1;
                let outcome: Result<i64, sql::Error> = db
                    .write(move |tx| {
                        Box::pin(async move {
                            let id = table::add_job(tx, queue, n, None).await?;
                            if fails { Err(sql::Error::NotFound) } else { Ok(id) }
                        })
                    })
                    .await;
                (fails, outcome)
            })
        })
        .collect();
    let mut stored = 0;
    for write in writes {
        let (fails, outcome) = write.await.expect("no panic");
        assert_eq!(fails, outcome.is_err(), "{outcome:?}");
        if let Ok(id) = outcome {
            db.read(move |tx| Box::pin(table::get(tx, id)))
                .await
                .expect("an answered write is stored");
            stored += 1;
        }
    }
    assert_eq!(table::jobs(&db).await, stored);
});

both_databases!(an_error_of_the_caller_comes_back_as_it_is, |db| async move {
    #[derive(Debug, PartialEq)]
    enum Refusal {
        Full(u32),
        Store,
    }
    impl From<sql::Error> for Refusal {
        fn from(_: sql::Error) -> Self {
            Self::Store
        }
    }
    let queue = table::prepared(&db).await;
    let outcome: Result<(), Refusal> = db
        .write(move |tx| {
            Box::pin(async move {
                table::add_job(tx, queue, 0, None).await?;
                Err(Refusal::Full(7))
            })
        })
        .await;
    assert_eq!(outcome, Err(Refusal::Full(7)));
    assert_eq!(table::jobs(&db).await, 0);
});

both_databases!(reading_then_writing_loses_no_update, |db| async move {
    let queue = table::prepared(&db).await;
    let job = table::one_job(&db, queue).await;
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let db = db.db();
            tokio::spawn(async move {
                for _ in 0..20 {
                    db.write(move |tx| Box::pin(table::count_up(tx, job))).await.expect("counted");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("no panic");
    }
    let job = db.read(move |tx| Box::pin(table::get(tx, job))).await.expect("the job");
    assert_eq!(job.claims, 160);
});

both_databases!(a_write_is_carried_through_when_its_caller_stops_waiting, |db| async move {
    let queue = table::prepared(&db).await;
    let (entered, inside) = tokio::sync::oneshot::channel();
    let entered = Arc::new(std::sync::Mutex::new(Some(entered)));
    let caller = tokio::spawn({
        let db = db.db();
        async move {
            db.write(move |tx| {
                let entered = entered.lock().expect("not poisoned").take();
                Box::pin(async move {
                    if let Some(entered) = entered {
                        let _ = entered.send(());
                    }
                    tokio::task::yield_now().await;
                    table::add_job(tx, queue, 0, None).await
                })
            })
            .await
        }
    });
    inside.await.expect("the closure runs");
    caller.abort();
    testkit::wait_until("the job is stored", Duration::from_secs(10), || async {
        table::jobs(&db).await == 1
    })
    .await;
    table::one_job(&db, queue).await;
    assert_eq!(table::jobs(&db).await, 2);
});

both_databases!(two_closures_that_wait_for_each_other_both_succeed, |db| async move {
    let queue = table::prepared(&db).await;
    let (one, two) = (table::one_job(&db, queue).await, table::one_job(&db, queue).await);
    let calls = Arc::new(AtomicU32::new(0));
    let writer = |first: i64, second: i64| {
        let (db, calls) = (db.db(), Arc::clone(&calls));
        tokio::spawn(async move {
            for _ in 0..10 {
                let calls = Arc::clone(&calls);
                db.write(move |tx| {
                    let calls = Arc::clone(&calls);
                    Box::pin(async move {
                        calls.fetch_add(1, Ordering::SeqCst);
                        table::count_up(tx, first).await?;
                        tokio::time::sleep(Duration::from_millis(2)).await;
                        table::count_up(tx, second).await
                    })
                })
                .await
                .expect("tried again until it succeeds");
            }
        })
    };
    let (left, right) = (writer(one, two), writer(two, one));
    left.await.expect("no panic");
    right.await.expect("no panic");
    for id in [one, two] {
        let job = db.read(move |tx| Box::pin(table::get(tx, id))).await.expect("the job");
        assert_eq!(job.claims, 20, "each closure counted once");
    }
    assert!(calls.load(Ordering::SeqCst) >= 20);
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lone_write_waits_for_nobody() {
    let options = sql::Options { batch_time: Duration::from_secs(5), ..sql::Options::default() };
    let db = databases::sqlite_with(options).await;
    let queue = table::prepared(&db).await;
    let mut times = Vec::new();
    for _ in 0..20 {
        let started = Instant::now();
        table::one_job(&db, queue).await;
        times.push(started.elapsed());
    }
    times.sort();
    // The batch may stay open for five seconds; nobody else comes, so no part of that is waited for.
    assert!(times[10] < Duration::from_millis(500), "{times:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_batch_commits_and_the_rest_follows() {
    let options = sql::Options { batch_max: 3, queue_max: 2, ..sql::Options::default() };
    let db = databases::sqlite_with(options).await;
    let queue = table::prepared(&db).await;
    let writes: Vec<_> = (0..50)
        .map(|_| {
            let db = db.db();
            tokio::spawn(async move { table::one_job(&db, queue).await })
        })
        .collect();
    for write in writes {
        write.await.expect("stored");
    }
    assert_eq!(table::jobs(&db).await, 50);
}
