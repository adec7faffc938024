//! Stepping daily jobs, and what their effects become.

use scheduler_core::action::StartMachine;
use scheduler_core::definition::run::Run;
use scheduler_core::event::JobStatusTrigger;
use scheduler_core::job::{
    Context, Effect, Ending, Event, Failure, Job, Kind, News, State, Status, Verdict,
};
use scheduler_core::schedule::{Event as ScheduleEvent, JobsCounted, Tally};
use scheduler_store::attempt::Attempt;
use scheduler_store::outcome::Outcome;

use super::events::Reply;
use super::limits::{Units, waits};
use super::schedule::may_complete_now;
use super::{Todo, Work, counts, read};
use crate::error::{Error, Result};
use crate::instants;
use crate::policy::kind;

/// What is wanted of an attempt before it may be sent.
const PREPARE: &str = "prepare";

impl Work<'_, '_> {
    /// Lets the core decide what an event makes of a job, and does what follows.
    pub(super) async fn step_job(&mut self, id: i64, event: Event) -> Result<()> {
        self.load_jobs([id]).await?;
        let Some(policy) = self.policy_of(id).await? else { return Ok(()) };
        let start_machine = self.start_machine(id).await?;
        let Some(job) = self.jobs.get(&id) else { return Ok(()) };
        let cx = Context { policy: &policy, start_machine, now: self.now };
        let before = job.life;
        match before.on(&event, &cx) {
            Verdict::Advance { next, effects } => {
                self.set(id, next);
                if let Event::Asked { action, .. } = event {
                    self.note_job(id, action);
                }
                let is_live = |job: &Job| matches!(job.state, State::Live(_));
                if is_live(&before) && !is_live(&next) {
                    self.stopped.insert(id);
                }
                if waits(&before) && !waits(&next) {
                    self.drop_locks(id).await?;
                }
                if let State::Ended { ending, at, .. } = next.state
                    && !matches!(before.state, State::Ended { .. })
                    && !effects.iter().any(|effect| matches!(effect, Effect::Record { .. }))
                {
                    // It never ran: that is its outcome.
                    self.record(id, &before, None, (at, at), ending).await?;
                }
                for effect in effects {
                    self.job_effect(id, &before, effect).await?;
                }
                // One that was marked when it had ended has not ended until its events are performed: nothing is said to the schedule,
                // but it counts.
                self.recount(id).await?;
                self.record_unused(id, &before, &policy.repeat).await?;
                self.plan_next(id, None).await
            }
            Verdict::Stale => Ok(()),
            Verdict::Illegal { why } => match event {
                Event::Asked { .. } | Event::Rescheduled { .. } => {
                    Err(Error::Refused(why.to_string()))
                }
                _ => {
                    tracing::warn!(job = id, "news that cannot be: {why}");
                    Ok(())
                }
            },
        }
    }

    /// The agent to which the last attempt was sent, as far as the core asks for it.
    pub(super) async fn start_machine(&mut self, id: i64) -> Result<Option<StartMachine>> {
        let agent = match self.jobs.get(&id) {
            Some(job) if matches!(job.life.state, State::Live(_)) => job.row.agent.clone(),
            _ => None,
        };
        let Some(agent) = agent else { return Ok(None) };
        Ok(Some(StartMachine { allows_kill: self.agents().await?.allows_kill(&agent) }))
    }

