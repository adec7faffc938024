use super::{both, write};
use crate::audit::{self, NewRecord};

fn record(subject: &str, reason: Option<&str>) -> NewRecord {
    NewRecord {
        at: 7,
        caller: "anna".to_owned(),
        action: "job.hold",
        subject: subject.to_owned(),
        reason: reason.map(ToOwned::to_owned),
        old_value: None,
        new_value: Some("On Hold".to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_record_is_chained_to_the_one_before_and_a_change_shows() {
    for db in both().await {
        for subject in ["A", "B", "C"] {
            write(&db, move |tx| {
                Box::pin(async move { audit::append(tx, &record(subject, None)).await })
            })
            .await;
        }
        let records = write(&db, |tx| Box::pin(async move { audit::after(tx, 0, 10).await })).await;
        let subjects: Vec<&str> = records.iter().map(|each| each.subject.as_str()).collect();
        assert_eq!(subjects, ["A", "B", "C"]);
        assert_eq!(records[0].previous_hash, "");
        assert_eq!(records[1].previous_hash, records[0].hash);
        assert_eq!(records[2].previous_hash, records[1].hash);
        assert!(records.iter().all(audit::Record::is_whole));
        let changed = audit::Record { reason: Some(String::new()), ..records[1].clone() };
        assert!(!changed.is_whole(), "an empty reason is not the same as none");
        let moved = audit::Record {
            caller: "annaj".to_owned(),
            action: "ob.hold".to_owned(),
            ..records[1].clone()
        };
        assert!(!moved.is_whole());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_of_many_at_once_make_one_chain() {
    for db in both().await {
        let mut appends = tokio::task::JoinSet::new();
        for number in 0..20 {
            let db = db.db();
            appends.spawn(async move {
                write(&db, move |tx| {
                    Box::pin(
                        async move { audit::append(tx, &record(&number.to_string(), None)).await },
                    )
                })
                .await;
            });
        }
        appends.join_all().await;
        let records =
            write(&db, |tx| Box::pin(async move { audit::after(tx, 0, 100).await })).await;
        assert_eq!(records.len(), 20);
        let mut previous = String::new();
        for record in records {
            assert_eq!(record.previous_hash, previous);
            previous = record.hash;
        }
    }
}

sql::both! {
    async fn change(conn, id: i64, caller: Option<&str>) -> sql::Result<()> {
        let text = match caller {
            Some(_) => "UPDATE audit SET caller = $2 WHERE id = $1",
            None => "DELETE FROM audit WHERE id = $1 AND CAST($2 AS TEXT) IS NULL",
        };
        sqlx::query::<Db>(text).bind(id).bind(caller).execute(&mut *conn).await?;
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chain_breaks_where_a_record_was_changed_or_removed_and_may_begin_late() {
    for db in both().await {
        for subject in ["A", "B", "C", "D", "E"] {
            write(&db, move |tx| {
                Box::pin(async move { audit::append(tx, &record(subject, None)).await })
            })
            .await;
        }
        let found = audit::verify(&db).await.unwrap();
        assert_eq!((found.whole, found.broken, found.last_hash.len()), (5, None, 64));
        let expired = write(&db, |tx| Box::pin(async move { audit::expire(tx, 8, 1).await })).await;
        assert_eq!(expired, 1);
        assert_eq!(audit::verify(&db).await.unwrap().broken, None, "its begin was forgotten");
        for (damage, whole, broken) in [((5, Some("bert")), 3, 5), ((3, None), 1, 4)] {
            write(&db, move |tx| Box::pin(async move { change(tx, damage.0, damage.1).await }))
                .await;
            let found = audit::verify(&db).await.unwrap();
            assert_eq!((found.whole, found.broken.map(|(id, _)| id)), (whole, Some(broken)));
        }
    }
}
