//! The reconciler of time: what is due is tested, started, late or over. It takes no input and does one bounded pass.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use scheduler_store::{daily_job, daily_schedule};

use crate::App;
use crate::error::Result;
use crate::work::Work;

/// Jobs that one pass takes up at most.
const JOBS_MAX: i64 = 500;
/// Schedules that one pass starts at most.
const SCHEDULES_MAX: i64 = 50;

/// What a pass has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advanced {
    /// Events that were handled.
    pub steps: usize,
    /// When the next thing is due; none for nothing.
    pub next: Option<Timestamp>,
}

/// Moves on everything that is due, up to a bound.
///
/// # Errors
/// The database did not do it; nothing of the pass has happened then.
pub async fn advance(app: &App) -> Result<Advanced> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let (done, next) = app
        .db()
        .write(move |tx| {
            let bodies = std::sync::Arc::clone(&bodies);
            Box::pin(async move {
                let micros = sql::to_micros(now);
                let schedules = daily_schedule::due(tx, micros, SCHEDULES_MAX).await?;
                let jobs = daily_job::due(tx, micros, JOBS_MAX).await?;
                let mut work = Work::begin(tx, bodies, now, life).await?;
                let schedules: Vec<i64> = schedules.iter().map(|schedule| schedule.id).collect();
                work.schedules_due(&schedules).await?;
                work.due(jobs).await?;
                work.wake_for_room().await?;
                let unlocked_at = work.release_locks().await?.map(sql::to_micros);
                let done = work.finish().await?;
                let next = [
                    daily_schedule::next_due(tx).await?,
                    daily_job::next_due(tx).await?,
                    unlocked_at,
                ];
                let next = next.into_iter().flatten().min();
                let next =
                    next.map(|at| sql::from_micros("daily_job", "due_at", at)).transpose()?;
                Ok::<_, crate::Error>((done, next))
            })
        })
        .await?;
    app.wakes().after(done);
    Ok(Advanced { steps: done.steps, next })
}
