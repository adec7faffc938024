//! What the rules need of whoever is tested.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::WayFault;
use crate::call::CallKind;
use crate::{AttemptKey, Connector, StartTask, Target};

/// A connector with a target that tests control. What is said of the *target* is said behind the connector's back: it must be true
/// even while the connector cannot reach it.
pub trait Harness: Debug + Send + Sync {
    /// The connector.
    fn connector(&self) -> Arc<dyn Connector>;

    /// The agent that tests use.
    fn target(&self) -> Target;

    /// A key that nobody has used; `hint` is a part of it that helps to read a failure.
    fn key(&self, hint: &str) -> AttemptKey;

    /// A task that runs until [`Harness::end`].
    fn until_told(&self, key: &AttemptKey) -> StartTask;

    /// A task that cannot be started.
    fn refused(&self, key: &AttemptKey) -> StartTask;

    /// The code that a task of this target ends with where a rule wishes for `wish`. Targets with few codes of their own have
    /// other ones, but no success for what is none.
    fn code(&self, wish: i32) -> i32 {
        wish
    }

    /// The target ends a running task with [`Harness::code`] of `code`, after it has written `log` to its log. Done when the
    /// target has done so; at once if the task had ended before.
    fn end<'a>(&'a self, key: &'a AttemptKey, code: i32, log: &'a str) -> BoxFuture<'a, ()>;

    /// How often the target really ran a task of this key.
    fn starts<'a>(&'a self, key: &'a AttemptKey) -> BoxFuture<'a, u32>;

    /// The keys of all tasks that the target has or had.
    fn tasks(&self) -> BoxFuture<'_, Vec<AttemptKey>>;

    /// Breaks the way to the target, or heals it.
    fn set_way(&self, is_whole: bool) -> BoxFuture<'_, ()>;

    /// The answer to the next start is lost, after the target has accepted it.
    fn lose_reply(&self) -> BoxFuture<'_, ()>;

    /// Whether the way to the target can do this to the exchanges of such a call; rules leave out what it cannot, and
    /// [`super::Coverage`] says so.
    ///
    /// # Errors
    /// Why there is no such thing, for people: a file of this machine is never slow, say.
    fn can_suffer(&self, fault: WayFault, during: CallKind) -> Result<(), &'static str>;

    /// From now on, the exchanges of calls of this kind suffer so, until [`Harness::heal`]; what the harness itself does to its target does
    /// not. Asked only for what [`Harness::can_suffer`]. Where one call has several exchanges, all suffer, or those that matter: a
    /// logon need not. Of [`CallKind::ReadLog`], lists of logs suffer too.
    fn set_fault(&self, fault: WayFault, during: CallKind) -> BoxFuture<'_, ()>;

    /// Makes the way right again. Done when what was held on it has arrived, or never will. Says how many exchanges have suffered since
    /// [`Harness::set_fault`].
    fn heal(&self) -> BoxFuture<'_, u32>;

    /// How long a rule waits for a call over a way that hangs, before it gives the call up as the scheduler does. A connector whose own
    /// limit is shorter ends it by itself, and its answer counts then.
    fn patience(&self) -> Duration {
        Duration::from_millis(500)
    }

    /// How long a rule waits for news before it is broken. Generous: it is reached only by what is broken.
    fn limit(&self) -> Duration {
        Duration::from_secs(30)
    }
}
