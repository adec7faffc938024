//! The reconciler of automatic deletion: daily schedules leave the plan so many days after their date as their definition says.
//!
//! Only one that is completed is deleted. One that is open stays until it is completed, and goes then. Its outcomes,
//! attempts and logs stay.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::{daily_schedule, node};

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
/// The database did not do it, or this process is fenced off. Nothing of the pass has happened then.
pub async fn delete(app: &App) -> Result<Deleted> {
    let (now, life) = (app.now(), app.life());
    let micros = sql::to_micros(now);
    let (schedules, next) = app
        .db()
        .write(move |tx| {
            Box::pin(async move {
                if !node::is_current(tx, life.node_id, life.fence).await? {
                    return Err(Error::Fenced);
                }
                let mut schedules = 0;
                for schedule in daily_schedule::to_delete(tx, micros, SCHEDULES_MAX).await? {
                    if daily_schedule::open_attempts(tx, schedule.id).await? > 0 {
                        daily_schedule::set_delete_at(tx, schedule.id, micros + AGAIN).await?;
                        continue;
                    }
                    remove(tx, &schedule, Gone::Deleted, now).await?;
                    audit::append(tx, &record(&schedule, micros)).await?;
                    schedules += 1;
                }
                Ok((schedules, daily_schedule::next_delete(tx).await?))
            })
        })
        .await?;
    if schedules > 0 {
        app.wakes().advance.wake();
    }
    let next = next.map(|at| sql::from_micros("daily_schedule", "delete_at", at)).transpose()?;
    Ok(Deleted { schedules, next })
}

fn record(schedule: &daily_schedule::DailySchedule, at: i64) -> NewRecord {
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
