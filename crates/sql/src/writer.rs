//! SQLite's only writer: a task that owns the writing connection and commits waiting closures together.
//!
//! A durable commit costs the disk about a third of a millisecond whatever it holds, so closures that wait at the
//! same time share one. A closure that fails takes back only its own changes. The first closure of a batch runs
//! without a savepoint: while it is alone, rolling back everything rolls back only it.

use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::job::{Job, job};
use crate::{BoxFuture, Error, Options, Result, Tx};

/// The way to the writer task. The task ends when this is dropped, or after [`Writer::close`].
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
    options: Arc<Options>,
}

enum Message {
    Job(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Opens the writing connection, creating the file when missing, and starts the task.
    pub(crate) async fn open(connect: SqliteConnectOptions, options: Arc<Options>) -> Result<Self> {
        let conn = connect
            .connect()
            .await
            .map_err(|error| Error::lost("opening the database file", error))?;
        let (sender, queue) = mpsc::channel(options.queue_max.max(1));
        let task = Task { conn: Some(conn), connect, queue, options: Arc::clone(&options) };
        #[expect(
            clippy::disallowed_methods,
            reason = "the task belongs to the database handle and ends with it"
        )]
        tokio::spawn(task.run());
        Ok(Self { queue: sender, options })
    }

    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (job, outcome) = job(work);
        self.queue
            .send_timeout(Message::Job(job), self.options.acquire_timeout)
            .await
            .map_err(|_| Error::unavailable("waiting for a place in the writer's queue"))?;
        // The task answers everything it takes; without an answer the runtime is shutting down.
        outcome.await.unwrap_or_else(|_| Err(Error::unavailable("waiting for the writer").into()))
    }

    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            // An error means that the task has ended already.
            let _ = closed.await;
        }
    }
}

struct Task {
    /// `None` after a failure that leaves its state in doubt; the next batch opens it anew.
    conn: Option<SqliteConnection>,
    connect: SqliteConnectOptions,
    queue: mpsc::Receiver<Message>,
    options: Arc<Options>,
}

/// How far the open transaction has come.
enum Open {
    /// No transaction is open.
    Nothing,
    /// A transaction with one closure's changes and no savepoint.
    Plain,
    /// The last closure's changes are above a savepoint.
    Changed,
    /// A savepoint with nothing above it.
    Fresh,
}

impl Task {
    async fn run(mut self) {
        let mut closed = None;
        while let Some(message) = self.queue.recv().await {
            match message {
                Message::Job(first) => {
                    if let Some(done) = self.batch(first).await {
                        self.queue.close();
                        closed = Some(done);
                    }
                }
                Message::Close(done) => {
                    self.queue.close();
                    closed = Some(done);
                }
            }
        }
        if let Some(conn) = self.conn.take()
            && let Err(error) = conn.close().await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the database file was not closed cleanly"
            );
        }
        if let Some(done) = closed {
            let _ = done.send(());
        }
    }

    /// Runs closures until none waits or the batch is full, commits once, then answers all of them. Returns the
    /// request to close when one came in between.
    async fn batch(&mut self, first: Box<dyn Job>) -> Option<oneshot::Sender<()>> {
        let mut ran = Vec::new();
        let mut close = None;
        let failure = self.fill(first, &mut ran, &mut close).await.err();
        if failure.is_some() {
            // Dropping the connection rolls back what is open.
            self.conn = None;
        }
        for job in ran {
            job.answer(failure.clone());
        }
        close
    }

    async fn fill(
        &mut self,
        first: Box<dyn Job>,
        ran: &mut Vec<Box<dyn Job>>,
        close: &mut Option<oneshot::Sender<()>>,
    ) -> Result<()> {
        let until = Instant::now() + self.options.batch_time;
        let mut open = Open::Nothing;
        let mut next = Some(first);
        while let Some(job) = next.take() {
            // In the list first: a failure from here on must be told to its caller too.
            ran.push(job);
            let conn = connection(&mut self.conn, &self.connect).await?;
            prepare(conn, &open).await?;
            let job = ran.last_mut().expect("pushed above");
            let keep = job.run(&mut Tx::Sqlite(conn), self.options.closure_timeout).await;
            open = settle(conn, open, keep).await?;
            if ran.len() < self.options.batch_max && Instant::now() < until && close.is_none() {
                match self.queue.try_recv() {
                    Ok(Message::Job(job)) => next = Some(job),
                    Ok(Message::Close(done)) => *close = Some(done),
                    Err(_) => {}
                }
            }
        }
        match (open, &mut self.conn) {
            (Open::Nothing, _) | (_, None) => Ok(()),
            (_, Some(conn)) => execute(conn, "COMMIT", "committing").await,
        }
    }
}

/// The open connection, opened anew if the last failure left it in doubt.
async fn connection<'a>(
    conn: &'a mut Option<SqliteConnection>,
    connect: &SqliteConnectOptions,
) -> Result<&'a mut SqliteConnection> {
    if conn.is_none() {
        let new = connect
            .connect()
            .await
            .map_err(|error| Error::lost("opening the database file again", error))?;
        *conn = Some(new);
    }
    Ok(conn.as_mut().expect("opened above"))
}

/// Makes it possible to take back the next closure's changes alone.
async fn prepare(conn: &mut SqliteConnection, open: &Open) -> Result<()> {
    match open {
        Open::Nothing => execute(conn, "BEGIN IMMEDIATE", "beginning a transaction").await,
        Open::Plain => execute(conn, "SAVEPOINT closure", "setting a savepoint").await,
        Open::Changed => {
            execute(conn, "RELEASE closure; SAVEPOINT closure", "setting a savepoint").await
        }
        Open::Fresh => Ok(()),
    }
}

/// Keeps or takes back the changes of the closure that just ran.
async fn settle(conn: &mut SqliteConnection, before: Open, keep: bool) -> Result<Open> {
    match (before, keep) {
        (Open::Nothing, true) => Ok(Open::Plain),
        (Open::Nothing, false) => {
            execute(conn, "ROLLBACK", "rolling back").await?;
            Ok(Open::Nothing)
        }
        (_, true) => Ok(Open::Changed),
        (_, false) => {
            execute(conn, "ROLLBACK TO closure", "rolling back to a savepoint").await?;
            Ok(Open::Fresh)
        }
    }
}

async fn execute(
    conn: &mut SqliteConnection,
    statement: &'static str,
    doing: &'static str,
) -> Result<()> {
    sqlx::raw_sql(statement).execute(conn).await.map_err(|error| Error::lost(doing, error))?;
    Ok(())
}
