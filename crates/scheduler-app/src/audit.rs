//! The audit as it is read: who did what, and whether what is stored is what was written.

#[cfg(test)]
mod tests;

use scheduler_core::action::Privilege;
use scheduler_store::audit::find;
pub use scheduler_store::audit::{Chain, Filter, Record, verify};

use crate::error::Result;
use crate::{App, Caller};

/// The last records that a filter lets through, newest first.
///
/// # Errors
/// [`crate::Error::Forbidden`], or the database could not be read.
pub async fn list(app: &App, caller: &Caller, filter: Filter) -> Result<Vec<Record>> {
    caller.must("read the audit", &[Privilege::AllAdministrative])?;
    let read = app.db().read(move |tx| Box::pin(async move { find(tx, &filter).await }));
    Ok(read.await?)
}
