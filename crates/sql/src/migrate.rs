//! Bringing the schema up to date, also when several processes start at once.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{ConnectOptions, Connection};
use tokio::time::Instant;

use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::{Error, Result};

/// The migrations of a store: one folder per database, with the same numbers and names.
///
/// ```ignore
/// static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
/// static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");
/// pub const MIGRATIONS: sql::Migrations = sql::Migrations { sqlite: &SQLITE, postgres: &POSTGRES };
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// Those of `migrations/sqlite`.
    pub sqlite: &'static Migrator,
    /// Those of `migrations/postgres`.
    pub postgres: &'static Migrator,
}

/// How often a process looks whether another one has finished migrating.
const LOCK_POLL: Duration = Duration::from_millis(20);
/// A migration of a large table may take long; another process waits this long for it.
const LOCK_LIMIT: Duration = Duration::from_mins(10);

pub(crate) async fn sqlite(sqlite: &Sqlite, migrator: &Migrator) -> Result<()> {
    // sqlx does not lock a SQLite database while it migrates.
    let _lock = lock(&sqlite.path).await?;
    let mut conn = sqlite
        .connect
        .connect()
        .await
        .map_err(|error| Error::lost("opening the database file", error))?;
    let outcome = migrator.run_direct(None, &mut conn, false).await.map_err(failed);
    conn.close().await?;
    outcome
}

pub(crate) async fn postgres(postgres: &Postgres, migrator: &Migrator) -> Result<()> {
    let limit = LOCK_LIMIT.as_secs().to_string();
    // A connection of its own: the limits of ordinary statements are too short, and sqlx keeps a lock in the session.
    let connect = postgres.connect.clone().options([("statement_timeout", &format!("{limit}s"))]);
    let mut conn =
        connect.connect().await.map_err(|error| Error::lost("connecting to PostgreSQL", error))?;
    let outcome = migrator.run_direct(None, &mut conn, false).await.map_err(failed);
    // Closing the session also gives back the lock after a failure.
    conn.close().await?;
    outcome
}

fn failed(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) => match Error::from(error) {
            Error::Driver(source) => Error::Driver(source),
            other => other,
        },
        other => Error::Migrate(Arc::new(other)),
    }
}

/// An exclusive lock on `PATH.migrate`, given back by dropping it, or by the system when the process dies.
async fn lock(database: &Path) -> Result<File> {
    let mut path = database.as_os_str().to_owned();
    path.push(".migrate");
    let path = PathBuf::from(path);
    let io = |error| Error::lost("locking the database for a migration", sqlx::Error::Io(error));
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(io)?;
    let until = Instant::now() + LOCK_LIMIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                tokio::time::sleep(LOCK_POLL).await;
            }
            Err(error) => return Err(io(error.into())),
        }
    }
}
