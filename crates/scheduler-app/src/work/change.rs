//! Changes of daily jobs that are no steps of their lives, and questions about steps that are not taken yet.

use scheduler_core::definition::Job as JobDefinition;
use scheduler_core::dependency::{Answer, Change, Found, settle};
use scheduler_core::job::changes::Changes;
use scheduler_core::job::{Context, Effect, Event, State, Verdict};
use scheduler_core::schedule::{Event as ScheduleEvent, Verdict as ScheduleVerdict};
use scheduler_store::daily_job::{self, DailyJob};
use scheduler_store::{WaitKey, attempt, daily_schedule, edge, limit};

use super::Work;
use crate::build::rule;
use crate::changes::changes;
use crate::error::{Error, Result};
use crate::events::changed;
use crate::removal::{Gone, remove};

impl Work<'_, '_> {
    /// Whether an event is possible for a job now.
    ///
    /// # Errors
    /// [`Error::Refused`] says why it is not.
    pub(crate) async fn check_event(&mut self, id: i64, event: &Event) -> Result<()> {
        self.load_jobs([id]).await?;
        let Some(policy) = self.policy_of(id).await? else { return Err(gone(id)) };
        let start_machine = self.start_machine(id).await?;
        let Some(job) = self.jobs.get(&id) else { return Err(gone(id)) };
        let cx = Context { policy: &policy, start_machine, now: self.now };
        let (life, schedule_id) = (job.life, job.row.schedule_id);
        match life.on(event, &cx) {
            Verdict::Advance { effects, .. } if effects.contains(&Effect::ReopenSchedule) => {
                self.check_reopen(schedule_id).await
            }
            Verdict::Advance { .. } | Verdict::Stale => Ok(()),
            Verdict::Illegal { why } => Err(Error::Refused(why.to_string())),
        }
    }

    /// Whether a schedule may be opened again by who does this, where it is completed.
    async fn check_reopen(&mut self, schedule_id: i64) -> Result<()> {
        let reopened = ScheduleEvent::JobReopened(self.reopened_by);
        let Some(schedule) = self.load_schedule(schedule_id).await? else { return Ok(()) };
        match schedule.life.on(&reopened) {
            ScheduleVerdict::Advance { .. } | ScheduleVerdict::Stale => Ok(()),
            ScheduleVerdict::Illegal { why } => Err(Error::Refused(why.to_string())),
        }
    }

    /// Changes the row of a job. It is tested again, where it waits.
    pub(crate) async fn change_job(
        &mut self,
        id: i64,
        change: impl FnOnce(&mut DailyJob),
    ) -> Result<()> {
        self.load_jobs([id]).await?;
        let job = self.jobs.get_mut(&id).ok_or_else(|| gone(id))?;
        change(&mut job.row);
        daily_job::set_own(self.tx, &job.row).await?;
        job.is_changed = true;
        let is_live = matches!(job.life.state, State::Live(_));
        self.retest(id);
        if is_live {
            // How long it may run may be other now.
            self.plan_next(id, None).await?;
        }
        Ok(())
    }

    /// Makes something of a job other on its day than its definition says.
    ///
    /// # Errors
    /// What `change` refuses; nothing has changed then.
    pub(crate) async fn change_own(
        &mut self,
        id: i64,
        change: impl FnOnce(&mut Changes, &JobDefinition) -> Result<()>,
    ) -> Result<()> {
        self.load_jobs([id]).await?;
        let job = self.jobs.get(&id).ok_or_else(|| gone(id))?;
        let mut own = changes(&job.row)?;
        change(&mut own, &job.definition)?;
        let text = serde_json::to_string(&own).unwrap_or_default();
        self.change_job(id, |row| row.changes = Some(text)).await
    }

    /// Ends a job by force, and with it its attempts that run although somebody has decided how they ended.
    ///
    /// # Errors
    /// [`Error::Refused`] where an agent of these allows no kills.
    pub(crate) async fn kill_all(&mut self, id: i64, asked: Event) -> Result<()> {
        self.load_jobs([id]).await?;
        let is_live =
            self.jobs.get(&id).is_some_and(|job| matches!(job.life.state, State::Live(_)));
        let open = attempt::open_of_jobs(self.tx, &sql::id_list([id])).await?;
        let decided: Vec<_> = open.iter().filter(|each| each.runs_on()).collect();
        for each in &decided {
            if !self.agents().await?.allows_kill(&each.agent) {
                return Err(Error::Refused(format!(
                    "cannot kill attempt {}, which still runs: the agent `{}` does not allow kills",
                    each.number, each.agent
                )));
            }
            if let Some(row) = self.attempt(id, each.number).await? {
                row.is_kill_wanted = true;
            }
        }
        if is_live || decided.is_empty() {
            self.job(id, asked);
        }
        Ok(())
    }

