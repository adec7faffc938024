//! Read transactions, and statements that need none.

use std::time::Duration;

use sqlx::{PgPool, SqlitePool};

use crate::job::start;
use crate::{BoxFuture, Error, Result, Tx};

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that begins read transactions"
)]
pub(crate) async fn sqlite<T, E, F>(pool: &SqlitePool, limit: Duration, work: F) -> Result<T, E>
where
    F: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send,
    T: Send,
    E: From<Error> + Send,
{
    // Deferred: it takes its snapshot with the first statement and never waits for the writer.
    let mut transaction = pool.begin().await.map_err(Error::from)?;
    let outcome = {
        let mut tx = Tx::Sqlite(&mut transaction);
        let running = start(|| work(&mut tx), limit);
        running.await
    };
    // It holds no changes, so that it ends is all that matters; the pool discards a connection that cannot.
    drop(transaction);
    outcome
}

pub(crate) async fn sqlite_one<T, E, F>(pool: &SqlitePool, limit: Duration, work: F) -> Result<T, E>
where
    F: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send,
    T: Send,
    E: From<Error> + Send,
{
    let mut conn = pool.acquire().await.map_err(Error::from)?;
    let mut tx = Tx::Sqlite(&mut conn);
    let running = start(|| work(&mut tx), limit);
    running.await
}

pub(crate) async fn postgres_one<T, E, F>(pool: &PgPool, limit: Duration, work: F) -> Result<T, E>
where
    F: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send,
    T: Send,
    E: From<Error> + Send,
{
    let mut conn = pool.acquire().await.map_err(Error::from)?;
    let mut tx = Tx::Postgres(&mut conn);
    let running = start(|| work(&mut tx), limit);
    running.await
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that begins read transactions"
)]
pub(crate) async fn postgres<T, E, F>(pool: &PgPool, limit: Duration, work: F) -> Result<T, E>
where
    F: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send,
    T: Send,
    E: From<Error> + Send,
{
    // One snapshot for all statements, as on SQLite. A read-only transaction cannot fail to serialise at this level. It is begun
    // in a task of its own: a caller that goes away in the middle of it would leave it open in the pool, for the next one to
    // fall into.
    let pool = pool.clone();
    let begun = tokio::spawn(async move {
        pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    });
    // It does not panic, so no result means that the runtime is shutting down.
    let begun = begun.await.map_err(|_| Error::unavailable("beginning to read"))?;
    let mut transaction = begun.map_err(Error::from)?;
    let outcome = {
        let mut tx = Tx::Postgres(&mut transaction);
        let running = start(|| work(&mut tx), limit);
        running.await
    };
    drop(transaction);
    outcome
}
