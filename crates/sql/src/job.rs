//! A write closure without its types, so that closures of different callers can wait in one queue.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::{Error, Result, Tx};

/// A closure that waits for the SQLite writer, together with its caller.
pub(crate) trait Job: Send {
    /// Runs the closure, keeps its outcome, and says whether its changes are to stay.
    fn run<'a>(&'a mut self, tx: &'a mut Tx<'_>, limit: Duration) -> BoxFuture<'a, bool>;

    /// Tells the caller the kept outcome, or `failure` where the changes could not be stored after all. An outcome
    /// that is itself an error stays what it is.
    fn answer(self: Box<Self>, failure: Option<Error>);
}

struct Closure<F, T, E> {
    work: F,
    outcome: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

/// The job for `work`, and where its caller will find the outcome.
pub(crate) fn job<T, E, F>(work: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>)
where
    F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (caller, outcome) = oneshot::channel();
    (Box::new(Closure { work, outcome: None, caller }), outcome)
}

impl<T, E, F> Job for Closure<F, T, E>
where
    F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    fn run<'a>(&'a mut self, tx: &'a mut Tx<'_>, limit: Duration) -> BoxFuture<'a, bool> {
        let running = start(|| (self.work)(tx), limit);
        let outcome = &mut self.outcome;
        Box::pin(async move { outcome.insert(running.await).is_ok() })
    }

    fn answer(self: Box<Self>, failure: Option<Error>) {
        let outcome = match (self.outcome, failure) {
            (Some(Err(error)), _) => Err(error),
            (_, Some(failure)) => Err(failure.into()),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(Error::unavailable("waiting for the writer").into()),
        };
        // A caller that stopped waiting does not want to know.
        let _ = self.caller.send(outcome);
    }
}

/// Calls a closure and runs its future within the limit; a panic or a limit passed is an error like any other.
pub(crate) fn start<'t, T, E>(
    call: impl FnOnce() -> BoxFuture<'t, Result<T, E>>,
    limit: Duration,
) -> BoxFuture<'t, Result<T, E>>
where
    T: Send + 't,
    E: From<Error> + Send + 't,
{
    let future = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(future) => future,
        Err(panic) => return Box::pin(std::future::ready(Err(panicked(&*panic).into()))),
    };
    Box::pin(async move {
        match tokio::time::timeout(limit, AssertUnwindSafe(future).catch_unwind()).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(panicked(&*panic).into()),
            Err(_) => Err(Error::too_long(None).into()),
        }
    })
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    Error::Panicked(text)
}
