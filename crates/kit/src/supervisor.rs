//! Owner of every long-lived task of a process.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::signal::shutdown_signal;

/// Owns every long-lived task of the process. Built in `main`, passed by value to [`Supervisor::run`]; parts that
/// start tasks while the process runs hold a [`Handle`].
///
/// The end has two steps. When the *soft* token is cancelled, tasks take on nothing new and end by themselves; when
/// the *hard* token is cancelled, what is left is dropped.
#[derive(Debug, Default)]
pub struct Supervisor(Handle);

/// Starts tasks under a [`Supervisor`]. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Handle {
    tasks: TaskTracker,
    soft: CancellationToken,
    hard: CancellationToken,
    failed: CancellationToken,
}

/// What the end of a task means.
enum Kind {
    /// The process cannot live without it.
    Critical,
    /// Its end concerns one item only.
    Item,
}

impl Supervisor {
    /// A supervisor without tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// What parts hold that start tasks later.
    pub fn handle(&self) -> Handle {
        self.0.clone()
    }

    /// See [`Handle::soft`].
    pub fn soft(&self) -> CancellationToken {
        self.0.soft()
    }

    /// See [`Handle::critical`].
    pub fn critical<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.0.critical(name, task);
    }

    /// See [`Handle::item`].
    pub fn item<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.0.item(name, task);
    }

    /// Waits for `signal` or for a failed critical task, then drains: cancels the soft token and gives tasks `grace`
    /// to end. After that, or at a second signal to the process, the rest is dropped. Returns whether the process
    /// ended because it was asked to and every task ended by itself: `false` belongs into the exit code.
    pub async fn run(self, signal: impl Future<Output = ()>, grace: Duration) -> bool {
        let Handle { tasks, soft, hard, failed } = self.0;
        tokio::select! {
            () = signal => tracing::info!(grace_s = grace.as_secs(), "asked to end, draining"),
            () = failed.cancelled() => {}
        }
        soft.cancel();
        tasks.close();
        let drained = tokio::select! {
            () = tasks.wait() => true,
            () = tokio::time::sleep(grace) => false,
            () = shutdown_signal() => false,
        };
        if !drained {
            tracing::warn!(
                tasks = tasks.len(),
                "not everything has ended in time, dropping the rest"
            );
            hard.cancel();
            tasks.wait().await;
        }
        drained && !failed.is_cancelled()
    }
}

impl Handle {
    /// Cancelled when the process is to end: take on nothing new, finish what is begun.
    pub fn soft(&self) -> CancellationToken {
        self.soft.clone()
    }

    /// Cancelled when the grace is over: the task is dropped at its next wait.
    pub fn hard(&self) -> CancellationToken {
        self.hard.clone()
    }

    /// Starts a task that the process cannot live without: an error, a panic, or an end before the soft token was
    /// cancelled drains the process and makes its exit code a failure.
    pub fn critical<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.spawn(name, Kind::Critical, task);
    }

    /// Starts a task that concerns one item (a run, a connection). Its failure is logged and concerns nobody else: a reconciler must
    /// find the item again.
    pub fn item<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.spawn(name, Kind::Item, task);
    }

    fn spawn<F>(&self, name: &'static str, kind: Kind, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let this = self.clone();
        // The inner task catches a panic; the outer one is what `run` waits for.
        #[expect(clippy::disallowed_methods, reason = "this is the supervisor")]
        let mut inner = tokio::spawn(task);
        self.tasks.spawn(async move {
            let ended = tokio::select! {
                ended = &mut inner => ended,
                () = this.hard.cancelled() => {
                    inner.abort();
                    // Only when it is dropped are its files and connections given back.
                    let _ = inner.await;
                    return;
                }
            };
            let failure = match ended {
                Ok(Ok(())) if matches!(kind, Kind::Item) || this.soft.is_cancelled() => return,
                Ok(Ok(())) => anyhow::anyhow!("it ended although nobody asked it to"),
                Ok(Err(error)) => error,
                Err(panic) => anyhow::Error::new(panic).context("it panicked"),
            };
            match kind {
                Kind::Item => tracing::warn!(
                    task = name,
                    error = format!("{failure:#}"),
                    "task {name} failed"
                ),
                Kind::Critical => {
                    tracing::error!(
                        task = name,
                        error = format!("{failure:#}"),
                        "task {name} failed, the process cannot go on"
                    );
                    this.failed.cancel();
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn polite_tasks_make_a_clean_end() {
        let supervisor = Supervisor::new();
        let soft = supervisor.soft();
        supervisor.critical("polite", async move {
            soft.cancelled().await;
            Ok(())
        });
        assert!(supervisor.run(ready(()), LONG).await);
    }

    #[tokio::test]
    async fn a_panic_drains_the_others_and_is_unclean() {
        let supervisor = Supervisor::new();
        let (soft, drained) = (supervisor.soft(), Arc::new(AtomicBool::new(false)));
        let seen = Arc::clone(&drained);
        supervisor.critical("polite", async move {
            soft.cancelled().await;
            seen.store(true, Ordering::SeqCst);
            Ok(())
        });
        supervisor.critical("broken", async { panic!("the test wants it") });
        assert!(!supervisor.run(pending(), LONG).await);
        assert!(drained.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn a_critical_task_that_just_ends_is_a_failure() {
        let supervisor = Supervisor::new();
        supervisor.critical("early", async { Ok(()) });
        assert!(!supervisor.run(pending(), LONG).await);
    }

    #[tokio::test]
    async fn an_error_while_draining_is_unclean() {
        let supervisor = Supervisor::new();
        let soft = supervisor.soft();
        supervisor.critical("late", async move {
            soft.cancelled().await;
            anyhow::bail!("could not flush")
        });
        assert!(!supervisor.run(ready(()), LONG).await);
    }

    #[tokio::test]
    async fn the_failure_of_an_item_concerns_nobody_else() {
        let supervisor = Supervisor::new();
        let (ended, end) = tokio::sync::oneshot::channel();
        supervisor.item("run", async move {
            let _ = ended.send(());
            anyhow::bail!("only this run")
        });
        assert!(supervisor.run(async { end.await.expect("the item ran") }, LONG).await);
    }

    #[tokio::test]
    async fn after_the_grace_a_task_is_dropped() {
        struct Flag(Arc<AtomicBool>);
        impl Drop for Flag {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let dropped = Arc::new(AtomicBool::new(false));
        let flag = Flag(Arc::clone(&dropped));
        let supervisor = Supervisor::new();
        supervisor.critical("deaf", async move {
            let _flag = flag;
            pending().await
        });
        assert!(!supervisor.run(ready(()), Duration::from_millis(20)).await);
        assert!(dropped.load(Ordering::SeqCst));
    }
}
