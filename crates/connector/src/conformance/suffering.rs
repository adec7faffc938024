//! Calls over a way that is faulty.

use super::follow::Follower;
use super::{Broken, Harness, Kept, WayFault, ensure};
use crate::call::CallKind;
use crate::{CallError, Fault, Reports};

/// A fault that a harness can produce during calls of a kind.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    harness: &'a dyn Harness,
    pub(super) fault: WayFault,
    during: CallKind,
}

/// The faults that happen to calls of a kind.
pub(super) fn ways(harness: &dyn Harness, during: CallKind) -> impl Iterator<Item = Way<'_>> {
    WayFault::ALL.into_iter().filter_map(move |fault| way(harness, fault, during))
}

/// A fault, if it can happen to calls of a kind.
pub(super) fn way(harness: &dyn Harness, fault: WayFault, during: CallKind) -> Option<Way<'_>> {
    harness.can_suffer(fault, during).ok()?;
    Some(Way { harness, fault, during })
}

impl Way<'_> {
    /// Does something while the way is faulty, and heals it, whatever comes out.
    pub(super) async fn while_faulty<T>(
        &self,
        doing: impl Future<Output = Result<T, Broken>>,
    ) -> Result<T, Broken> {
        let Self { harness, fault, during } = self;
        harness.set_fault(*fault, *during).await;
        let done = doing.await;
        let count = harness.heal().await;
        let done = done.map_err(|Broken(why)| Broken(format!("{fault:?} of {during:?}: {why}")))?;
        ensure!(
            count > 0,
            "the harness can produce {fault:?} during {during:?}, and no exchange has suffered it"
        );
        Ok(done)
    }

    /// Makes a call; none when it was given up. Only what hangs may be given up.
    pub(super) async fn call<T>(
        &self,
        what: &str,
        call: impl Future<Output = T>,
    ) -> Result<Option<T>, Broken> {
        let hangs = self.fault.hangs();
        let limit = if hangs { self.harness.patience() } else { self.harness.limit() };
        match tokio::time::timeout(limit, call).await {
            Ok(answer) => Ok(Some(answer)),
            Err(_) if hangs => Ok(None),
            Err(_) => Err(Broken(format!("waited {limit:?} until {what} is answered"))),
        }
    }

    /// The same for a call that may fail: none too when it has failed for a reason that says nothing about the task.
    pub(super) async fn try_call<T>(
        &self,
        what: &str,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<Option<T>, Broken> {
        match self.call(what, call).await? {
            Some(Ok(answer)) => Ok(Some(answer)),
            Some(Err(error)) => {
                says_nothing(&error)?;
                ensure!(!self.fault.is_harmless(), "{what} failed: {error}");
                Ok(None)
            }
            None => Ok(None),
        }
    }

    /// One question for news; none when it had no answer.
    pub(super) async fn ask(&self, follower: &mut Follower<'_>) -> Result<Option<Reports>, Broken> {
        match self.call("a watch", follower.watch()).await? {
            Some(Ok(told)) => follower.hear(told).map(Some),
            Some(Err(error)) => {
                says_nothing(&error)?;
                ensure!(!self.fault.is_harmless(), "a watch failed: {error}");
                // After a failed call there is no cursor.
                follower.cursor = None;
                Ok(None)
            }
            // Whatever it had to tell was not heard: the next question is as this one.
            None => Ok(None),
        }
    }
}

/// A failed call of an agent that could not be asked: it is not refused, and there is no such thing as a task that is not there.
pub(super) fn says_nothing(error: &CallError) -> Kept {
    ensure!(
        matches!(error.fault, Fault::Unreachable | Fault::NotSent | Fault::Nonsense),
        "a call over a faulty way failed as if its agent had said so: {error:?}"
    );
    Ok(())
}
