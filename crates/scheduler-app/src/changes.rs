//! What is other on one day than the definitions say, as it is stored with a daily job.

use scheduler_core::job::changes::Changes;
use scheduler_store::daily_job::DailyJob;

use crate::error::{Error, Result};

/// What is other of a daily job.
pub(crate) fn changes(row: &DailyJob) -> Result<Changes> {
    let Some(text) = &row.changes else { return Ok(Changes::default()) };
    serde_json::from_str(text).map_err(|why| Error::Stored {
        what: format!("the changes of daily job {}", row.id),
        why: why.to_string(),
    })
}
