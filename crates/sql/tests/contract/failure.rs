use std::process::Command;
use std::time::Duration;

use testkit::{both_databases, databases};

use crate::table;

both_databases!(a_panic_is_an_error_of_that_closure_only, |db| async move {
    let queue = table::prepared(&db).await;
    let error = db
        .write(move |tx| {
            Box::pin(async move {
                table::add_job(tx, queue, 0, None).await?;
                assert!(queue < 0, "the test wants it");
                Ok::<_, sql::Error>(())
            })
        })
        .await
        .expect_err("it panicked");
    assert!(
        matches!(&error, sql::Error::Panicked(text) if text == "the test wants it"),
        "{error:?}"
    );
    assert_eq!(table::jobs(&db).await, 0);
    table::one_job(&db, queue).await;
});

both_databases!(a_panic_before_the_first_await_is_one_too, |db| async move {
    let error = db
        .write(|_| -> sql::BoxFuture<'_, sql::Result<()>> { panic!("at once") })
        .await
        .expect_err("it panicked");
    assert!(matches!(error, sql::Error::Panicked(_)), "{error:?}");
    table::prepared(&db).await;
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closure_that_never_ends_is_rolled_back_on_sqlite() {
    endless(databases::sqlite_with(short()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closure_that_never_ends_is_rolled_back_on_postgres() {
    endless(databases::postgres_with(short()).await).await;
}

fn short() -> sql::Options {
    sql::Options { closure_timeout: Duration::from_millis(300), ..sql::Options::default() }
}

async fn endless(db: testkit::TestDb) {
    let queue = table::prepared(&db).await;
    let error = db
        .write(move |tx| {
            Box::pin(async move {
                table::add_job(tx, queue, 0, None).await?;
                std::future::pending::<sql::Result<()>>().await
            })
        })
        .await
        .expect_err("it never ends");
    assert!(error.is_unavailable() && error.is_too_long(), "{error:?}");
    assert_eq!(table::jobs(&db).await, 0);
    table::one_job(&db, queue).await;
}

both_databases!(a_closed_database_is_unavailable, |db| async move {
    let queue = table::prepared(&db).await;
    let waiting: Vec<_> = (0..10)
        .map(|_| {
            let db = db.db();
            tokio::spawn(async move {
                db.write(move |tx| Box::pin(table::add_job(tx, queue, 0, None))).await
            })
        })
        .collect();
    for write in waiting {
        write.await.expect("no panic").expect("stored");
    }
    db.close().await;
    let error =
        db.write(move |tx| Box::pin(table::add_job(tx, queue, 0, None))).await.expect_err("closed");
    assert!(error.is_unavailable() && !error.is_too_long(), "{error:?}");
    let again = sql::Db::connect(db.url(), sql::Options::default()).await.expect("opens again");
    assert_eq!(table::jobs(&again).await, 10);
    again.close().await;
});

#[tokio::test]
async fn a_directory_that_does_not_exist_is_unavailable() {
    let error = sql::Db::connect("sqlite:/no/such/directory/x.db", sql::Options::default()).await;
    assert!(error.expect_err("no directory").is_unavailable());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let url = format!("postgres://postgres@127.0.0.1:{}/x", testkit::free_port());
    let error = sql::Db::connect(&url, sql::Options::default()).await.expect_err("nobody listens");
    assert!(error.is_unavailable(), "{error:?}");
}

/// Names the database that the writing process of the next test fills.
const VICTIM: &str = "SQL_TEST_VICTIM";

both_databases!(what_was_answered_survives_the_death_of_the_process, |db| async move {
    table::prepared(&db).await;
    let log = testkit::temp_dir();
    let log = log.path().join("answered");
    let mut writer = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "failure::write_until_killed", "--ignored", "--nocapture"])
        .env(VICTIM, db.url())
        .stdout(std::fs::File::create(&log).expect("a file"))
        .spawn()
        .expect("a second process");
    let answered = || std::fs::read_to_string(&log).expect("the file").matches("answered ").count();
    testkit::wait_until("it has answered 50 writes", Duration::from_secs(30), || async {
        answered() >= 50
    })
    .await;
    writer.kill().expect("killed");
    writer.wait().expect("gone");
    let text = std::fs::read_to_string(&log).expect("the file");
    // The last line may be cut off.
    let complete = text.rsplit_once('\n').map_or("", |(complete, _)| complete);
    let ids: Vec<i64> = complete
        .lines()
        .filter_map(|line| {
            line.split_once("answered ").map(|(_, id)| id.parse().expect("a number"))
        })
        .collect();
    assert!(ids.len() >= 49);
    let again = sql::Db::connect(db.url(), sql::Options::default()).await.expect("opens again");
    for id in ids {
        again
            .read(move |tx| Box::pin(table::get(tx, id)))
            .await
            .expect("an answered write is stored");
    }
    again.close().await;
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "not a test: the process that the one above starts and kills"]
async fn write_until_killed() {
    let Ok(url) = std::env::var(VICTIM) else { return };
    let db = sql::Db::connect(&url, sql::Options::default()).await.expect("opens");
    loop {
        let id = table::one_job(&db, 1).await;
        println!("answered {id}");
    }
}
