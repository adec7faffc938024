//! One daily job.

use scheduler_core::definition::Job;
use scheduler_store::attempt::{self, Attempt};
use scheduler_store::daily_job::{self, DailyJob};
use scheduler_store::daily_schedule::{self, DailySchedule};
use scheduler_store::definition;

use super::why::{self, Why};
use crate::App;
use crate::changes::changes;
use crate::definitions::body;
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
    /// Its tags; none where they were not asked for.
    pub tags: Vec<String>,
}

impl JobView {
    /// When it starts, or was to start: where it waits for its next try or run, when that is. In microseconds.
    pub fn starts_at(&self) -> i64 {
        let life = serde_json::from_str::<scheduler_core::job::Job>(&self.job.life);
        let next = life.ok().and_then(|life| life.not_before);
        next.map_or(self.job.start_at, sql::to_micros)
    }
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
            let tags = tags(tx, &view.job).await?;
            Ok::<_, Error>((JobView { last, tags, ..view }, attempts, why))
        })
    });
    read.await
}

/// What keeps the schedule of a job from letting it start, in words; none where it goes on. A start by force does not start the schedule.
///
/// # Errors
/// [`Error::Unknown`], or the database could not be read.
pub async fn schedule_in_the_way(app: &App, id: i64) -> Result<Option<String>> {
    let read = app.db().read(move |tx| {
        Box::pin(async move { Ok::<_, Error>(why::of_schedule(&view(tx, id).await?)) })
    });
    let found = read.await?;
    Ok(found.map(|why| {
        let because = why.because.iter().map(|each| format!(": {}", each.text));
        std::iter::once(why.text.clone()).chain(because).collect()
    }))
}

/// An attempt of a job that goes on although it counts as ended, in words: somebody has marked the job while it ran.
///
/// # Errors
/// The database could not be read.
pub async fn still_runs(app: &App, id: i64) -> Result<Option<String>> {
    let read = app.db().read_one(move |tx| {
        Box::pin(async move { attempt::of_jobs(tx, &sql::id_list([id])).await })
    });
    Ok(read.await?.iter().find(|each| each.runs_on()).map(|each| {
        let (number, agent) = (each.number, &each.agent);
        let what = if each.is_kill_wanted {
            "it is being ended by force"
        } else {
            "end it with `ringmaster job kill`, or wait"
        };
        format!(
            "attempt {number} still runs on the agent `{agent}`, whatever was decided of it: {what}"
        )
    }))
}

/// A daily job without its attempts.
pub(super) async fn view(tx: &mut sql::Tx<'_>, id: i64) -> Result<JobView> {
    let gone = || Error::Unknown { what: "daily job", name: id.to_string(), hint: String::new() };
    let jobs = daily_job::by_ids(tx, &sql::id_list([id])).await?;
    let job = jobs.into_iter().next().ok_or_else(gone)?;
    let schedules = daily_schedule::by_ids(tx, &sql::id_list([job.schedule_id])).await?;
    let schedule = schedules.into_iter().next().ok_or_else(gone)?;
    Ok(JobView { job, schedule, last: None, tags: Vec::new() })
}

/// The tags of a daily job: those of its definition, or what events have made of them.
async fn tags(tx: &mut sql::Tx<'_>, job: &DailyJob) -> Result<Vec<String>> {
    let rows = definition::by_ids(tx, &sql::id_list([job.definition_id])).await?;
    let defined: Option<Job> = rows.first().map(body).transpose()?;
    let own = changes(job)?;
    let tags = own.tags(defined.as_ref().map_or(&[], |defined| &defined.tags));
    Ok(tags.iter().map(ToString::to_string).collect())
}