    /// Takes a job off its day, a container with what is in it. Those that wait for it wait for one that is not there.
    ///
    /// # Errors
    /// [`Error::Refused`] for one that runs, or has jobs in it that do.
    pub(crate) async fn delete_job(&mut self, id: i64) -> Result<()> {
        self.load_jobs([id]).await?;
        let job = self.jobs.get(&id).ok_or_else(|| gone(id))?;
        if matches!(job.life.state, State::Live(_)) {
            return Err(Error::Refused(format!(
                "cannot delete `{}`: it runs; kill it or wait for its end",
                job.row.name
            )));
        }
        let (schedule_id, name, counted) = (job.row.schedule_id, job.row.job.clone(), job.counted);
        for inside in daily_schedule::inside(self.tx, id).await? {
            let gone = Gone::Deleted(self.asker.as_deref());
            remove(self.tx, &inside, gone, self.now).await?;
            // Who has waited for jobs in it.
            self.done.has_due = true;
        }
        let Some(schedule) = self.load_schedule(schedule_id).await? else { return Ok(()) };
        // What has not ended is open no more, what has failed does not count any more.
        schedule.row.open_jobs -= i64::from(!counted.0);
        schedule.row.failed_jobs -= i64::from(counted.1);
        schedule.is_changed = true;
        let (of, date) = (schedule.row.schedule.clone(), schedule.row.date.clone());
        self.deleted(id).await?;
        let edges = edge::from(self.tx, &sql::id_list([id])).await?;
        self.load_jobs(edges.iter().map(|edge| edge.successor_id)).await?;
        for each in &edges {
            let is_open =
                rule(each).is_some_and(|rule| settle(rule, Found::Absent) != Answer::Satisfied);
            edge::empty(self.tx, each, is_open, &of, &name, &date).await?;
            let more = i64::from(is_open) - i64::from(each.is_open);
            if more != 0 {
                self.count_edge(each.successor_id, more);
            } else if rule(each).is_none() {
                self.retest(each.successor_id);
            }
        }
        self.jobs.remove(&id);
        daily_job::delete(self.tx, id).await?;
        self.counted(schedule_id).await
    }

    /// Changes a threshold and wakes who waits for it. The value before and after.
    pub(crate) async fn set_threshold(&mut self, name: &str, change: Change) -> Result<(i64, i64)> {
        let all = &mut self.limits().await?.thresholds;
        let before = *all.get(name).ok_or_else(|| unknown_of("threshold", name, all.keys()))?;
        let after = changed("threshold", name, before, change)?;
        all.insert(name.to_owned(), after);
        self.installation = None;
        limit::set_threshold(self.tx, name, after).await?;
        self.freed.insert(WaitKey::Threshold(name.to_owned()));
        Ok((before, after))
    }

    /// Changes how many units there are of a resource and wakes who waits for it. The number before and after.
    pub(crate) async fn set_resource(&mut self, name: &str, change: Change) -> Result<(i64, i64)> {
        let all = &self.limits().await?.resources;
        let row = all.get(name).ok_or_else(|| unknown_of("resource", name, all.keys()))?;
        let before = row.maximum;
        let after = changed("resource", name, before, change)?.max(0);
        self.change(name, |row| row.maximum = after).await?;
        self.freed.insert(WaitKey::Resource(name.to_owned()));
        Ok((before, after))
    }
}

fn gone(id: i64) -> Error {
    unknown("daily job", &id.to_string())
}

/// With the name that was meant, perhaps.
fn unknown_of<'n>(what: &'static str, name: &str, all: impl Iterator<Item = &'n String>) -> Error {
    let near = core_kit::nearest(name, all.map(String::as_str));
    let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Error::Unknown { what, name: name.to_owned(), hint }
}

fn unknown(what: &'static str, name: &str) -> Error {
    Error::Unknown { what, name: name.to_owned(), hint: String::new() }
}
