//! A PostgreSQL server for tests: the one that `RINGMASTER_TEST_POSTGRES` names, else one that is started on demand,
//! shared by all test processes of the user, and ends by itself when no test has used it for a minute.

mod cluster;
mod folder;
mod shared;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

pub use cluster::{Cluster, Durability};
pub use folder::folder;
pub use shared::stop;

/// Names a server to use instead, e.g. `postgres://user:password@host/postgres`; the user must be allowed to create
/// databases.
pub const SERVER_VARIABLE: &str = "RINGMASTER_TEST_POSTGRES";

/// The address of the server that tests use, started if necessary.
pub fn server_url() -> String {
    match std::env::var(SERVER_VARIABLE) {
        Ok(url) if !url.is_empty() => url,
        _ => shared::url(),
    }
}

/// Has a server do now what it would do at some time after a bulk load: clean up, count, and write to disk. For measurements of
/// what comes after.
pub async fn settle(server: &str) {
    let mut conn = connect(server).await;
    // Each by itself: the first cannot run in a transaction.
    for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
        sqlx::raw_sql(statement).execute(&mut conn).await.expect("settle the server");
    }
    conn.close().await.expect("close the connection to the server");
}

/// Creates a database and returns its name and address.
pub(crate) async fn create_database() -> (String, String) {
    let server = tokio::task::spawn_blocking(server_url).await.expect("find or start PostgreSQL");
    let name = unique_name();
    create_on(&server, &name).await;
    let options: PgConnectOptions = server.parse().expect("the address was used above");
    let url = options.database(&name).to_url_lossy().to_string();
    (name, url)
}

/// Creates a database of this name, of letters and `_`, on a server.
pub async fn create_on(server: &str, name: &str) {
    let mut conn = connect(server).await;
    // Texts sort by bytes, as on SQLite.
    let statement = format!(
        "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    );
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut conn).await.expect("create a database");
    conn.close().await.expect("close the connection to the server");
}

/// Drops a database even if somebody is connected. Called from `Drop`, so it needs a runtime of its own.
pub(crate) fn drop_database(name: &str) {
    let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    let dropping = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("start a runtime");
        runtime.block_on(async {
            let mut conn = connect(&server_url()).await;
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut conn)
                .await
                .expect("drop the test's database");
            // The server notices by itself if this fails.
            let _ = conn.close().await;
        });
    });
    // A test that is panicking already must not panic again; the server is thrown away anyway.
    let _ = dropping.join();
}

async fn connect(server: &str) -> PgConnection {
    let options: PgConnectOptions = server.parse().unwrap_or_else(|error| {
        panic!("the address of the PostgreSQL test server is wrong: {error}")
    });
    options
        .disable_statement_logging()
        .connect()
        .await
        .unwrap_or_else(|error| panic!("cannot connect to the PostgreSQL test server: {error}"))
}

/// A name that no other test process uses: process, time, counter.
#[expect(clippy::disallowed_methods, reason = "the name must differ from those of earlier runs")]
fn unique_name() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
    format!("t_{}_{time}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}
