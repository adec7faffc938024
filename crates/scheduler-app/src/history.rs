//! What is known of the past, and when it is forgotten (`opcon-domain 1.13`).

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use scheduler_store::attempt::{self, Attempt};
use scheduler_store::auto_build::{self, BuildDay};
use scheduler_store::outcome::{self, Outcome};
use scheduler_store::{audit, daily_job};

use crate::App;
use crate::error::Result;
use crate::events::server_options;

/// Dates of history that one pass forgets at most.
const DATES_MAX: usize = 100;
/// Audit records that one transaction forgets at most.
const RECORDS: i64 = 10_000;

/// How long the past is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Days after its date for which it is known what became of each planned instant, each attempt and each build.
    pub history_days: u16,
    /// Days for which audit records are kept.
    pub audit_days: u16,
}

impl Default for Retention {
    /// The vendor's: two years of history, one year of audit.
    fn default() -> Self {
        Self { history_days: 730, audit_days: 365 }
    }
}

/// What a pass has forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Dates with their outcomes, attempts and builds.
    pub dates: usize,
    /// Audit records.
    pub records: u64,
}

/// Forgets what is older than it is to be known. A date goes in a transaction of its own; attempts of daily jobs that are still in
/// the plan, or of which something is still wanted, stay with the outcomes of their jobs, and go with them later.
///
/// # Errors
/// The database did not do it; the rest is forgotten later.
pub async fn forget(app: &App, keep: Retention) -> Result<Forgotten> {
    let mut forgotten = Forgotten::default();
    let now = app.now();
    let zone = app
        .db()
        .read(|tx| {
            Box::pin(async move { Ok::<_, crate::Error>(server_options(tx).await?.time_zone) })
        })
        .await?;
    let today = zone.0.local(now).date();
    let first_kept = today.saturating_sub(i64::from(keep.history_days).days()).to_string();
    let mut done = String::new();
    while forgotten.dates < DATES_MAX {
        let (after, before) = (done, first_kept.clone());
        let found = app
            .db()
            .write(move |tx| {
                let (after, before) = (after.clone(), before.clone());
                Box::pin(async move { forget_next(tx, &after, &before).await })
            })
            .await?;
        let Some((date, is_any)) = found else { break };
        forgotten.dates += usize::from(is_any);
        done = date;
    }
    let age = SignedDuration::from_hours(24 * i64::from(keep.audit_days));
    let before = sql::to_micros(now.saturating_sub(age).unwrap_or(Timestamp::UNIX_EPOCH));
    loop {
        let gone = app
            .db()
            .write(move |tx| Box::pin(async move { audit::expire(tx, before, RECORDS).await }))
            .await?;
        forgotten.records += gone;
        if gone == 0 {
            return Ok(forgotten);
        }
    }
}

/// Forgets what can be forgotten of the next date, and says which that was and whether there was anything.
async fn forget_next(
    tx: &mut sql::Tx<'_>,
    after: &str,
    before: &str,
) -> sql::Result<Option<(String, bool)>> {
    let build = auto_build::oldest_day(tx, before).await?;
    let has_build = build.is_some();
    let dates = [outcome::oldest_date(tx, after, before).await?, build];
    let Some(date) = dates.into_iter().flatten().min() else { return Ok(None) };
    let mut gone = attempt::expire(tx, &date).await?;
    gone += outcome::expire(tx, &date).await?;
    auto_build::expire_day(tx, &date).await?;
    Ok(Some((date, has_build || gone > 0)))
}

/// What became of a job on a date, for one that is not in the plan any more, or never was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// What became of each of its planned instants, in their order.
    pub outcomes: Vec<Outcome>,
    /// What automatic build made of that date of its schedule.
    pub build: Option<BuildDay>,
    /// The attempts of those of its daily jobs that are not in the plan any more, oldest first.
    pub attempts: Vec<Attempt>,
}

/// What became of a job on a date.
///
/// # Errors
/// The database could not be read.
pub async fn past(app: &App, date: Date, schedule: &str, job: &str) -> Result<Past> {
    let (date, schedule, job) = (date.to_string(), schedule.to_owned(), job.to_owned());
    let read = app.db().read(move |tx| {
        let (date, schedule, job) = (date.clone(), schedule.clone(), job.clone());
        Box::pin(async move {
            let outcomes = outcome::of_job_on(tx, &date, &schedule, &job).await?;
            let days = auto_build::days_of(tx, &date).await?;
            let build = days.into_iter().find(|day| day.schedule == schedule);
            let attempts = attempts_of_gone(tx, &outcomes).await?;
            Ok::<_, sql::Error>(Past { outcomes, build, attempts })
        })
    });
    Ok(read.await?)
}

/// Of the daily jobs that have these outcomes and are not in the plan any more the attempts, oldest first.
async fn attempts_of_gone(tx: &mut sql::Tx<'_>, outcomes: &[Outcome]) -> sql::Result<Vec<Attempt>> {
    let known: BTreeSet<i64> =
        outcomes.iter().map(|of| of.job_id).filter(|job_id| *job_id > 0).collect();
    let here = daily_job::by_ids(tx, &sql::id_list(known.iter().copied())).await?;
    let gone = known.into_iter().filter(|id| here.iter().all(|job| job.id != *id));
    attempt::of_jobs(tx, &sql::id_list(gone)).await
}
