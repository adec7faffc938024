use std::collections::BTreeSet;

use testkit::both_databases;

use crate::table;

const JOBS: usize = 200;
const WORKERS: usize = 8;

both_databases!(racing_workers_get_every_job_exactly_once, |db| async move {
    let queue = table::prepared(&db).await;
    db.write(move |tx| {
        Box::pin(async move {
            for due in 0..JOBS {
                table::add_job(tx, queue, i64::try_from(due).expect("small"), None).await?;
            }
            table::refresh_statistics(tx).await
        })
    })
    .await
    .expect("jobs");
    let workers: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(work(db.db(), queue))).collect();
    let mut claimed = Vec::new();
    for worker in workers {
        claimed.extend(worker.await.expect("no panic"));
    }
    assert_eq!(claimed.len(), JOBS);
    assert_eq!(claimed.iter().collect::<BTreeSet<_>>().len(), JOBS, "no job twice");
    for id in claimed {
        let job = db.read(move |tx| Box::pin(table::get(tx, id))).await.expect("the job");
        assert_eq!((job.state.as_str(), job.claims), ("done", 1));
    }
});

/// Claims and finishes until nothing waits.
async fn work(db: sql::Db, queue: i64) -> Vec<i64> {
    let mut mine = Vec::new();
    loop {
        let batch = db
            .write(move |tx| Box::pin(table::claim(tx, queue, i64::MAX, 3)))
            .await
            .expect("a claim");
        if batch.is_empty() {
            return mine;
        }
        for id in batch {
            db.write(move |tx| Box::pin(table::finish(tx, id))).await.expect("finished once");
            mine.push(id);
        }
    }
}

both_databases!(a_claim_takes_what_is_due_and_the_earliest_first, |db| async move {
    let queue = table::prepared(&db).await;
    let claimed = db
        .write(move |tx| {
            Box::pin(async move {
                let late = table::add_job(tx, queue, 30, None).await?;
                let early = table::add_job(tx, queue, 10, None).await?;
                table::add_job(tx, queue, 99, None).await?;
                let mut first = table::claim(tx, queue, 50, 1).await?;
                first.extend(table::claim(tx, queue, 50, 10).await?);
                assert_eq!(first, [early, late]);
                table::claim(tx, queue, 50, 10).await
            })
        })
        .await
        .expect("claims");
    assert!(claimed.is_empty(), "what is not due stays: {claimed:?}");
});

both_databases!(lists_of_numbers_and_texts_can_be_asked_for, |db| async move {
    let queue = table::prepared(&db).await;
    db.write(move |tx| {
        Box::pin(async move {
            let one = table::add_job(tx, queue, 0, Some("it's \"quoted\"")).await?;
            let two = table::add_job(tx, queue, 0, Some("two")).await?;
            let three = table::add_job(tx, queue, 0, None).await?;
            assert_eq!(table::find(tx, &[three, 999], &["it's \"quoted\""]).await?, [one, three]);
            assert_eq!(table::find(tx, &[two], &[]).await?, [two]);
            assert!(table::find(tx, &[], &[]).await?.is_empty());
            Ok::<_, sql::Error>(())
        })
    })
    .await
    .expect("found");
});
