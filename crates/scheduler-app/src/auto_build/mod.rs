//! The reconciler of automatic builds: dates whose time has come are built, each once.
//!
//! Where each schedule stands is a row of `auto_build`: its next date, and when that is due. A date is built, and where its
//! schedules stand moves on, in one transaction. Of those that are due together one plan is made, so that they know each
//! other.

mod day;
mod stand;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use scheduler_core::schedule::ad_hoc::Maintenance;
use scheduler_core::schedule::auto_build::due;
use scheduler_store::auto_build::{self as table, AutoBuild};
use scheduler_store::{node, server_state};

use crate::App;
use crate::definitions::{Loaded, load};
use crate::error::{Error, Result};
use crate::events::maintenance_failed;
use day::{Day, Stored, What};
pub(crate) use stand::Stands;

/// Dates that one pass takes up at most; the rest follows in the next.
const DATES_MAX: usize = 31;

/// When a date that could not be built is tried again.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// What a pass has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Dates of schedules that were built or decided about.
    pub dates: usize,
    /// When the next one is due; none for never.
    pub next: Option<Timestamp>,
}

/// Builds what is due, up to a bound of dates.
///
/// # Errors
/// The database did not do it, or this process is fenced off. Dates that were stored before stay so.
pub async fn auto_build(app: &App) -> Result<Done> {
    let Some((loaded, days)) = days_due(app).await? else {
        return Ok(Done { dates: 0, next: next(app).await? });
    };
    let mut dates = 0;
    let mut left: HashSet<String> = HashSet::new();
    for mut day in days.into_values().take(DATES_MAX) {
        day.schedules.retain(|name, _| !left.contains(name));
        if day.schedules.is_empty() {
            continue;
        }
        match one(app, &loaded, day, &mut left).await? {
            Some(count) => dates += count,
            // Somebody else was faster, or the definitions are others: everything is looked at anew.
            None => break,
        }
    }
    Ok(Done { dates, next: next(app).await? })
}

async fn next(app: &App) -> Result<Option<Timestamp>> {
    let next = app.db().read(|tx| Box::pin(async move { table::next_due(tx).await })).await?;
    Ok(next.map(|at| sql::from_micros("auto_build", "due_at", at)).transpose()?)
}

/// The dates whose time has come, with the definitions by which they are built; none where nothing is due.
async fn days_due(app: &App) -> Result<Option<(Arc<Loaded>, BTreeMap<Date, Day>)>> {
    let now = app.now();
    let due =
        app.db().read(move |tx| Box::pin(async move { table::due(tx, sql::to_micros(now)).await }));
    let due = due.await?;
    if due.is_empty() {
        return Ok(None);
    }
    let loaded = Arc::new(load(app).await?);
    let days = days(&loaded, &due, now);
    Ok(Some((loaded, days)))
}

/// What is to be done about each date, the oldest first.
fn days(loaded: &Loaded, rows: &[AutoBuild], now: Timestamp) -> BTreeMap<Date, Day> {
    let default = loaded.definitions.options.as_ref().map(|options| options.build_time);
    let mut days: BTreeMap<Date, Day> = BTreeMap::new();
    for row in rows {
        // Its definition may have gone after the rows were read: then the rows are read again.
        let schedule = loaded.model.schedule_named(&row.schedule);
        let Some(schedule) = schedule.map(|id| loaded.model.schedule(id)) else { continue };
        let Some(auto) = &schedule.auto_build else { continue };
        let first = match row.next_date.parse() {
            Ok(date) => date,
            Err(why) => {
                // The others are built all the same.
                tracing::error!(schedule = row.schedule, "its next date is damaged: {why}");
                continue;
            }
        };
        let due = due(auto, default.unwrap_or_default(), &schedule.zone, first, now);
        let all = [(What::Build, due.build), (What::Superseded, due.superseded)];
        for (what, dates) in all.into_iter().chain([(What::Missed, due.missed)]) {
            for date in dates {
                let day = days.entry(date).or_insert_with(|| Day::new(date));
                day.schedules.insert(row.schedule.clone(), what);
            }
        }
    }
    days
}

/// Stores one date. Where it cannot be, each of its schedules alone, so that the others do not suffer. Says how many there
/// were; none where something has changed meanwhile.
async fn one(
    app: &App,
    loaded: &Arc<Loaded>,
    day: Day,
    left: &mut HashSet<String>,
) -> Result<Option<usize>> {
    let alone: Vec<Day> = day.alone();
    match store(app, loaded, day).await {
        Err(why) if is_refusal(&why) => {}
        other => return other,
    }
    let mut count = 0;
    for day in alone {
        let name = day.schedules.keys().next().cloned().unwrap_or_default();
        match store(app, loaded, day).await {
            Ok(Some(stored)) => count += stored,
            Ok(None) => return Ok(None),
            Err(why) if is_refusal(&why) => {
                put_off(app, &name, &why).await?;
                left.insert(name);
            }
            Err(why) => return Err(why),
        }
    }
    Ok(Some(count))
}

async fn store(app: &App, loaded: &Arc<Loaded>, day: Day) -> Result<Option<usize>> {
    let (now, life) = (app.now(), app.life());
    let day = Arc::new(day.plan(loaded)?);
    let (done, loaded) = (Arc::clone(&day), Arc::clone(loaded));
    let stored = app
        .db()
        .write(move |tx| {
            let (day, loaded) = (Arc::clone(&day), Arc::clone(&loaded));
            Box::pin(async move { day.store(tx, &loaded, now, life).await })
        })
        .await?;
    if stored == Stored::Changed {
        return Ok(None);
    }
    app.wakes().advance.wake();
    tracing::info!(date = %done.date(), schedules = done.schedules(), "a date was built or decided about");
    Ok(Some(done.schedules()))
}

/// A date that cannot be built is tried again, and says why.
async fn put_off(app: &App, schedule: &str, why: &Error) -> Result<()> {
    tracing::error!(schedule, "it cannot be built: {why}");
    let (now, life) = (app.now(), app.life());
    let (name, why) = (schedule.to_owned(), why.told());
    let again = sql::to_micros(now.saturating_add(AGAIN).unwrap_or(now));
    app.db()
        .write(move |tx| {
            let (name, why) = (name.clone(), why.clone());
            Box::pin(async move {
                if !node::is_current(tx, life.node_id, life.fence).await? {
                    return Err(Error::Fenced);
                }
                server_state::lock_definitions(tx).await?;
                let mut rows = table::lock(tx, &sql::text_list([name.as_str()])).await?;
                // It is tried again and again, and told of once.
                if rows.iter().any(|row| row.problem.is_none()) {
                    maintenance_failed(tx, Maintenance::Build, now).await?;
                }
                for row in &mut rows {
                    (row.due_at, row.problem) = (again, Some(why.clone()));
                }
                Ok::<_, Error>(table::put(tx, &rows).await?)
            })
        })
        .await?;
    app.wakes().events.wake();
    Ok(())
}

/// Whether a date cannot be built as it is, whoever tries.
fn is_refusal(why: &Error) -> bool {
    match why {
        Error::Refused(_)
        | Error::Unknown { .. }
        | Error::Forbidden { .. }
        | Error::Definitions(_)
        | Error::TooLarge(_)
        | Error::Stored { .. } => true,
        // A database that is there, and refuses it or takes too long for it, does so for the others, too, if it is not put off.
        Error::Sql(why) => !why.is_unavailable() || why.is_too_long(),
        Error::Fenced | Error::Revision { .. } => false,
    }
}
