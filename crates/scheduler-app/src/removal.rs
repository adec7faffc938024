//! Daily schedules that go: what has run keeps its outcomes, attempts and logs, what has not gets an outcome that says why, and
//! jobs of other schedules that have waited for theirs wait for a job that is not there.

use jiff::Timestamp;
use scheduler_core::dependency::{Answer, Found, settle};
use scheduler_core::job::{Job, State};
use scheduler_store::daily_job::{self, DailyJob};
use scheduler_store::daily_schedule::{self, DailySchedule};
use scheduler_store::edge;
use scheduler_store::outcome::{self, Outcome};

use crate::build::rule;
use crate::error::{Error, Result};

/// Why a daily job will not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone<'w> {
    /// Its schedule was closed, and by whom.
    Closed(Option<&'w str>),
    /// It was deleted, or its schedule was, and by whom.
    Deleted(Option<&'w str>),
    /// Its schedule was built anew.
    Replaced,
}

impl Gone<'_> {
    /// The outcome of an instant that had none, and its reason.
    fn outcome(self) -> (&'static str, String) {
        let (outcome, reason, by) = match self {
            Self::Closed(by) => ("closed", "its schedule was closed before it ran", by),
            Self::Deleted(by) => ("deleted", "it was deleted before it ran", by),
            Self::Replaced => ("replaced", "its schedule was built anew before it ran", None),
        };
        (outcome, by.map_or_else(|| reason.to_owned(), |by| format!("{reason}, by {by}")))
    }
}

/// Outcomes of all planned instants of a daily job that will not run any more. Those that have one keep it.
pub(crate) fn outcomes_of_gone(
    schedule: &DailySchedule,
    job: &DailyJob,
    gone: Gone<'_>,
    now: Timestamp,
) -> Result<Vec<Outcome>> {
    let (outcome, reason) = gone.outcome();
    let of = |planned_at| Outcome {
        date: schedule.date.clone(),
        schedule: schedule.name.clone(),
        job: job.name.clone(),
        planned_at,
        outcome: outcome.to_owned(),
        reason: reason.clone(),
        at: sql::to_micros(now),
        job_id: job.id,
        attempt: None,
    };
    Ok(instants(job)?.into_iter().map(of).collect())
}

/// The planned instants of a daily job, in order and in microseconds.
pub(crate) fn instants(job: &DailyJob) -> Result<Vec<i64>> {
    let mut all = vec![job.start_at];
    if let Some(further) = &job.further_runs {
        all.extend(parse::<Vec<i64>>(further, job)?);
    }
    Ok(all)
}

/// The life of a daily job.
pub(crate) fn life(job: &DailyJob) -> Result<Job> {
    parse(&job.life, job)
}

fn parse<T: serde::de::DeserializeOwned>(text: &str, job: &DailyJob) -> Result<T> {
    serde_json::from_str(text).map_err(|why| Error::Stored {
        what: format!("daily job {}", job.id),
        why: why.to_string(),
    })
}

/// Outcomes of the jobs of a daily schedule that have not ended.
pub(crate) async fn outcomes_of_open(
    tx: &mut sql::Tx<'_>,
    schedule: &DailySchedule,
    gone: Gone<'_>,
    now: Timestamp,
) -> Result<Vec<Outcome>> {
    let mut all = Vec::new();
    for job in daily_job::of_schedule(tx, schedule.id).await? {
        if !matches!(life(&job)?.state, State::Ended { .. }) {
            all.extend(outcomes_of_gone(schedule, &job, gone, now)?);
        }
    }
    Ok(all)
}

/// Takes a daily schedule off the plan, with those in its containers.
///
/// # Errors
/// [`Error::Refused`] while jobs of it run.
pub(crate) async fn remove(
    tx: &mut sql::Tx<'_>,
    schedule: &DailySchedule,
    gone: Gone<'_>,
    now: Timestamp,
) -> Result<()> {
    // Nobody starts one of its jobs while it goes.
    let below = daily_schedule::below(tx, schedule.id).await?;
    let all = below.iter().copied().chain([schedule.id]);
    daily_schedule::lock(tx, &sql::id_list(all)).await?;
    if daily_schedule::open_attempts(tx, schedule.id).await? > 0 {
        return Err(Error::Refused(format!(
            "`{}/{}` has jobs that run; kill them or wait for their end",
            schedule.date, schedule.name
        )));
    }
    let inside = daily_schedule::by_ids(tx, &sql::id_list(below)).await?;
    let mut jobs = Vec::new();
    for each in std::iter::once(schedule).chain(&inside) {
        let open = outcomes_of_open(tx, each, gone, now).await?;
        outcome::put_missing(tx, &open).await?;
        let own = daily_job::of_schedule(tx, each.id).await?;
        jobs.extend(own.into_iter().map(|job| (job.id, job.job, each.schedule.clone())));
    }
    leave(tx, &schedule.date, &jobs, now).await?;
    Ok(daily_schedule::delete(tx, &schedule.date, &schedule.name).await?)
}

/// Lets those that wait for jobs which go wait for jobs that are not there. An edge that is satisfied stays so.
async fn leave(
    tx: &mut sql::Tx<'_>,
    date: &str,
    jobs: &[(i64, String, String)],
    now: Timestamp,
) -> Result<()> {
    // In the order of their numbers, to look one up by its number.
    let mut jobs: Vec<&(i64, String, String)> = jobs.iter().collect();
    jobs.sort_by_key(|(id, ..)| *id);
    let find = |id: i64| jobs.binary_search_by_key(&id, |(id, ..)| *id).ok().map(|at| jobs[at]);
    let mut woken = Vec::new();
    for each in edge::from(tx, &sql::id_list(jobs.iter().map(|(id, ..)| *id))).await? {
        let rule = rule(&each);
        let goes_too = find(each.successor_id).is_some();
        let Some((_, job, schedule)) = each.predecessor_id.and_then(find) else { continue };
        if goes_too || rule.is_some() && !each.is_open {
            continue;
        }
        let is_open = rule.is_some_and(|rule| settle(rule, Found::Absent) != Answer::Satisfied);
        edge::empty(tx, &each, is_open, schedule, job, date).await?;
        if is_open != each.is_open {
            daily_job::count_edges(tx, each.successor_id, -1).await?;
        }
        woken.push(each.successor_id);
    }
    Ok(daily_job::wake(tx, &sql::id_list(woken), sql::to_micros(now)).await?)
}
