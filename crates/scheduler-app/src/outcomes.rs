//! Run or reason: whether each planned instant of a date has its outcome.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;
use scheduler_core::action::Privilege;
use scheduler_core::job::State;
use scheduler_store::auto_build::{self, AutoBuild, BuildDay};
use scheduler_store::daily_job;
use scheduler_store::daily_schedule::{self, DailySchedule};
use scheduler_store::outcome::{self, Outcome};

use crate::error::Result;
use crate::removal::{instants, life};
use crate::{App, Caller};

/// What is known of the planned instants of a date.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// Those that should have an outcome and have none: none where everything is well.
    pub missing: Vec<Missing>,
    /// How many have none yet, because their job is not over.
    pub open: usize,
}

/// A planned instant without an outcome.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// The daily schedule, or the schedule of which nothing is known on that date.
    pub schedule: String,
    /// The daily job; none for all of the schedule.
    pub job: Option<String>,
    /// The planned instant, in microseconds; none for all of the job.
    pub planned_at: Option<i64>,
}

/// Looks for planned instants of a date without an outcome. When all daily schedules of the date are completed there are
/// none that are open, and when nothing was lost there are none that are missing.
///
/// # Errors
/// [`crate::Error::Forbidden`], or the database could not be read.
pub async fn missing_outcomes(app: &App, caller: &Caller, date: Date) -> Result<Outcomes> {
    caller.must("see outcomes", &[Privilege::AllAdministrative])?;
    let text = date.to_string();
    app.db()
        .read(move |tx| {
            let date = text.clone();
            Box::pin(async move {
                let stored = outcome::of_date(tx, &date).await?;
                let mut found = Outcomes::default();
                let known: HashSet<(i64, i64)> =
                    stored.iter().map(|each| (each.job_id, each.planned_at)).collect();
                let run = stored.iter().filter(|each| each.job_id != 0);
                let mut built: HashSet<String> = run.map(|each| each.schedule.clone()).collect();
                for schedule in daily_schedule::of_date(tx, &date).await? {
                    look(tx, &schedule, &known, &mut found).await?;
                    built.insert(schedule.schedule);
                }
                let stands = auto_build::all(tx).await?;
                let days = auto_build::days_of(tx, &date).await?;
                not_decided(&date, &stands, &days, &mut found);
                not_recorded(&days, &stored, &built, &mut found);
                found.missing.sort();
                Ok(found)
            })
        })
        .await
}

/// The jobs of a daily schedule.
async fn look(
    tx: &mut sql::Tx<'_>,
    schedule: &DailySchedule,
    known: &HashSet<(i64, i64)>,
    found: &mut Outcomes,
) -> Result<()> {
    for job in daily_job::of_schedule(tx, schedule.id).await? {
        // One that was added to a completed schedule waits until somebody opens that.
        let is_left = |at: i64| job.added_at.is_none_or(|added| added < at);
        let is_over = schedule.completed_at.is_some_and(is_left)
            || matches!(life(&job)?.state, State::Ended { .. });
        for planned_at in instants(&job)? {
            if known.contains(&(job.id, planned_at)) {
                continue;
            }
            if is_over {
                found.missing.push(Missing {
                    schedule: schedule.name.clone(),
                    job: Some(job.name.clone()),
                    planned_at: Some(planned_at),
                });
            } else {
                found.open += 1;
            }
        }
    }
    Ok(())
}

/// Dates that automatic build has left behind without a word.
fn not_decided(date: &str, stands: &[AutoBuild], days: &[BuildDay], found: &mut Outcomes) {
    let known: HashSet<&str> = days.iter().map(|day| day.schedule.as_str()).collect();
    let passed = stands.iter().filter(|row| {
        row.since.as_str() <= date
            && date < row.next_date.as_str()
            && !known.contains(row.schedule.as_str())
    });
    let missing =
        |row: &AutoBuild| Missing { schedule: row.schedule.clone(), job: None, planned_at: None };
    found.missing.extend(passed.map(missing));
}

/// Dates that were not built, and of which not every instant says so. What was built by hand afterwards counts as built.
fn not_recorded(
    days: &[BuildDay],
    stored: &[Outcome],
    built: &HashSet<String>,
    found: &mut Outcomes,
) {
    let mut instants: BTreeMap<(&str, i64), i64> = BTreeMap::new();
    for each in stored.iter().filter(|each| each.job_id == 0) {
        *instants.entry((each.outcome.as_str(), each.at)).or_default() += 1;
    }
    for day in days.iter().filter(|day| day.instants > 0 && !built.contains(&day.schedule)) {
        let left = instants.entry((day.what.as_str(), day.at)).or_default();
        *left -= day.instants;
        if *left < 0 {
            found.missing.push(Missing {
                schedule: day.schedule.clone(),
                job: None,
                planned_at: None,
            });
        }
    }
}
