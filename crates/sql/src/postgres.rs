//! PostgreSQL: the pool, and write transactions that are tried again when the server asks for it.

use std::cell::Cell;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgPool};

use crate::job::{Job, job};
use crate::{BoxFuture, Error, Options, Result, Tx};

/// Prepared statements kept per connection; more than a product has.
const STATEMENTS_CACHED: usize = 512;
/// A connection that was idle for longer is asked whether it still lives before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// How often a transaction is begun on another connection when beginning fails; nothing was done by then.
const BEGIN_ATTEMPTS: u32 = 3;
/// A rollback that takes longer is left to the server, by closing the connection.
const ROLLBACK_LIMIT: Duration = Duration::from_secs(5);
/// Wait before a transaction is tried again, times the number of attempts so far.
const RETRY_WAIT: Duration = Duration::from_millis(5);

tokio::task_local! {
    /// Set when a statement of the closure that runs in this task reported a deadlock or a serialisation failure. The
    /// closure turns the error into its own type, which need not remember it.
    static RETRY: Cell<bool>;
}

/// Remembers that the transaction of this task is worth trying again.
pub(crate) fn note_retry() {
    // Outside of a write closure nobody tries again.
    let _ = RETRY.try_with(|retry| retry.set(true));
}

/// What is around a closure that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    Transaction,
    /// It is one statement, which is stored when it has run.
    Nothing,
}

#[derive(Clone)]
pub(crate) struct Postgres {
    pub(crate) pool: PgPool,
    pub(crate) connect: PgConnectOptions,
    pub(crate) options: Arc<Options>,
}

impl Postgres {
    pub(crate) async fn connect(url: &str, options: Options) -> Result<Self> {
        // The text may hold a password, so it is not repeated.
        let connect = PgConnectOptions::from_str(url).map_err(|error| {
            Error::Address(format!(
                "cannot understand the address of the PostgreSQL database: {error}"
            ))
        })?;
        let limit = format!("{}ms", options.closure_timeout.as_millis());
        let connect = connect
            .application_name(&options.application_name)
            .statement_cache_capacity(STATEMENTS_CACHED)
            .options([
                ("statement_timeout", limit.as_str()),
                ("idle_in_transaction_session_timeout", limit.as_str()),
                // A statement keeps its plan from its first uses on, when its table may have been empty: it must not be to read all
                // of it. Every statement has an index, or is for a small table.
                ("enable_seqscan", "off"),
                // What is off counts as very expensive, which would have small statements compiled.
                ("jit", "off"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(options.pool_size.max(1))
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(false)
            .before_acquire(|conn, meta| {
                Box::pin(async move {
                    if meta.idle_for > TRUSTED_IDLE {
                        conn.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(connect.clone())
            .await
            .map_err(|error| Error::lost("connecting to PostgreSQL", error))?;
        Ok(Self { pool, connect, options: Arc::new(options) })
    }

    /// The work runs in a task of its own, so that a caller that stops waiting cannot leave a transaction open.
    #[expect(
        clippy::disallowed_methods,
        reason = "the caller waits for the task; it lives as long as one transaction"
    )]
    pub(crate) async fn write<T, E, F>(&self, work: F, around: Around) -> Result<T, E>
    where
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (job, outcome) = job(work);
        let own = self.clone();
        tokio::spawn(async move { own.alone(job, around).await });
        // The task answers what it takes; without an answer the runtime is shutting down.
        outcome
            .await
            .unwrap_or_else(|_| Err(Error::unavailable("waiting for a transaction").into()))
    }

    /// Runs a closure, again where that helps, and answers its caller.
    pub(crate) async fn alone(&self, mut job: Box<dyn Job>, around: Around) {
        let mut attempt = 1;
        let failure = loop {
            let failed = match self.once(std::slice::from_mut(&mut job), around).await {
                Ok(()) => break None,
                Err(failed) => failed,
            };
            if !failed.is_worth_another || attempt >= self.options.attempts_max {
                break failed.why;
            }
            tracing::debug!(
                attempt,
                "a transaction is tried again after a deadlock or serialisation failure"
            );
            tokio::time::sleep(RETRY_WAIT * attempt).await;
            attempt += 1;
        };
        job.answer(failure);
    }

    /// Runs closures one after the other and stores what all of them have changed, or nothing of it.
    pub(crate) async fn once(
        &self,
        jobs: &mut [Box<dyn Job>],
        around: Around,
    ) -> std::result::Result<(), Failed> {
        let conn = match around {
            Around::Transaction => self.begin().await,
            Around::Nothing => self.pool.acquire().await.map_err(Error::from),
        };
        let mut conn = conn.map_err(|why| Failed { why: Some(why), is_worth_another: false })?;
        let limit = self.options.closure_timeout;
        let run = RETRY.scope(Cell::new(false), async {
            for job in jobs {
                if !job.run(&mut Tx::Postgres(&mut conn), limit).await {
                    return Err(Failed { why: None, is_worth_another: RETRY.with(Cell::get) });
                }
            }
            Ok(())
        });
        let done = match run.await {
            Ok(()) if around == Around::Nothing => return Ok(()),
            Ok(()) => commit(&mut conn).await,
            Err(failed) => Err(failed),
        };
        if done.is_err() {
            roll_back(conn).await;
        }
        done
    }

    async fn begin(&self) -> Result<PoolConnection<sqlx::Postgres>> {
        let mut attempt = 1;
        loop {
            let mut conn = self.pool.acquire().await?;
            match sqlx::raw_sql("BEGIN").execute(&mut *conn).await {
                Ok(_) => return Ok(conn),
                Err(_) if attempt < BEGIN_ATTEMPTS => conn.close_on_drop(),
                Err(error) => {
                    conn.close_on_drop();
                    return Err(Error::lost("beginning a transaction", error));
                }
            }
            attempt += 1;
        }
    }
}

/// Why nothing was stored.
pub(crate) struct Failed {
    /// None where a closure has failed, which knows why.
    why: Option<Error>,
    /// A deadlock or a serialisation failure.
    is_worth_another: bool,
}

impl Failed {
    /// Why nothing of several closures can be stored, nor of each alone: the database is away, or what has become of the commit is
    /// not known.
    pub(crate) fn for_all(self) -> Option<Error> {
        self.why.filter(Error::is_unavailable)
    }
}

/// Commits.
///
/// The statement before `COMMIT` costs nothing and fails when an earlier one did and the closure ignored it:
/// PostgreSQL would answer such a `COMMIT` with a rollback that looks like success.
async fn commit(conn: &mut PoolConnection<sqlx::Postgres>) -> std::result::Result<(), Failed> {
    RETRY
        .scope(Cell::new(false), async {
            match sqlx::raw_sql("SELECT 1; COMMIT").execute(&mut **conn).await {
                Ok(_) => Ok(()),
                Err(error) => Err(Failed {
                    why: Some(Error::from(error)),
                    is_worth_another: RETRY.with(Cell::get),
                }),
            }
        })
        .await
}

async fn roll_back(mut conn: PoolConnection<sqlx::Postgres>) {
    let ended =
        tokio::time::timeout(ROLLBACK_LIMIT, sqlx::raw_sql("ROLLBACK").execute(&mut *conn)).await;
    if !matches!(ended, Ok(Ok(_))) {
        conn.close_on_drop();
    }
}
