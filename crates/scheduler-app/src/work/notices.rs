//! Notifications: what somebody wants to be told is stored with the events, in the transaction of what has happened.

use std::sync::Arc;

use scheduler_core::definition::notification::Action;
use scheduler_core::definition::run::Run;
use scheduler_core::job::Notice;
use scheduler_core::notification::{Happening, Index, Match};
use scheduler_core::schedule::Notice as ScheduleNotice;
use scheduler_core::text_value::TextValue;
use scheduler_store::firing::Firing;

use super::Work;
use super::events::{Reply, Triggered};
use crate::error::Result;

impl Work<'_, '_> {
    /// Something has happened to a job that somebody may want to be told.
    pub(super) async fn notify_job(&mut self, id: i64, notice: Notice) -> Result<()> {
        let index = self.index().await?;
        if !index.wants(notice.into()) {
            return Ok(());
        }
        let amt_code = self.amt_code(id).await?;
        let Some(job) = self.jobs.get(&id) else { return Ok(()) };
        let (schedule_id, name) = (job.row.schedule_id, job.row.job.clone());
        let Some(schedule) = self.load_schedule(schedule_id).await? else { return Ok(()) };
        let schedule = schedule.row.schedule.clone();
        let told = told(&index.matches(&Happening::of_job(notice, &schedule, &name, amt_code)));
        if !told.is_empty() {
            let firing = self.firing(&told, None::<Reply>);
            self.notices.push(Firing { job_id: Some(id), ..firing });
        }
        Ok(())
    }

    /// Something has happened to a schedule that somebody may want to be told.
    pub(super) async fn notify_schedule(&mut self, id: i64, notice: ScheduleNotice) -> Result<()> {
        let index = self.index().await?;
        if !index.wants(notice.into()) {
            return Ok(());
        }
        let Some(schedule) = self.load_schedule(id).await? else { return Ok(()) };
        let name = schedule.row.schedule.clone();
        let told = told(&index.matches(&Happening::of_schedule(notice, &name)));
        if !told.is_empty() {
            let firing = self.firing(&told, None::<Reply>);
            self.notices.push(Firing { schedule_id: Some(id), ..firing });
        }
        Ok(())
    }

    async fn index(&mut self) -> Result<Arc<Index>> {
        let bodies = Arc::clone(&self.bodies);
        bodies.notifications(self.tx, self.revision).await
    }

    /// The completion code of a job of an AMT batch server; none for other jobs.
    async fn amt_code(&mut self, id: i64) -> Result<Option<u16>> {
        let Some(job) = self.jobs.get(&id) else { return Ok(None) };
        let is_amt = matches!(job.definition.run, Run::AmtBatchJob(_) | Run::AmtScript(_));
        let last = i64::from(job.life.attempts);
        if !is_amt {
            return Ok(None);
        }
        let code = self.attempt(id, last).await?.and_then(|attempt| attempt.code);
        Ok(code.and_then(|code| u16::try_from(code).ok()))
    }
}

/// What is done for matches: events as events, the rest as messages.
fn told(matches: &[Match<'_>]) -> Vec<Triggered> {
    let each = |of: &Match<'_>| {
        let group = of.group.as_str().to_owned();
        let actions = of.actions.iter().map(move |action| match action {
            Action::Event(event) => {
                Triggered { event: event.event.print(), only_if: None, tell: None }
            }
            other => Triggered {
                event: format!("notification of `{group}`"),
                only_if: None,
                tell: Some(other.clone()),
            },
        });
        actions.collect::<Vec<_>>()
    };
    matches.iter().flat_map(each).collect()
}
