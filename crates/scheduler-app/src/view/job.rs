//! One daily job.

use scheduler_store::attempt::{self, Attempt};
use scheduler_store::daily_job::{self, DailyJob};
use scheduler_store::daily_schedule::{self, DailySchedule};

use super::why::{self, Why};
use crate::App;
use crate::error::{Error, Result};

/// A daily job, with its schedule and its last attempt.
#[derive(Debug, Clone)]
pub struct JobView {
    /// The job.
    pub job: DailyJob,
    /// Its schedule.
    pub schedule: DailySchedule,
    /// Its last attempt.
    pub last: Option<Attempt>,
}

/// A daily job with its attempts, oldest first, and why it is as it is.
///
/// # Errors
/// [`Error::Unknown`], or the database could not be read.
pub async fn job(app: &App, id: i64) -> Result<(JobView, Vec<Attempt>, Vec<Why>)> {
    let now = app.now();
    let read = app.db().read(move |tx| {
        Box::pin(async move {
            let view = view(tx, id).await?;
            let attempts = attempt::of_jobs(tx, &sql::id_list([id])).await?;
            let why = why::why(tx, &view, &attempts, now).await?;
            let last = attempts.last().cloned();
            Ok::<_, Error>((JobView { last, ..view }, attempts, why))
        })
    });
    read.await
}

/// A daily job without its attempts.
pub(super) async fn view(tx: &mut sql::Tx<'_>, id: i64) -> Result<JobView> {
    let gone = || Error::Unknown { what: "daily job", name: id.to_string(), hint: String::new() };
    let jobs = daily_job::by_ids(tx, &sql::id_list([id])).await?;
    let job = jobs.into_iter().next().ok_or_else(gone)?;
    let schedules = daily_schedule::by_ids(tx, &sql::id_list([job.schedule_id])).await?;
    let schedule = schedules.into_iter().next().ok_or_else(gone)?;
    Ok(JobView { job, schedule, last: None })
}
