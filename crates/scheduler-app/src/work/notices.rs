//! Notifications of jobs and schedules: what somebody wants to be told is stored with the events, in the transaction of what has
//! happened.

use std::sync::Arc;

use scheduler_core::definition::run::Run;
use scheduler_core::job::Notice;
use scheduler_core::notification::{Happening, Index};
use scheduler_core::schedule::Notice as ScheduleNotice;
use scheduler_store::agent_state::AgentState;

use super::Work;
use crate::error::Result;
use crate::notices::{Of, agent_changed, notice as told};

impl Work<'_, '_> {
    /// Something has happened to a job that somebody may want to be told.
    pub(super) async fn notify_job(&mut self, id: i64, notice: Notice) -> Result<()> {
        let index = self.index().await?;
        if !index.wants(notice.into()) {
            return Ok(());
        }
        let amt_code = self.amt_code(id).await?;
        let Some(job) = self.jobs.get(&id) else { return Ok(()) };
        let (schedule_id, name, shown) =
            (job.row.schedule_id, job.row.job.clone(), job.row.name.clone());
        let Some(schedule) = self.load_schedule(schedule_id).await? else { return Ok(()) };
        let shown = format!("{}/{}/{shown}", schedule.row.date, schedule.row.name);
        let schedule = schedule.row.schedule.clone();
        let of = Of { job_id: Some(id), shown, ..Of::default() };
        let happening = Happening::of_job(notice, &schedule, &name, amt_code);
        let told = told(self.tx, &index, &happening, &of, self.now).await?;
        self.notices.extend(told);
        Ok(())
    }

    /// Something has happened to a schedule that somebody may want to be told.
    pub(super) async fn notify_schedule(&mut self, id: i64, notice: ScheduleNotice) -> Result<()> {
        let index = self.index().await?;
        if !index.wants(notice.into()) {
            return Ok(());
        }
        let Some(schedule) = self.load_schedule(id).await? else { return Ok(()) };
        let shown = format!("{}/{}", schedule.row.date, schedule.row.name);
        let name = schedule.row.schedule.clone();
        let of = Of { schedule_id: Some(id), shown, ..Of::default() };
        let happening = Happening::of_schedule(notice, &name);
        let told = told(self.tx, &index, &happening, &of, self.now).await?;
        self.notices.extend(told);
        Ok(())
    }

    /// Somebody marks an agent; who wants to know is told.
    pub(crate) async fn agent_is_marked(
        &mut self,
        before: &AgentState,
        communication: &str,
    ) -> Result<()> {
        let bodies = Arc::clone(&self.bodies);
        let (tx, now) = (&mut *self.tx, self.now);
        let told = agent_changed(tx, &bodies, before, communication, "waiting", now).await?;
        self.done.has_firings |= told;
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
