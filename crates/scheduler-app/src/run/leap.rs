//! The loop that sets an accelerated clock forward.
//!
//! One consistent look at the database says whether anything goes on: whatever is to be done is written there before it is done.
//! How far the clock may come is written before it leaps, so that no later life shows an earlier time.

use std::time::Duration;

use jiff::Timestamp;
use kit::{Clock as _, LeapClock, Next, Pass, Report};
use scheduler_core::leap::{Pace, Standing};
use scheduler_store::lull::{Lull, lull};
use scheduler_store::{node, server_state};
use tokio::time::Instant;

use super::fatal;
use crate::App;
use crate::error::{Error, Result};

/// How often it looks, where a signal is lost.
pub(super) const EVERY: Duration = Duration::from_millis(50);
/// Shortest time between two looks: a thousand signals of jobs that end are one.
const REST: Duration = Duration::from_millis(5);

pub(super) struct Leap {
    app: App,
    looked: Option<Instant>,
}

impl Leap {
    pub(super) fn new(app: App) -> Self {
        Self { app, looked: None }
    }
}

impl Pass for Leap {
    const NAME: &'static str = "leap";

    async fn run(&mut self) -> anyhow::Result<Report> {
        if let Some(looked) = self.looked {
            tokio::time::sleep_until(looked + REST).await;
        }
        let is_leap = leap(&self.app).await.map_err(fatal)?;
        self.looked = Some(Instant::now());
        Ok(Report { handled: usize::from(is_leap), next: Next::Idle })
    }
}

/// Looks once, and leaps where nothing goes on. Says whether it did.
///
/// # Errors
/// The database did not do it, or this process is fenced off.
pub(crate) async fn leap(app: &App) -> Result<bool> {
    let Some(clock) = app.clock().leaping() else { return Ok(false) };
    let (standing, found) = standing(app, clock).await?;
    let pace = standing.pace();
    if let Pace::Leap(instant) = pace {
        to(app, clock, instant).await?;
        wake(app, &found);
    }
    let is_leap = matches!(pace, Pace::Leap(_));
    app.set_pace(pace);
    Ok(is_leap)
}

async fn standing(app: &App, clock: &LeapClock) -> Result<(Standing, Lull)> {
    // What becomes due while the database is looked at is found by the next look.
    let (now, quiet) = (clock.now(), app.sending().quiet());
    let found: Lull = app.db().read(|tx| Box::pin(async move { lull(tx).await })).await?;
    let is_sending = quiet.is_none() || app.sending().quiet() != quiet;
    let due = [found.job, found.schedule, found.build, found.message].into_iter().flatten().min();
    let agent =
        [&found.agent, &found.alternate_agents, &found.agent_group].into_iter().flatten().next();
    let standing = Standing {
        now,
        stop: clock.stop(),
        is_paused: found.is_paused,
        has_attempts: found.attempts_of.is_some(),
        has_events: found.firing.is_some(),
        is_sending,
        agent: agent.map(|key| shown(key)),
        due: due.map(|at| sql::from_micros("lull", "due_at", at)).transpose()?,
    };
    Ok((standing, found))
}

/// What a job waits for (`agent:A`, `agents:|A|B|`, `group:G`) in words.
fn shown(key: &str) -> String {
    let (kind, names) = key.split_once(':').unwrap_or((key, ""));
    format!("{kind} `{}`", names.trim_matches('|').replace('|', "`, `"))
}

/// Wakes whose time has come. What is due may have been written after a loop last asked when it is next.
fn wake(app: &App, found: &Lull) {
    let (now, wakes) = (app.now_micros(), app.wakes());
    let is_due = |at: Option<i64>| at.is_some_and(|at| at <= now);
    if is_due(found.job) || is_due(found.schedule) {
        wakes.advance.wake();
    }
    if is_due(found.build) {
        wakes.build.wake();
    }
    if is_due(found.message) {
        wakes.tell();
    }
}

async fn to(app: &App, clock: &LeapClock, instant: Timestamp) -> Result<()> {
    let (life, reached) = (app.life(), app.reached_after(instant));
    app.db()
        .write(move |tx| {
            Box::pin(async move {
                if !node::is_current(tx, life.node_id, life.fence).await? {
                    return Err(Error::Fenced);
                }
                Ok(server_state::reach(tx, reached).await?)
            })
        })
        .await?;
    clock.leap_to(instant);
    tracing::debug!(now = %clock.now(), "the clock has leapt");
    Ok(())
}
