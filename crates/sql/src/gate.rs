//! A place before and after every transaction at which a simulation can hold, fail or drop whoever comes by.

use std::fmt;

use futures_util::future::BoxFuture;

use crate::Result;

/// What a transaction may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It only reads.
    Read,
    /// It writes.
    Write,
}

/// Stands before and after every transaction of a [`Db`](crate::Db). What happens between two gates happens whole or not at
/// all, so who is dropped at one of them is dropped at every point that a crash can tell apart.
pub trait Gate: fmt::Debug + Send + Sync {
    /// Asked before a transaction begins.
    ///
    /// # Errors
    /// The caller gets the error, and nothing has happened.
    fn before(&self, access: Access) -> BoxFuture<'_, Result<()>>;

    /// Asked when a transaction has ended, `is_kept` where its closure succeeded and its changes are stored.
    ///
    /// # Errors
    /// The caller gets the error in place of the result: the answer was lost.
    fn after(&self, access: Access, is_kept: bool) -> BoxFuture<'_, Result<()>>;
}