    /// Makes a job what the core has decided.
    pub(super) fn set(&mut self, id: i64, next: Job) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.life = next;
        job.row.life = serde_json::to_string(&next).unwrap_or_default();
        next.status().description().clone_into(&mut job.row.status);
        if !matches!(next.state, State::Live(_)) {
            (job.row.phase, job.row.phase_code) = (None, None);
        }
        job.is_changed = true;
    }

    async fn job_effect(&mut self, id: i64, before: &Job, effect: Effect) -> Result<()> {
        match effect {
            Effect::Occupy { attempt } => self.occupy(id, before, attempt).await,
            Effect::Vacate { attempt } => self.vacate(id, attempt).await,
            Effect::PrepareStart { attempt } => {
                let on = JobStatusTrigger::StartAttempted;
                let is_prepared = self.update_limits(id, on).await?;
                if is_prepared && self.fire(id, on, Some(Reply::Start { attempt })).await? {
                    return Ok(());
                }
                let said = if is_prepared { News::StartPrepared } else { News::StartNotPrepared };
                self.todo.push_front(Todo::Job(id, news(attempt, said)));
                Ok(())
            }
            Effect::Start { attempt } => self.start(id, attempt).await,
            Effect::FindOut { attempt } => self.want(id, attempt, "find").await,
            Effect::Kill { attempt } => self.kill(id, attempt).await,
            Effect::StopFollowing { attempt } => self.stop_following(id, attempt).await,
            Effect::PrepareSubschedule(how) => self.prepare_inside(id, before.status(), how).await,
            Effect::ProcessEvents { ending } => {
                self.fire_end(id, Some(Reply::Ending { ending })).await
            }
            Effect::ProcessRunEvents { .. } => self.fire_end(id, None).await,
            Effect::Record { attempt, started, ended, ending } => {
                self.record(id, before, attempt, (started, ended), ending).await
            }
            Effect::TellDependants(ending) => {
                self.told.push((id, ending));
                Ok(())
            }
            Effect::CountSchedule => self.count(id).await,
            Effect::ReopenSchedule => {
                self.count(id).await?;
                if let Some(schedule) = self.jobs.get(&id).map(|job| job.row.schedule_id) {
                    self.schedule(schedule, ScheduleEvent::JobReopened(self.reopened_by));
                }
                Ok(())
            }
            Effect::Fire(trigger) => {
                self.update_limits(id, trigger).await?;
                self.fire(id, trigger, None).await.map(|_| ())
            }
            Effect::Notify(notice) => self.notify_job(id, notice).await,
        }
    }

    /// Takes the slot of its agent and its units of resources. The attempt that holds them is stored with them.
    async fn occupy(&mut self, id: i64, before: &Job, attempt: u32) -> Result<()> {
        let planned_at = self.planned_at(id, before).await?;
        let Some(job) = self.jobs.get_mut(&id) else { return Ok(()) };
        let (agent, units) = (job.row.agent.clone(), std::mem::take(&mut job.units));
        let now = sql::to_micros(self.now);
        self.new_attempts.push(Attempt {
            job_id: id,
            number: i64::from(attempt),
            agent: agent.clone().unwrap_or_default(),
            planned_at,
            requested_at: now,
            started_at: None,
            ended_at: None,
            archived_at: None,
            handle: None,
            code: None,
            ending: None,
            description: String::new(),
            node_id: Some(self.owner.node_id),
            fence: self.owner.fence,
            wanted: Some(PREPARE.to_owned()),
            is_kill_wanted: false,
            resources: (!units.is_empty())
                .then(|| serde_json::to_string(&units).unwrap_or_default()),
            due_at: Some(now),
            tries: 0,
        });
        self.take_units(id, &units, true).await?;
        if let Some(agent) = agent {
            self.agents().await?.count(&agent, 1);
        }
        Ok(())
    }

    /// Gives back what an attempt has taken, and lets those be tested that wait for it. An attempt that holds nothing is over.
    async fn vacate(&mut self, id: i64, attempt: u32) -> Result<()> {
        let now = sql::to_micros(self.now);
        let mut units = Units::new();
        if let Some(row) = self.attempt(id, i64::from(attempt)).await? {
            row.ended_at.get_or_insert(now);
            if row.wanted.as_deref() == Some(PREPARE) {
                (row.wanted, row.due_at) = (None, None);
            }
            if let Some(text) = &row.resources {
                units = read(text, || format!("attempt {attempt} of daily job {id}"))?;
            }
        }
        self.take_units(id, &units, false).await?;
        let Some(job) = self.jobs.get(&id) else { return Ok(()) };
        let Some(agent) = job.row.agent.clone() else { return Ok(()) };
        let agents = self.agents().await?;
        agents.count(&agent, -1);
        let keys = agents.keys_of(&agent);
        self.freed.extend(keys);
        Ok(())
    }

    /// The intent of a start, in the same transaction as the state that says so.
    async fn start(&mut self, id: i64, attempt: u32) -> Result<()> {
        let Some(job) = self.jobs.get(&id) else { return Ok(()) };
        let is_container = kind(&job.definition.run) == Kind::Container;
        let (now, owner) = (sql::to_micros(self.now), self.owner);
        let Some(row) = self.attempt(id, i64::from(attempt)).await? else {
            let what = format!("daily job {id}");
            return Err(Error::Stored { what, why: format!("it has no attempt {attempt}") });
        };
        (row.node_id, row.fence, row.due_at) = (Some(owner.node_id), owner.fence, Some(now));
        row.wanted = (!is_container).then(|| "start".to_owned());
        row.started_at = is_container.then_some(now);
        if is_container {
            self.todo.push_front(Todo::Job(id, news(attempt, News::Running)));
            self.start_inside(id, attempt).await?;
        }
        Ok(())
    }

    /// The planned instant for which a job in this life runs next. A retry is for the instant of the run that failed.
    async fn planned_at(&mut self, id: i64, life: &Job) -> Result<i64> {
        let Some(job) = self.jobs.get(&id) else { return Ok(0) };
        let start_at = job.row.start_at;
        if let Some(further) = &job.row.further_runs {
            let times: Vec<i64> = read(further, || format!("daily job {id}"))?;
            let used = usize::try_from(life.instances_used).unwrap_or(usize::MAX);
            if let Some(at) = used.checked_sub(1).and_then(|number| times.get(number)) {
                return Ok(*at);
            }
        }
        let is_again = life.retries > 0 || life.runs > 0;
        let last = if is_again { self.last_of(id, life).await? } else { None };
        Ok(match (life.not_before, last) {
            // What has not run is tried again for the same instant.
            (_, Some((planned, has_run))) if life.retries > 0 || !has_run => planned,
            (Some(at), _) if life.runs > 0 && life.retries == 0 => sql::to_micros(at),
            _ => start_at,
        })
    }

    /// The planned instant of the last attempt of a job, and whether that has run.
    async fn last_of(&mut self, id: i64, life: &Job) -> Result<Option<(i64, bool)>> {
        for number in [life.attempts, life.attempts.saturating_sub(1)] {
            if let Some(row) = self.attempt(id, i64::from(number)).await? {
                let prerun = Status::PrerunFailed.description();
                let has_run = row.ending.as_deref().is_some_and(|ending| ending != prerun);
                return Ok(Some((row.planned_at, has_run)));
            }
        }
        Ok(None)
    }

    /// Whether a command must succeed before a job is run.
    pub(crate) async fn has_pre_run(&mut self, id: i64) -> Result<bool> {
        self.load_jobs([id]).await?;
        let run = self.jobs.get(&id).map(|job| &job.definition.run);
        Ok(matches!(run, Some(Run::Command(command)) if command.pre_run.is_some()))
    }

    /// Something is to be done outside for an attempt.
    async fn want(&mut self, id: i64, attempt: u32, wanted: &str) -> Result<()> {
        let (now, owner) = (sql::to_micros(self.now), self.owner);
        if let Some(row) = self.attempt(id, i64::from(attempt)).await? {
            if row.wanted.as_deref() == Some(PREPARE)
                || (wanted == "find" && row.ended_at.is_some())
            {
                // It was never sent: there is nothing to look for.
                return Ok(());
            }
            row.wanted = Some(wanted.to_owned());
            (row.due_at, row.tries) = (Some(now), 0);
            (row.node_id, row.fence) = (Some(owner.node_id), owner.fence);
        }
        Ok(())
    }

    /// Somebody has decided how an attempt ended. A task that goes on is followed to its end all the same, so that its whole log is
    /// kept; of others there is nothing more to wait for.
    async fn stop_following(&mut self, id: i64, attempt: u32) -> Result<()> {
        let row = self.attempt(id, i64::from(attempt)).await?;
        if row.is_some_and(|row| row.wanted.as_deref() == Some("watch")) {
            return Ok(());
        }
        self.want(id, attempt, "archive").await
    }

    /// A kill that is asked for stands on the attempt, whatever else is wanted of it.
    async fn kill(&mut self, id: i64, attempt: u32) -> Result<()> {
        if let Some(row) = self.attempt(id, i64::from(attempt)).await? {
            row.is_kill_wanted = true;
        }
        Ok(())
    }

    /// An attempt is over: its row is the history, and its planned instant has its outcome.
    async fn record(
        &mut self,
        id: i64,
        before: &Job,
        attempt: Option<u32>,
        (started, ended): (jiff::Timestamp, jiff::Timestamp),
        ending: Ending,
    ) -> Result<()> {
        let status = ending.status().description();
        let mut planned_at = self.planned_at(id, before).await?;
        let Some(job) = self.jobs.get(&id) else { return Ok(()) };
        let (schedule_id, name) = (job.row.schedule_id, job.row.name.clone());
        let (asked, latest_start) = (job.row.asked.clone(), job.row.latest_start);
        let mut reason = status.to_owned();
        if let Some(number) = attempt
            && let Some(row) = self.attempt(id, i64::from(number)).await?
        {
            planned_at = row.planned_at;
            row.started_at.get_or_insert(sql::to_micros(started));
            row.ended_at = Some(sql::to_micros(ended));
            row.ending = Some(status.to_owned());
            if !row.description.is_empty() {
                reason = format!("{status}: {}", row.description);
            }
        }
        let Some(schedule) = self.load_schedule(schedule_id).await? else { return Ok(()) };
        if let (Ending::MissedStartTime, Some(latest)) = (ending, latest_start) {
            let latest = instants::shown(&schedule.row.time_zone, latest);
            reason = format!("{reason}: it could be started until {latest}");
        }
        if let Some(asked) = asked {
            reason = format!("{reason}; {asked}");
        }
        let (date, schedule) = (schedule.row.date.clone(), schedule.row.name.clone());
        self.outcomes.push(Outcome {
            date,
            schedule,
            job: name,
            planned_at,
            outcome: outcome(ending, attempt).to_owned(),
            reason,
            at: sql::to_micros(ended),
            job_id: id,
            attempt: attempt.map(i64::from),
        });
        Ok(())
    }

    /// Brings the count of the schedule up to date with a job, and says to the schedule how its jobs stand.
    pub(super) async fn count(&mut self, id: i64) -> Result<()> {
        self.recount(id).await?;
        let Some(job) = self.jobs.get(&id) else { return Ok(()) };
        self.counted(job.row.schedule_id).await
    }

    /// Brings the count of the schedule up to date with a job.
    async fn recount(&mut self, id: i64) -> Result<()> {
        let Some(job) = self.jobs.get_mut(&id) else { return Ok(()) };
        let (before, after) = (job.counted, counts(&job.life));
        if before == after {
            return Ok(());
        }
        job.counted = after;
        let schedule_id = job.row.schedule_id;
        let Some(schedule) = self.load_schedule(schedule_id).await? else { return Ok(()) };
        let difference = |before: bool, after: bool| i64::from(after) - i64::from(before);
        schedule.row.open_jobs -= difference(before.0, after.0);
        schedule.row.failed_jobs += difference(before.1, after.1);
        schedule.is_changed = true;
        Ok(())
    }

    /// Says to a schedule how its jobs stand.
    pub(super) async fn counted(&mut self, schedule_id: i64) -> Result<()> {
        let keep_open = self.options().await?.failed_jobs_keep_schedule_in_process;
        let now = self.now;
        let Some(schedule) = self.load_schedule(schedule_id).await? else { return Ok(()) };
        if !may_complete_now(&schedule.row, now)? {
            return Ok(());
        }
        let number = |count: i64| u32::try_from(count).unwrap_or(0);
        let tally = Tally {
            open: number(schedule.row.open_jobs),
            failed: number(schedule.row.failed_jobs),
        };
        self.schedule(schedule_id, ScheduleEvent::JobsCounted(JobsCounted { tally, keep_open }));
        Ok(())
    }
}

/// News of an attempt.
pub(super) fn news(attempt: u32, news: News) -> Event {
    Event::News { attempt, news }
}

/// What became of a planned instant.
pub(super) fn outcome(ending: Ending, attempt: Option<u32>) -> &'static str {
    match (ending, attempt) {
        (Ending::Skipped, _) => "skipped",
        (Ending::Cancelled, _) => "cancelled",
        (Ending::MissedStartTime, _) => "missed",
        (Ending::Failed(Failure::InitializationError), _) => "not_started",
        (_, Some(_)) => "ran",
        (_, None) => "settled",
    }
}
