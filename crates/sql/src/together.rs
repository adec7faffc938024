//! PostgreSQL: write closures that wait at the same time share a transaction, for work of which there is much at once.
//!
//! A transaction costs two messages and a durable commit whatever it holds. Where one closure of several fails, nothing of the
//! transaction is stored and each runs in one of its own: no savepoints for what seldom happens.

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::mpsc;

use crate::job::{Job, job};
use crate::postgres::{Around, Failed, Postgres};
use crate::{BoxFuture, Error, Options, Result, Tx};

/// The way to the task that does it. The task ends when this is dropped, after what it was given.
pub(crate) struct Together {
    queue: mpsc::Sender<Box<dyn Job>>,
    options: Arc<Options>,
}

impl Together {
    /// Starts the task.
    #[expect(
        clippy::disallowed_methods,
        reason = "the task belongs to the database handle and ends with it"
    )]
    pub(crate) fn start(postgres: Postgres) -> Self {
        let (sender, queue) = mpsc::channel(postgres.options.queue_max.max(1));
        let options = Arc::clone(&postgres.options);
        tokio::spawn(run(postgres, queue));
        Self { queue: sender, options }
    }

    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (job, outcome) = job(work);
        self.queue
            .send_timeout(job, self.options.acquire_timeout)
            .await
            .map_err(|_| Error::unavailable("waiting for a place in the writer's queue"))?;
        // The task answers everything it takes; without an answer the runtime is shutting down.
        outcome.await.unwrap_or_else(|_| Err(Error::unavailable("waiting for the writer").into()))
    }
}

/// What has come while the last transaction was stored goes into the next one.
async fn run(postgres: Postgres, mut queue: mpsc::Receiver<Box<dyn Job>>) {
    let mut jobs = Vec::new();
    let max = postgres.options.batch_max.max(1);
    while queue.recv_many(&mut jobs, max).await > 0 {
        store(&postgres, std::mem::take(&mut jobs)).await;
    }
}

async fn store(postgres: &Postgres, mut jobs: Vec<Box<dyn Job>>) {
    let stored = match jobs.len() {
        1 => Err(None),
        _ => postgres.once(&mut jobs, Around::Transaction).await.map_err(Failed::for_all),
    };
    match stored {
        Err(None) => {
            // Nobody waits for one that takes long: they are as many as before they were put together.
            join_all(jobs.into_iter().map(|job| postgres.alone(job, Around::Transaction))).await;
        }
        Err(Some(why)) => jobs.into_iter().for_each(|job| job.answer(Some(why.clone()))),
        Ok(()) => jobs.into_iter().for_each(|job| job.answer(None)),
    }
}
