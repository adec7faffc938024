use std::time::Duration;

use sql::Event;
use testkit::databases;

const LIMIT: Duration = Duration::from_secs(20);

async fn send(db: &sql::Db, text: &'static str, commit: bool) {
    let outcome = db
        .write(move |tx| {
            Box::pin(async move {
                sql::notify(tx, "wake", text).await?;
                if commit { Ok(()) } else { Err(sql::Error::NotFound) }
            })
        })
        .await;
    assert_eq!(outcome.is_ok(), commit);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_committed_message_arrives_and_a_rolled_back_one_does_not() {
    let db = databases::postgres().await;
    let mut listener = db.listen("wake").await.expect("listening");
    send(&db, "lost", false).await;
    send(&db, "first", true).await;
    send(&db, "second", true).await;
    for expected in ["first", "second"] {
        let event = tokio::time::timeout(LIMIT, listener.next()).await.expect("in time");
        assert_eq!(event, Event::Message(expected.to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_reported_and_opened_again() {
    let db = databases::postgres().await;
    let mut listener = db.listen("wake").await.expect("listening");
    db.write(|tx| {
        Box::pin(async move {
            let sql::Tx::Postgres(conn) = tx else { panic!("it is PostgreSQL") };
            sqlx::query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = current_database() AND query LIKE 'LISTEN%'",
            )
            .execute(&mut **conn)
            .await?;
            Ok::<_, sql::Error>(())
        })
    })
    .await
    .expect("connection ended");
    let event = tokio::time::timeout(LIMIT, listener.next()).await.expect("in time");
    assert_eq!(event, Event::Reset);
    send(&db, "after", true).await;
    let event = tokio::time::timeout(LIMIT, listener.next()).await.expect("in time");
    assert_eq!(event, Event::Message("after".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_nothing_is_sent_and_nothing_arrives() {
    let db = databases::sqlite().await;
    let mut listener = db.listen("wake").await.expect("listening");
    send(&db, "nobody hears", true).await;
    let waited = tokio::time::timeout(Duration::from_millis(50), listener.next()).await;
    assert!(waited.is_err(), "{waited:?}");
}
