//! The reconciler of time: what is due is tested, started, late or over. It takes no input and does one bounded pass.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use scheduler_store::{WaitKey, daily_job, daily_schedule};

use crate::App;
use crate::error::{Error, Result};
use crate::work::{Done, Work};

/// Jobs that one pass takes up at most.
const JOBS_MAX: i64 = 500;
/// Schedules that one pass starts at most.
const SCHEDULES_MAX: i64 = 50;

/// When what cannot be moved on is tried again.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// What a pass has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advanced {
    /// Events that were handled.
    pub steps: usize,
    /// When the next thing is due; none for nothing.
    pub next: Option<Timestamp>,
}

/// Something whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Schedule(i64),
    Job(i64),
}

/// Moves on everything that is due, up to a bound. What cannot be moved on, for what is stored of it or what follows from it, is put
/// off, and says why: the rest goes on.
///
/// # Errors
/// The database did not do it; nothing of the pass has happened then, or only a part of it.
pub async fn advance(app: &App) -> Result<Advanced> {
    match together(app).await {
        Err(why) if why.is_of_the_work() => each(app).await,
        done => done,
    }
}

/// Everything in one transaction.
async fn together(app: &App) -> Result<Advanced> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let (done, next) = app
        .db()
        .write(move |tx| {
            let bodies = Arc::clone(&bodies);
            Box::pin(async move {
                let micros = sql::to_micros(now);
                let jobs = daily_job::due(tx, micros, JOBS_MAX).await?;
                let schedules = daily_schedule::due(tx, micros, SCHEDULES_MAX).await?;
                let mut work = Work::begin(tx, bodies, now, life).await?;
                work.due(&schedules, jobs).await?;
                work.wake_for_room().await?;
                let unlocked_at = work.release_locks().await?;
                let done = work.finish().await?;
                let next = next(tx).await?;
                Ok::<_, Error>((done, [next, unlocked_at].into_iter().flatten().min()))
            })
        })
        .await?;
    app.wakes().after(done);
    Ok(Advanced { steps: done.steps, next })
}

/// When the next thing is due.
async fn next(tx: &mut sql::Tx<'_>) -> Result<Option<Timestamp>> {
    let next = [daily_schedule::next_due(tx).await?, daily_job::next_due(tx).await?];
    let next = next.into_iter().flatten().min();
    Ok(next.map(|at| sql::from_micros("daily_job", "due_at", at)).transpose()?)
}

/// Each thing that is due in a transaction of its own.
async fn each(app: &App) -> Result<Advanced> {
    let micros = app.now_micros();
    let read = app.db().read(move |tx| {
        Box::pin(async move {
            let schedules = daily_schedule::due(tx, micros, SCHEDULES_MAX).await?;
            Ok::<_, sql::Error>((schedules, daily_job::due_ids(tx, micros, JOBS_MAX).await?))
        })
    });
    let (schedules, jobs) = read.await?;
    let schedules = schedules.into_iter().map(Item::Schedule);
    let mut steps = 0;
    for item in schedules.chain(jobs.into_iter().map(Item::Job)) {
        match alone(app, Some(item)).await {
            Ok(done) => steps += done,
            Err(why) if why.is_of_the_work() => put_off(app, item, &why).await?,
            Err(why) => return Err(why),
        }
    }
    steps += alone(app, None).await?;
    let next = app.db().read(|tx| Box::pin(async move { next(tx).await })).await?;
    Ok(Advanced { steps, next })
}

/// One thing that is due, or what is woken besides. Says how many events were handled.
async fn alone(app: &App, item: Option<Item>) -> Result<usize> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let done = app
        .db()
        .write(move |tx| {
            let bodies = Arc::clone(&bodies);
            Box::pin(async move {
                let is_due = |at: Option<i64>| at.is_some_and(|at| at <= sql::to_micros(now));
                let mut jobs = match item {
                    Some(Item::Job(id)) => daily_job::lock(tx, &sql::id_list([id])).await?,
                    Some(Item::Schedule(_)) | None => Vec::new(),
                };
                // Another process may have moved it on.
                jobs.retain(|job| is_due(job.due_at));
                let schedules: Vec<i64> = match item {
                    Some(Item::Schedule(id)) => vec![id],
                    Some(Item::Job(_)) | None => Vec::new(),
                };
                let mut work = Work::begin(tx, bodies, now, life).await?;
                if item.is_none() {
                    work.wake_for_room().await?;
                    work.release_locks().await?;
                }
                work.due(&schedules, jobs).await?;
                work.finish().await
            })
        })
        .await;
    let done: Done = done?;
    app.wakes().after(done);
    Ok(done.steps)
}

/// What cannot be moved on says why, and is looked at again later. It is told of once for each reason.
async fn put_off(app: &App, item: Item, why: &Error) -> Result<()> {
    let (now, life, told) = (app.now(), app.life(), why.told());
    let again = sql::to_micros(now.saturating_add(AGAIN).unwrap_or(now));
    let fault = WaitKey::Fault(told.clone());
    let is_new = app
        .db()
        .write(move |tx| {
            let fault = fault.clone();
            Box::pin(async move {
                if !scheduler_store::node::is_current(tx, life.node_id, life.fence).await? {
                    return Err(Error::Fenced);
                }
                match item {
                    Item::Schedule(id) => {
                        daily_schedule::put_off(tx, id, again).await?;
                        Ok(true)
                    }
                    Item::Job(id) => {
                        let rows = daily_job::lock(tx, &sql::id_list([id])).await?;
                        let before = rows.into_iter().next().and_then(|row| row.waits_for);
                        daily_job::put_off(tx, id, again, &fault).await?;
                        Ok(before.as_ref() != Some(&fault))
                    }
                }
            })
        })
        .await?;
    if is_new {
        match item {
            Item::Schedule(schedule) => {
                tracing::error!(schedule, "a daily schedule cannot be moved on: {told}");
            }
            Item::Job(job) => tracing::error!(job, "a daily job cannot be moved on: {told}"),
        }
    }
    Ok(())
}
