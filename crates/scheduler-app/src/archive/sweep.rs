//! Removing what the archive has of logs that nobody knows: a process that was killed between storing text and storing where it
//! lies has left it there, and its attempts were copied again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use job_archive::{LogIndex, Removed, SweepError};
use scheduler_store::job_log::{self, Place};
use scheduler_store::server_state;
use tokio::sync::Mutex;

use crate::App;
use crate::error::{Error, Result};

/// What was stored in the archive later than so long ago is left alone: who has stored it may not have said yet where it lies.
/// [`STORED_WITHIN`] keeps it far from that.
pub(super) const GRACE: Duration = Duration::from_secs(24 * 3600);

/// A copy of which it cannot be stored within this time where it lies is made again. Half of [`GRACE`].
pub(super) const STORED_WITHIN: Duration = Duration::from_secs(12 * 3600);

/// What the clocks of a store and of this machine may differ, when it is said what an earlier sweep has seen.
const CLOCKS: SignedDuration = SignedDuration::from_hours(1);

/// Rows that are read in one transaction.
const ROWS: i64 = 10_000;

/// Removes what no log needs from the archive. A sweep looks only at what was stored since the last one and is a day old, in the
/// time of the machine: stores know no other.
///
/// # Errors
/// The database or the archive did not do it; the rest is removed by the next one.
pub async fn sweep(app: &App) -> Result<Removed> {
    let now = app.clock().machine();
    let swept =
        app.db().read(|tx| Box::pin(async move { server_state::archive_swept(tx).await })).await?;
    let since =
        swept.map(|at| sql::from_micros("server_state", "archive_swept", at)).transpose()?;
    // A day is read once: its keys are asked for page by page.
    let known: Arc<Mutex<Option<Known>>> = Arc::default();
    let removed = app
        .archive()?
        .sweep(now, GRACE, since, |day, keys| {
            let (app, known) = (app.clone(), Arc::clone(&known));
            async move {
                let mut known = known.lock().await;
                let of_day = known.take().filter(|known| known.day == day);
                let of_day = match of_day {
                    Some(of_day) => of_day,
                    None => Known::of(&app, day).await?,
                };
                let found = keys.into_iter().filter(|key| of_day.keys.contains(key)).collect();
                *known = Some(of_day);
                Ok::<_, Error>(found)
            }
        })
        .await;
    let removed = removed.map_err(|error| match error {
        SweepError::Archive(error) => Error::Refused(error.to_string()),
        SweepError::Oracle(error) => error,
    })?;
    let until = until(now);
    app.db()
        .write(move |tx| {
            Box::pin(
                async move { Ok::<_, Error>(server_state::set_archive_swept(tx, until).await?) },
            )
        })
        .await?;
    Ok(removed)
}

/// What the logs that are kept until a day need of the archive.
struct Known {
    day: Date,
    keys: HashSet<String>,
}

impl Known {
    async fn of(app: &App, day: Date) -> Result<Self> {
        let (text, mut keys, mut after) = (day.to_string(), HashSet::new(), Place::default());
        loop {
            let (of, from) = (text.clone(), after);
            let rows = app
                .db()
                .read(move |tx| {
                    let (of, from) = (of.clone(), from.clone());
                    Box::pin(async move { job_log::kept_until(tx, &of, &from, ROWS).await })
                })
                .await?;
            let Some(last) = rows.last() else { return Ok(Self { day, keys }) };
            after = Place { job_id: last.job_id, attempt: last.attempt, name: last.name.clone() };
            for row in &rows {
                let of = LogIndex::keys_of(&row.chunks).map_err(|why| Error::Stored {
                    what: format!(
                        "the log `{}` of attempt {} of daily job {}",
                        row.name, row.attempt, row.job_id
                    ),
                    why: why.to_string(),
                })?;
                keys.extend(of);
            }
        }
    }
}

/// Up to where a sweep at a time has looked, in microseconds.
fn until(now: Timestamp) -> i64 {
    let grace = SignedDuration::try_from(GRACE).unwrap_or_default();
    sql::to_micros(now.saturating_sub(grace + CLOCKS).unwrap_or(Timestamp::MIN))
}
