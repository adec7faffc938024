//! Testing whether a job may start, and on which agent.

use std::cell::RefCell;
use std::sync::Arc;

use scheduler_core::definition::{Options, RunsOn};
use scheduler_core::dependency::{Facts, Purpose, qualify};
use scheduler_core::expression::ExpressionText;
use scheduler_core::job::{Event, Kind, Qualification, Reason, State};
use scheduler_store::{WaitKey, edge};

use super::agents::{Agents, Choice};
use super::{Work, read};
use crate::body::frequency_use;
use crate::error::Result;
use crate::policy::kind;
use crate::tokens::Tokens;

impl Work<'_, '_> {
    /// The time of a job has come: it is late, or it is tested.
    pub(super) async fn look(&mut self, id: i64) -> Result<()> {
        self.load_jobs([id]).await?;
        self.work_out_start(id).await?;
        self.say_late(id).await?;
        self.say_still_attempting(id).await?;
        let Some(job) = self.jobs.get(&id) else { return Ok(()) };
        match job.life.state {
            State::Waiting { .. } | State::ToBeSkipped | State::Ready => self.test(id).await,
            State::UnderConstruction
            | State::Held { .. }
            | State::Live(_)
            | State::Ended { .. } => self.plan_next(id, None).await,
        }
    }

    /// Tests a job; one that qualifies is taken up at once.
    async fn test(&mut self, id: i64) -> Result<()> {
        let (mut qualification, mut agent) = self.qualification(id).await?;
        let reaches_limits = matches!(
            qualification,
            Qualification::Qualified | Qualification::Waiting(Reason::Machine)
        );
        let is_forced = self.jobs.get(&id).is_some_and(|job| job.life.is_forced);
        // They come before expressions and machines, and asking for them leaves a lock: so not before all else is well.
        if reaches_limits && !is_forced {
            match self.limits_of(id).await? {
                Ok(units) => {
                    self.set_units(id, units);
                    if !self.are_expressions_true(id).await? {
                        qualification = Qualification::Waiting(Reason::Expression);
                    }
                }
                Err(key) => {
                    qualification = Qualification::Waiting(Reason::ThresholdOrResource);
                    agent = Some(Choice::Wait(key));
                }
            }
        }
        let missing = match qualification {
            Qualification::Waiting(reason) => Some(reason),
            Qualification::Qualified | Qualification::Missed => None,
        };
        self.step_job(id, Event::Tested(qualification)).await?;
        let Some(job) = self.jobs.get_mut(&id) else { return Ok(()) };
        job.row.waits_for = None;
        job.is_changed = true;
        match (job.life.state, agent) {
            (State::Ready, agent) if missing.is_none() => {
                job.row.agent = match agent {
                    Some(Choice::Agent(name)) => Some(name),
                    Some(Choice::Wait(_)) | None => None,
                };
                let attempt = job.life.attempts.saturating_add(1);
                self.step_job(id, Event::StartRequested { attempt }).await
            }
            (_, Some(Choice::Wait(key)))
                if matches!(missing, Some(Reason::Machine | Reason::ThresholdOrResource)) =>
            {
                job.row.waits_for = Some(key);
                self.plan_next(id, missing).await
            }
            _ => self.plan_next(id, missing).await,
        }
    }

