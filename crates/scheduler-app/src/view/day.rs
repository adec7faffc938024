//! The daily schedules and jobs of a date.

use jiff::civil::Date;
use scheduler_store::attempt::{self, Attempt};
use scheduler_store::daily_job::{self, DailyJob};
use scheduler_store::daily_schedule::{self, DailySchedule};

use super::JobView;
use crate::App;
use crate::error::Result;

/// Which jobs of a date are meant; what is left out does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Of the daily schedule of that name.
    pub schedule: Option<String>,
    /// With a status that begins so, whatever the case: `failed`, `wait`.
    pub status: Option<String>,
    /// Of which their agent says something that begins so, whatever the case (`wait for input`), or by this number (`14`).
    pub says: Option<String>,
}

/// The daily schedules of a date, in the order of their build.
///
/// # Errors
/// The database could not be read.
pub async fn schedules(app: &App, date: Date) -> Result<Vec<DailySchedule>> {
    let read = app.db().read(move |tx| {
        Box::pin(async move { daily_schedule::of_date(tx, &date.to_string()).await })
    });
    Ok(read.await?)
}

/// The daily jobs of a date, in the order of their build.
///
/// # Errors
/// The database could not be read.
pub async fn jobs(app: &App, date: Date, filter: &JobFilter) -> Result<Vec<JobView>> {
    let filter = filter.clone();
    let read = app.db().read(move |tx| {
        let filter = filter.clone();
        Box::pin(async move {
            let mut found = Vec::new();
            for schedule in daily_schedule::of_date(tx, &date.to_string()).await? {
                if filter.schedule.as_ref().is_some_and(|name| *name != schedule.name) {
                    continue;
                }
                let jobs = daily_job::of_schedule(tx, schedule.id).await?;
                let jobs: Vec<DailyJob> =
                    jobs.into_iter().filter(|job| filter.is_met(job)).collect();
                let ids = sql::id_list(jobs.iter().map(|job| job.id));
                let mut attempts = attempt::of_jobs(tx, &ids).await?.into_iter().peekable();
                let mut jobs = jobs;
                jobs.sort_by_key(|job| job.id);
                for job in jobs {
                    let mut last: Option<Attempt> = None;
                    while attempts.peek().is_some_and(|attempt| attempt.job_id <= job.id) {
                        last = attempts.next();
                    }
                    let last = last.filter(|attempt| attempt.job_id == job.id);
                    found.push(JobView { job, schedule: schedule.clone(), last, tags: Vec::new() });
                }
            }
            Ok::<_, sql::Error>(found)
        })
    });
    Ok(read.await?)
}

impl JobFilter {
    fn is_met(&self, job: &DailyJob) -> bool {
        let begins =
            |text: &str, wanted: &str| text.to_lowercase().starts_with(&wanted.to_lowercase());
        let has_status = self.status.as_ref().is_none_or(|wanted| begins(&job.status, wanted));
        has_status
            && self.says.as_ref().is_none_or(|wanted| {
                let code = job.phase_code.map(|code| code.to_string());
                job.phase.as_ref().is_some_and(|phase| begins(phase, wanted))
                    || code.is_some_and(|code| code == *wanted)
            })
    }
}
