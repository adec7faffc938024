//! What every change of the configuration does.

use std::sync::Arc;

use sql::{BoxFuture, Tx};

use crate::error::{Error, Result};
use crate::server::{CHANNEL, Server};
use crate::store::server_state;

/// Which version of a thing the caller has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The change is meant for this version only.
    Version(i64),
    /// The last one wins.
    Any,
}

impl Expected {
    /// Fails when the stored version is another one than the caller has read.
    pub(crate) fn check(self, what: &str, name: &str, stored: i64) -> Result<()> {
        match self {
            Self::Version(read) if read != stored => Err(Error::Conflict(format!(
                "{what} `{name}` has changed since version {read} was read: it is at version {stored}; read it again"
            ))),
            Self::Version(_) | Self::Any => Ok(()),
        }
    }
}

/// Counts a change of the configuration and tells the other processes. It comes first in a transaction: from then on no
/// other process changes the configuration until this one is done, so what is checked stays true.
pub(crate) async fn bump(tx: &mut Tx<'_>) -> sql::Result<()> {
    server_state::bump_catalog(tx).await?;
    sql::notify(tx, CHANNEL, "catalog").await
}

/// Tells this process that the configuration has changed. Called after the commit.
pub(crate) async fn changed(server: &Server) -> Result<()> {
    server.auth.forget_callers();
    server.catalog.reload(&server.db).await?;
    server.wakes.windows.wake();
    server.wakes.claim.wake();
    server.wakes.planner.wake();
    Ok(())
}

/// Runs a change of the configuration in one transaction, and tells everybody after the commit.
pub(crate) async fn write<T, F>(server: &Server, work: F) -> Result<T>
where
    F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    T: Send + 'static,
{
    let work = Arc::new(work);
    let done = server
        .db
        .write(move |tx| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                bump(tx).await?;
                work(tx).await
            })
        })
        .await?;
    changed(server).await?;
    Ok(done)
}
