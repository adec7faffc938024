//! The batch server's own scheduler (`amt-domain 10`).
//!
//! A pass looks which starts have come due since it last looked, and stores exactly one outcome for each: a request in the
//! same transaction, or the reason why there is none. Any number of processes may do so at the same time: the row of the schedule is
//! moved on by one of them, and the key of the outcome is unique.

mod decide;
mod files;
mod manage;
mod rule;
mod shape;
mod store;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod world;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kit::{Next, Pass, Report};

pub(crate) use manage::{
    RunView, ScheduleInput, ScheduleView, change, create, delete, list, read, run_now, runs,
    set_enabled,
};
pub(crate) use rule::Rule;

use crate::server::SharedServer;
use crate::store::schedule::{self, Schedule};
use decide::decide;
use files::Files;

/// Starts of one schedule that are decided in one transaction.
const CHUNK: usize = 500;
/// How often files are looked for.
const FILES_EVERY: SignedDuration = SignedDuration::from_secs(2);

/// After how long a schedule that could not be planned is tried again: its start must not be missed by a short disturbance.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(1);

/// Starts the jobs of schedules.
pub(crate) struct Planner {
    server: SharedServer,
    files: Files,
}

impl Planner {
    /// A planner that has not looked for files yet.
    pub(crate) fn new(server: SharedServer) -> Self {
        Self { server, files: Files::default() }
    }

    /// Decides what has come due of one schedule; when to look again.
    async fn plan(&mut self, schedule: &Schedule, now: Timestamp) -> anyhow::Result<(usize, Next)> {
        let rule = Rule::stored(&schedule.rule)?;
        if rule.file.is_some() {
            let handled = self.files.look(&self.server, schedule, &rule, now).await?;
            return Ok((handled, Next::At(now + FILES_EVERY)));
        }
        let Some(times) = rule.clock() else { return Ok((0, Next::Idle)) };
        let planned_until = sql::from_micros("schedule", "planned_until", schedule.planned_until)?;
        let (mut due, mut after, mut next) = (Vec::new(), planned_until, None);
        while let Some(start) = times.next_after(after) {
            if start > now || due.len() == CHUNK {
                next = Some(start);
                break;
            }
            due.push(start);
            after = start;
        }
        let is_more_due = next.is_some_and(|next| next <= now);
        let Some(last) = due.last().copied() else {
            return Ok((0, next.map_or(Next::Idle, Next::At)));
        };
        let within = start_within(schedule)?;
        let decided = decide(&due, within, now, next.filter(|_| is_more_due));
        store::store(&self.server, schedule, &decided, within, last, now).await?;
        let next = match next {
            _ if is_more_due => Next::Now,
            Some(next) => Next::At(next),
            None => Next::Idle,
        };
        Ok((due.len(), next))
    }
}

/// How late a start of the schedule may be.
fn start_within(schedule: &Schedule) -> sql::Result<Duration> {
    u64::try_from(schedule.start_within_seconds)
        .map(Duration::from_secs)
        .map_err(|_| sql::Error::Corrupt { table: "schedule", column: "start_within_seconds" })
}

impl Pass for Planner {
    const NAME: &'static str = "planner";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let now = self.server.clock.now();
        let schedules =
            self.server.db.read(|tx| Box::pin(async move { schedule::enabled(tx).await })).await?;
        self.files.keep_only(&schedules);
        let mut report = Report::IDLE;
        for schedule in &schedules {
            match self.plan(schedule, now).await {
                Ok((handled, next)) => {
                    report.handled += handled;
                    report.next = earlier(report.next, next);
                }
                // The others must not wait for it.
                Err(error) => {
                    report.next = earlier(report.next, Next::At(now + RETRY_AFTER));
                    tracing::error!(
                        schedule.name = schedule.name,
                        error = format!("{error:#}"),
                        "cannot plan schedule {}",
                        schedule.name
                    );
                }
            }
        }
        Ok(report)
    }
}

/// Which of two comes first.
fn earlier(one: Next, other: Next) -> Next {
    match (one, other) {
        (Next::Now, _) | (_, Next::Now) => Next::Now,
        (Next::At(one), Next::At(other)) => Next::At(one.min(other)),
        (Next::At(at), Next::Idle) | (Next::Idle, Next::At(at)) => Next::At(at),
        (Next::Idle, Next::Idle) => Next::Idle,
    }
}
