//! Removing logs whose time is over.

use jiff::tz::TimeZone;
use scheduler_store::job_log;

use crate::App;
use crate::error::{Error, Result};

/// Rows that are removed in one transaction.
const ROWS: i64 = 10_000;

/// Removes the logs that were to be kept until an earlier day: first what says where they are, then the text. Says how
/// many logs there were.
///
/// # Errors
/// The database or the archive did not do it; the rest is removed later.
pub async fn retain(app: &App) -> Result<u64> {
    let today = app.now().to_zoned(TimeZone::UTC).date();
    let mut removed = 0;
    loop {
        let day = today.to_string();
        let rows = app
            .db()
            .write(move |tx| {
                let day = day.clone();
                Box::pin(async move { Ok::<_, Error>(job_log::expire(tx, &day, ROWS).await?) })
            })
            .await?;
        removed += rows;
        if rows == 0 {
            break;
        }
    }
    app.archive()?.expire(today).await.map_err(|error| Error::Refused(error.to_string()))?;
    Ok(removed)
}
