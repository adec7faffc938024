//! Building days: what the plan says is stored as daily schedules, jobs and edges.

mod edges;
mod place;
mod rows;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use scheduler_core::action::Privilege;
use scheduler_core::model::ScheduleId;
use scheduler_core::plan::{Plan, Wanted};
use scheduler_core::schedule::build::Why;
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::daily_job;

use crate::definitions::{Loaded, load};
use crate::error::{Error, Result};
use crate::{App, Caller};

pub(crate) use edges::rule;
pub(crate) use rows::WAITS_FOR_SCHEDULE;

/// What is to be built.
#[derive(Debug, Clone)]
pub struct Request {
    /// The date.
    pub date: Date,
    /// The schedules, by name; none for all that are not subschedules.
    pub schedules: Option<Vec<String>>,
    /// Whether completed daily schedules are replaced.
    pub overwrite: bool,
    /// Whether they are built on hold.
    pub on_hold: bool,
    /// Why, in the caller's words.
    pub reason: Option<String>,
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Built {
    /// The daily schedules that were made, subschedules after those of their containers.
    pub schedules: Vec<BuiltSchedule>,
    /// Those that stay as they are, and why.
    pub left: Vec<(String, Why)>,
}

/// A daily schedule that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltSchedule {
    /// Its number.
    pub id: i64,
    /// What it is called among those of its date.
    pub name: String,
    /// How many jobs it has.
    pub jobs: usize,
}

/// Builds a date of schedules in one transaction.
///
/// # Errors
/// [`Error::Unknown`] for a schedule that is not defined, [`Error::TooLarge`], [`Error::Forbidden`], or the database did
/// not do it. Nothing is stored then.
pub async fn build(app: &App, caller: &Caller, request: Request) -> Result<Built> {
    caller.must("build schedules", &[Privilege::BuildSchedules])?;
    let planned = Arc::new(Planned::new(app, request).await?);
    let (now, caller) = (app.now(), caller.name().to_owned());
    let done = app
        .db()
        .write(move |tx| {
            let (planned, caller) = (Arc::clone(&planned), caller.clone());
            Box::pin(async move {
                let built = planned.store(tx, now).await?;
                if !built.schedules.is_empty() {
                    let record = record(&caller, &planned.request, &built, sql::to_micros(now));
                    audit::append(tx, &record).await?;
                }
                Ok(built)
            })
        })
        .await;
    app.wakes().advance.wake();
    done
}

/// A day that is planned and not stored yet.
pub(crate) struct Planned {
    loaded: Loaded,
    plan: Plan,
    request: Request,
}

impl Planned {
    /// Plans a day by the definitions that are stored.
    pub(crate) async fn new(app: &App, request: Request) -> Result<Self> {
        let loaded = load(app).await?;
        let ids = find(&loaded, request.schedules.as_deref())?;
        let wanted = ids.as_deref().map_or(Wanted::All, Wanted::Only);
        let plan = scheduler_core::plan::build(&loaded.model, request.date, wanted)?;
        Ok(Self { loaded, plan, request })
    }

    /// Stores what is not there yet.
    pub(crate) async fn store(&self, tx: &mut sql::Tx<'_>, now: Timestamp) -> Result<Built> {
        store(tx, &self.loaded, &self.plan, &self.request, now).await
    }
}

fn find(loaded: &Loaded, names: Option<&[String]>) -> Result<Option<Vec<ScheduleId>>> {
    let Some(names) = names else { return Ok(None) };
    let find = |name: &String| {
        loaded.model.schedule_named(name).ok_or_else(|| Error::Unknown {
            what: "schedule",
            name: name.clone(),
            hint: core_kit::nearest(name, loaded.model.schedule_names())
                .map_or_else(String::new, |near| format!("; did you mean `{near}`?")),
        })
    };
    names.iter().map(find).collect::<Result<Vec<_>>>().map(Some)
}

async fn store(
    tx: &mut sql::Tx<'_>,
    loaded: &Loaded,
    plan: &Plan,
    request: &Request,
    now: Timestamp,
) -> Result<Built> {
    let mut built = Built::default();
    let places = place::places(tx, loaded, plan, request, sql::to_micros(now), &mut built).await?;
    let mut edges = edges::Edges::of(plan, loaded, &places);
    edges.look(tx).await?;
    let rows = rows::rows(loaded, plan, &places, &edges.open, now)?;
    daily_job::insert(tx, &rows).await?;
    edges.insert(tx).await?;
    edges::adopt(tx, plan, loaded, &places).await?;
    Ok(built)
}

fn record(caller: &str, request: &Request, built: &Built, now: i64) -> NewRecord {
    let names: Vec<&str> = built.schedules.iter().map(|each| each.name.as_str()).collect();
    let jobs: usize = built.schedules.iter().map(|each| each.jobs).sum();
    NewRecord {
        at: now,
        caller: caller.to_owned(),
        action: "schedule.build",
        subject: request.date.to_string(),
        reason: request.reason.clone(),
        old_value: None,
        new_value: Some(serde_json::json!({ "schedules": names, "jobs": jobs }).to_string()),
    }
}
