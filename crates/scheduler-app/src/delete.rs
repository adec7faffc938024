//! The reconciler of automatic deletion: daily schedules leave the plan so many days after their date as their definition says.
//!
//! Only one that is completed is deleted. One that is open stays until it is completed, and goes then. Its outcomes,
//! attempts and logs stay.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::daily_schedule::{self, DailySchedule};
use scheduler_store::node;

use crate::App;
use crate::error::{Error, Result};
use crate::removal::{Gone, remove};

/// Daily schedules that one pass deletes at most.
const SCHEDULES_MAX: i64 = 20;

/// When one whose jobs still run, though it was closed, is looked at again, in microseconds.
const AGAIN: i64 = 10 * 60 * 1_000_000;

/// What a pass has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deleted {
    /// Daily schedules that were deleted, without those in their containers.
    pub schedules: usize,
    /// When the next one is to be deleted, of those that are completed now.
    pub next: Option<Timestamp>,
}

/// Deletes daily schedules whose time has come, up to a bound.
///
/// # Errors
/// The database did not do it, or this process is fenced off. What was deleted stays so.
pub async fn delete(app: &App) -> Result<Deleted> {
    let micros = app.now_micros();
    let ids = app.db().read_one(move |tx| {
        Box::pin(async move { daily_schedule::ids_to_delete(tx, micros, SCHEDULES_MAX).await })
    });
    let mut schedules = 0;
    for id in ids.await? {
        // Each in a transaction of its own: a large one, or one that cannot be deleted, holds up no other.
        match one(app, id).await {
            Ok(is_deleted) => schedules += usize::from(is_deleted),
            Err(why) if why.is_of_the_work() => put_off(app, id, &why).await?,
            Err(why) => return Err(why),
        }
    }
    if schedules > 0 {
        app.wakes().advance.wake();
    }
    let next = app
        .db()
        .read_one(|tx| Box::pin(async move { daily_schedule::next_delete(tx).await }))
        .await?;
    let next = next.map(|at| sql::from_micros("daily_schedule", "delete_at", at)).transpose()?;
    Ok(Deleted { schedules, next })
}

/// Deletes one, unless its jobs still run; whether it did.
async fn one(app: &App, id: i64) -> Result<bool> {
    let (now, life) = (app.now(), app.life());
    let micros = sql::to_micros(now);
    app.db()
        .write(move |tx| {
            Box::pin(async move {
                if !node::is_current(tx, life.node_id, life.fence).await? {
                    return Err(Error::Fenced);
                }
                let found = daily_schedule::to_delete(tx, id, micros).await?;
                let Some(schedule) = found else { return Ok(false) };
                if daily_schedule::open_attempts(tx, schedule.id).await? > 0 {
                    daily_schedule::set_delete_at(tx, schedule.id, micros + AGAIN).await?;
                    return Ok(false);
                }
                remove(tx, &schedule, Gone::Deleted(Some("system:delete")), now).await?;
                audit::append(tx, &record(&schedule, micros)).await?;
                Ok(true)
            })
        })
        .await
}

/// One that cannot be deleted is looked at again later.
async fn put_off(app: &App, id: i64, why: &Error) -> Result<()> {
    tracing::error!(schedule = id, "a daily schedule cannot be deleted: {}", why.told());
    let (at, life) = (app.now_micros() + AGAIN, app.life());
    app.db()
        .write(move |tx| {
            Box::pin(async move {
                if !node::is_current(tx, life.node_id, life.fence).await? {
                    return Err(Error::Fenced);
                }
                Ok(daily_schedule::set_delete_at(tx, id, at).await?)
            })
        })
        .await
}

fn record(schedule: &DailySchedule, at: i64) -> NewRecord {
    NewRecord {
        at,
        caller: "system:delete".to_owned(),
        action: "schedule.delete",
        subject: format!("{}/{}", schedule.date, schedule.name),
        reason: Some("its auto_delete_days have passed".to_owned()),
        old_value: Some(schedule.status.clone()),
        new_value: None,
    }
}
