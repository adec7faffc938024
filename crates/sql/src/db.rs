//! The handle of a database: opens it, and runs closures in transactions.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::gate::{Access, Gate};
use crate::notify::Listener;
use crate::postgres::Around;
use crate::sqlite::Sqlite;
use crate::together::Together;
use crate::{Error, Migrations, Options, Result, Tx, migrate, postgres, read};

/// An open database. Cloning is cheap; all clones share the connections, which close when the last clone is gone.
#[derive(Clone)]
pub struct Db {
    pub(crate) inner: Arc<Inner>,
    gate: Option<Arc<dyn Gate>>,
}

pub(crate) enum Inner {
    Sqlite(Sqlite),
    Postgres(postgres::Postgres, Together),
}

impl Db {
    /// Opens the database at `url`: `sqlite:PATH` or a plain path (the file is created when missing, its directory is
    /// not), or `postgres://user@host/name`. SQLite is opened in WAL mode with `synchronous=FULL` and foreign keys on.
    ///
    /// [`Error::Address`] when the text is neither; [`Error::Unavailable`] when the file or the server cannot be
    /// reached within [`Options::acquire_timeout`].
    pub async fn connect(url: &str, options: Options) -> Result<Self> {
        let inner = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let postgres = postgres::Postgres::connect(url, options).await?;
            Inner::Postgres(postgres.clone(), Together::start(postgres))
        } else {
            Inner::Sqlite(Sqlite::open(url, options).await?)
        };
        Ok(Self { inner: Arc::new(inner), gate: None })
    }

    /// A handle of the same database whose transactions all pass a gate. For simulations.
    pub fn with_gate(&self, gate: Arc<dyn Gate>) -> Self {
        Self { inner: Arc::clone(&self.inner), gate: Some(gate) }
    }

    /// Runs `work` in a write transaction and returns its result once the changes are durable.
    ///
    /// `work` is `|tx| Box::pin(async move { … })`. It may be called again with a new transaction (deadlock, or a
    /// serialisation failure on PostgreSQL), so it clones what it captured into the async block. When it returns an
    /// error, panics or takes longer than [`Options::closure_timeout`], its changes are rolled back; nobody else's
    /// are. Inside: no network, no file, no sleep, no channel send. Wake others after this returned.
    ///
    /// A closure that was handed over runs to its end even if the caller stops waiting for it.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let write = async {
            match &*self.inner {
                Inner::Sqlite(sqlite) => sqlite.writer.write(work).await,
                Inner::Postgres(postgres, _) => postgres.write(work, Around::Transaction).await,
            }
        };
        self.through(Access::Write, write).await
    }

    /// As [`Db::write`], of one statement that writes: it needs no transaction around it, which is two thirds of the messages to
    /// PostgreSQL. What a closure reads before or after it is no part of one state with it.
    pub async fn write_one<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let write = async {
            match &*self.inner {
                Inner::Sqlite(sqlite) => sqlite.writer.write(work).await,
                Inner::Postgres(postgres, _) => postgres.write(work, Around::Nothing).await,
            }
        };
        self.through(Access::Write, write).await
    }

    /// As [`Db::write`], in one transaction with what others write this way at the same time, for work of which there is much at once. Its
    /// closures are short and lock few rows, which no two of them share: nobody else must lock theirs in another order.
    pub async fn write_together<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let write = async {
            match &*self.inner {
                Inner::Sqlite(sqlite) => sqlite.writer.write(work).await,
                Inner::Postgres(_, together) => together.write(work).await,
            }
        };
        self.through(Access::Write, write).await
    }

    /// Runs `work` in a transaction that only reads and sees one consistent state throughout. A statement that writes
    /// fails. Reads on SQLite do not wait for writers.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send,
        T: Send,
        E: From<Error> + Send,
    {
        let read = async {
            match &*self.inner {
                Inner::Sqlite(sqlite) => {
                    read::sqlite(&sqlite.readers, sqlite.options.closure_timeout, work).await
                }
                Inner::Postgres(postgres, _) => {
                    read::postgres(&postgres.pool, postgres.options.closure_timeout, work).await
                }
            }
        };
        self.through(Access::Read, read).await
    }

    /// Runs one statement that only reads, without a transaction around it: a third of the messages to the database. A closure
    /// with several statements belongs into [`Db::read`], since here each would see a state of its own.
    pub async fn read_one<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send,
        T: Send,
        E: From<Error> + Send,
    {
        let read = async {
            match &*self.inner {
                Inner::Sqlite(sqlite) => {
                    read::sqlite_one(&sqlite.readers, sqlite.options.closure_timeout, work).await
                }
                Inner::Postgres(postgres, _) => {
                    read::postgres_one(&postgres.pool, postgres.options.closure_timeout, work).await
                }
            }
        };
        self.through(Access::Read, read).await
    }

    /// Passes the gate before and after, where there is one.
    async fn through<T, E: From<Error>>(
        &self,
        access: Access,
        transaction: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let Some(gate) = &self.gate else { return transaction.await };
        gate.before(access).await?;
        let done = transaction.await;
        gate.after(access, done.is_ok()).await?;
        done
    }

    /// Brings the schema up to date. Any number of processes may do so at the same time.
    pub async fn migrate(&self, migrations: &Migrations) -> Result<()> {
        match &*self.inner {
            Inner::Sqlite(sqlite) => migrate::sqlite(sqlite, migrations.sqlite).await,
            Inner::Postgres(postgres, _) => migrate::postgres(postgres, migrations.postgres).await,
        }
    }

    /// Receives what [`notify`](crate::notify()) sends on `channel` from now on, in any process that uses this
    /// database. On SQLite nothing ever arrives: there is only one process, which wakes itself.
    pub async fn listen(&self, channel: &str) -> Result<Listener> {
        match &*self.inner {
            Inner::Sqlite(_) => Ok(Listener::silent()),
            Inner::Postgres(postgres, _) => Listener::connect(postgres, channel).await,
        }
    }

    /// Whether this is PostgreSQL. For reports and tests; code that decides on it belongs into a fragment.
    pub fn is_postgres(&self) -> bool {
        matches!(&*self.inner, Inner::Postgres(..))
    }

    /// Finishes the writes that were handed over, then closes every connection. Later calls fail with
    /// [`Error::Unavailable`].
    pub async fn close(&self) {
        match &*self.inner {
            Inner::Sqlite(sqlite) => sqlite.close().await,
            Inner::Postgres(postgres, _) => postgres.pool.close().await,
        }
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_postgres() { "Db(PostgreSQL)" } else { "Db(SQLite)" })
    }
}