    /// Whether the expressions of a job and of its frequency are true. One that cannot be calculated is not.
    async fn are_expressions_true(&mut self, id: i64) -> Result<bool> {
        let Some(job) = self.jobs.get(&id) else { return Ok(true) };
        let (definition, schedule_id, use_index) =
            (job.definition.clone(), job.row.schedule_id, job.row.use_index);
        let schedule = self.load_schedule(schedule_id).await?.map(|each| each.definition.clone());
        let of =
            schedule.as_ref().and_then(|schedule| frequency_use(&definition, schedule, use_index));
        let own = definition.expression.iter();
        let all: Vec<&ExpressionText> =
            own.chain(of.and_then(|of| of.expression.as_deref())).collect();
        if all.is_empty() {
            return Ok(true);
        }
        let installation = match &self.installation {
            Some(known) => Arc::clone(known),
            None => Arc::clone(self.installation.insert(Tokens::installation(self.tx).await?)),
        };
        let mut tokens = Tokens::of_job_in(self.tx, installation, id, self.now).await?;
        for expression in all {
            match tokens.is_true(self.tx, expression).await? {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(why) => {
                    tracing::warn!(job = id, "its expression cannot be calculated: {why}");
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn set_units(&mut self, id: i64, units: super::Units) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.units = units;
        }
    }

    async fn qualification(&mut self, id: i64) -> Result<(Qualification, Option<Choice>)> {
        let Some(job) = self.jobs.get(&id) else {
            return Ok((Qualification::Waiting(Reason::Qualifying), None));
        };
        let (schedule_id, has_conflicts) = (job.row.schedule_id, job.row.has_conflicts);
        let schedule = self.load_schedule(schedule_id).await?;
        let is_in_process = schedule.is_some_and(|schedule| schedule.life.is_in_process());
        let running_conflicts = if has_conflicts { self.running_conflicts(id).await? } else { 0 };
        let is_paused = self.is_paused;
        self.agents().await?;
        let (Some(job), Some(agents)) = (self.jobs.get(&id), self.agents.as_ref()) else {
            return Ok((Qualification::Waiting(Reason::Qualifying), None));
        };
        let on: Option<RunsOn> = match &job.row.runs_on {
            None => None,
            Some(text) => Some(read(text, || format!("daily job {id}"))?),
        };
        let needs_agent = kind(&job.definition.run) == Kind::Task;
        let choice: RefCell<Option<Choice>> = RefCell::new(None);
        let has_machine = || {
            if !needs_agent {
                return true;
            }
            let found = on.as_ref().map_or(Choice::Wait(WaitKey::NoAgent), |on| agents.choose(on));
            let has = matches!(found, Choice::Agent(_));
            *choice.borrow_mut() = Some(found);
            has
        };
        let life = &job.life;
        let purpose = match life.state {
            State::ToBeSkipped => Purpose::Skip,
            _ if life.is_forced => Purpose::Forced,
            _ => Purpose::Start,
        };
        let latest = job.row.latest_start.filter(|_| life.is_bound_by_latest_start());
        let time = |micros| sql::from_micros("daily_job", "start_at", micros);
        let facts = Facts {
            now: self.now,
            purpose,
            is_schedule_in_process: is_in_process && !is_paused,
            latest_start: latest.map(time).transpose()?,
            start: time(job.row.start_at)?,
            not_before: life.not_before,
            open_predecessors: u32::try_from(job.row.open_edges).unwrap_or(0),
            running_conflicts,
            // They are asked for when everything before them is known.
            are_thresholds_and_resources_met: &|| true,
            are_expressions_true: &|| true,
            has_machine: &has_machine,
        };
        let found = qualify(&facts);
        let choice = choice.into_inner();
        if let (Some(Choice::Wait(_)), Some(on)) = (&choice, &on)
            && let Some(agents) = self.agents.as_mut()
        {
            agents.wait_for(on);
        }
        Ok((found, choice))
    }

    /// Jobs under way beside which a job may not run. They are locked: none of them can be tested elsewhere at the same time.
    async fn running_conflicts(&mut self, id: i64) -> Result<u32> {
        let others = edge::conflicts(self.tx, id).await?;
        self.load_jobs(others.iter().copied()).await?;
        let others = others.iter().filter_map(|other| self.jobs.get(other));
        let running = others.filter(|other| matches!(other.life.state, State::Live(_)));
        Ok(u32::try_from(running.count()).unwrap_or(u32::MAX))
    }

    pub(super) async fn agents(&mut self) -> Result<&mut Agents> {
        if self.agents.is_none() {
            let defined = self.bodies.clone().agents(self.tx, self.revision).await?;
            self.agents = Some(Agents::load(self.tx, defined).await?);
        }
        Ok(self.agents.as_mut().expect("just loaded"))
    }

    pub(super) async fn options(&mut self) -> Result<&Options> {
        if self.options.is_none() {
            self.options = Some(self.bodies.clone().options(self.tx, self.revision).await?);
        }
        Ok(self.options.as_ref().expect("just loaded"))
    }
}
