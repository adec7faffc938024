//! The daily schedules and jobs of a date.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;
use scheduler_core::job::{Category, Status};
use scheduler_store::attempt::{self, Attempt};
use scheduler_store::daily_job::{self, DailyJob};
use scheduler_store::daily_schedule::{self, DailySchedule};

use super::JobView;
use crate::App;
use crate::error::{Error, Result};
use crate::operate::find_schedule;

/// Jobs that are read at once.
const PART: usize = 5_000;

/// Which jobs of a date are meant; what is left out does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Of the daily schedule of that name.
    pub schedule: Option<String>,
    /// With a status, or of a group of statuses, that begins so, whatever the case: `wait start`, `failed`.
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
pub async fn jobs(app: &App, date: Date, filter: JobFilter) -> Result<Vec<JobView>> {
    let (mut parts, mut all) = (Jobs::of(app, date, filter).await?, Vec::new());
    while let Some(part) = parts.next().await? {
        all.extend(part);
    }
    Ok(all)
}

/// The daily jobs of a date, in the order of their build and in parts: a day may have more of them than should be read, or held,
/// at once. What changes meanwhile is shown as it is when its part is read.
#[derive(Debug)]
pub struct Jobs {
    app: App,
    filter: JobFilter,
    /// Those that are not read yet.
    ids: std::vec::IntoIter<i64>,
    /// How many of them are read at once.
    part: usize,
}

impl Jobs {
    /// Reads which jobs there are.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a daily schedule or a status that there is not, or the database could not be read.
    pub async fn of(app: &App, date: Date, filter: JobFilter) -> Result<Self> {
        if let Some(status) = &filter.status {
            must_be_known(status)?;
        }
        if let Some(schedule) = &filter.schedule {
            find_schedule(app, date, schedule).await?;
        }
        let schedule = filter.schedule.clone();
        let read = app.db().read_one(move |tx| {
            let schedule = schedule.clone();
            Box::pin(async move {
                daily_job::ids_of_date(tx, &date.to_string(), schedule.as_deref()).await
            })
        });
        Ok(Self { app: app.clone(), filter, ids: read.await?.into_iter(), part: PART })
    }

    /// Fewer are read at once.
    #[cfg(test)]
    pub(crate) fn in_parts_of(self, part: usize) -> Self {
        Self { part, ..self }
    }

    /// The next part, which may be empty where the filter lets none pass; none at the end.
    ///
    /// # Errors
    /// The database could not be read.
    pub async fn next(&mut self) -> Result<Option<Vec<JobView>>> {
        let ids: Vec<i64> = self.ids.by_ref().take(self.part).collect();
        if ids.is_empty() {
            return Ok(None);
        }
        let filter = self.filter.clone();
        let read = self.app.db().read(move |tx| {
            let (ids, filter) = (ids.clone(), filter.clone());
            Box::pin(async move { part(tx, &ids, &filter).await })
        });
        Ok(Some(read.await?))
    }
}

/// Those of some jobs that meet a filter, in the order of their numbers given.
async fn part(tx: &mut sql::Tx<'_>, ids: &[i64], filter: &JobFilter) -> sql::Result<Vec<JobView>> {
    let of = |ids: BTreeSet<i64>| sql::id_list(ids);
    let mut jobs = daily_job::by_ids(tx, &sql::id_list(ids.iter().copied())).await?;
    jobs.retain(|job| filter.is_met(job));
    let schedules = of(jobs.iter().map(|job| job.schedule_id).collect());
    let schedules = daily_schedule::by_ids(tx, &schedules).await?;
    let schedules: HashMap<i64, DailySchedule> =
        schedules.into_iter().map(|schedule| (schedule.id, schedule)).collect();
    let attempts = attempt::of_jobs(tx, &of(jobs.iter().map(|job| job.id).collect())).await?;
    // The last one of a job stays.
    let mut last: HashMap<i64, Attempt> =
        attempts.into_iter().map(|attempt| (attempt.job_id, attempt)).collect();
    let mut jobs: HashMap<i64, DailyJob> = jobs.into_iter().map(|job| (job.id, job)).collect();
    let in_order = ids.iter().filter_map(|id| {
        let job = jobs.remove(id)?;
        let schedule = schedules.get(&job.schedule_id)?.clone();
        Some(JobView { last: last.remove(id), schedule, job, tags: Vec::new() })
    });
    Ok(in_order.collect())
}

fn begins(text: &str, wanted: &str) -> bool {
    text.to_lowercase().starts_with(&wanted.to_lowercase())
}

/// Whether a text means a status: as the beginning of its own name, or of that of its group.
fn is_meant(wanted: &str, status: Status) -> bool {
    begins(status.description(), wanted) || begins(status.category().name(), wanted)
}

/// Nobody should take a mistake in writing for a good night.
fn must_be_known(wanted: &str) -> Result<()> {
    if Status::ALL.iter().any(|status| is_meant(wanted, *status)) {
        return Ok(());
    }
    let groups = Category::ALL.iter().map(|group| group.name());
    let all = groups.chain(Status::ALL.iter().map(|status| status.description()));
    let hint = core_kit::nearest(wanted, all);
    let hint = hint.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Err(Error::Unknown { what: "status", name: wanted.to_owned(), hint })
}

impl JobFilter {
    fn is_met(&self, job: &DailyJob) -> bool {
        let has_status = self.status.as_ref().is_none_or(|wanted| {
            let status = Status::from_description(&job.status);
            status.is_some_and(|status| is_meant(wanted, status))
        });
        has_status
            && self.says.as_ref().is_none_or(|wanted| {
                let code = job.phase_code.map(|code| code.to_string());
                job.phase.as_ref().is_some_and(|phase| begins(phase, wanted))
                    || code.is_some_and(|code| code == *wanted)
            })
    }
}
