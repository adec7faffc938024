//! Times in which nothing goes wrong: what could go on must go on then, and in the end nothing may be left.

use anyhow::{Result, bail};
use jiff::{SignedDuration, ToSpan};
use scheduler_app::Caller;
use scheduler_app::agents::Communication;
use scheduler_app::outcomes::missing_outcomes;
use scheduler_core::job::{State, SubscheduleRestart};
use scheduler_core::schedule::Action as ScheduleAction;

use super::Sim;
use crate::act::Act;
use crate::check;
use crate::passes::Pass;
use crate::plan::AGENTS;

/// How far the clock moves while it is calm: further than anything waits before it is tried again.
const MOVE: SignedDuration = SignedDuration::from_secs(61);
/// How often.
const MOVES: usize = 3;
/// Passes until nothing is left to be done; more is a circle.
const PASSES_MAX: usize = 5_000;
/// Moves of the clock at the end until everything is over, two weeks at least.
const END_MOVES: usize = 2_000;
/// The least that the clock moves at the end: what is tried every few seconds does not make it long.
const END_MOVE: SignedDuration = SignedDuration::from_mins(10);

impl Sim {
    /// Nothing goes wrong for some minutes.
    pub(super) async fn calm_down(&mut self) -> Result<()> {
        self.calm().await?;
        for _ in 0..MOVES {
            self.settle().await?;
            self.nobody_was_forgotten().await?;
            self.move_to(self.now() + MOVE);
        }
        self.settle().await?;
        let now = self.now().as_microsecond();
        check::counters(&self.mirror).map_err(anyhow::Error::msg)?;
        check::lost(&self.mirror, &self.site.link, &self.instance, now)
            .map_err(anyhow::Error::msg)?;
        self.trouble();
        Ok(())
    }

    async fn calm(&mut self) -> Result<()> {
        self.is_calm = true;
        self.say("calm");
        self.site.link.set_faults(0);
        self.site.gate.set_failing(0, 0);
        self.site.link.release();
        for agent in std::mem::take(&mut self.cut_off) {
            self.set_way(agent, true);
        }
        // A question that hung has its answer now, after which the loop asks again by itself.
        self.pass(Pass::Watch).await?;
        // Agents that are not there are asked again at once.
        self.due.extend(Pass::OFTEN.into_iter().chain(Pass::SELDOM));
        Ok(())
    }

    /// Passes until nothing is left to be done at this time.
    async fn settle(&mut self) -> Result<()> {
        for _ in 0..PASSES_MAX {
            let due: Vec<Pass> = self.due.iter().copied().collect();
            let Some(pass) = self.random.pick(&due) else { return Ok(()) };
            self.pass(*pass).await?;
        }
        bail!("something happens for ever")
    }

    /// Whoever was not woken has nothing to do: a signal that is missing would cost the time until the next safety poll.
    async fn nobody_was_forgotten(&mut self) -> Result<()> {
        for pass in Pass::OFTEN {
            let handled = self.pass(pass).await?;
            if handled > 0 {
                bail!("the pass {pass} had {handled} things to do, and nobody had woken it");
            }
        }
        Ok(())
    }

    /// The end: nothing new is built, whatever is held is let go, everything comes to its end, and all that was ever
    /// planned has an outcome.
    pub(super) async fn end(&mut self) -> Result<()> {
        self.calm().await?;
        self.plan.end_builds();
        let definitions = self.definitions()?;
        self.act(Act::Apply(Box::new(definitions))).await?;
        if self.mirror.is_paused {
            self.act(Act::Resume).await?;
        }
        for name in AGENTS {
            self.act(Act::Agent { name, communication: Communication::Full }).await?;
        }
        self.let_go().await?;
        for _ in 0..END_MOVES {
            self.settle().await?;
            if self.is_over() {
                break;
            }
            let now = self.now();
            let next = self.next.iter().filter(|(pass, _)| **pass != Pass::Heartbeat);
            let next = next.map(|(_, at)| *at).chain(self.site.link.next_end());
            let next = next.filter(|at| *at > now).min();
            let soon = now + END_MOVE;
            self.move_to(next.map_or(soon, |next| {
                next.clamp(now + END_MOVE, now + SignedDuration::from_hours(3))
            }));
        }
        self.settle().await?;
        self.look_at_the_end().await
    }

    /// Whatever is held goes on.
    async fn let_go(&mut self) -> Result<()> {
        let held = |status: &str| matches!(status, "On Hold");
        let schedules: Vec<i64> = self
            .mirror
            .schedules
            .values()
            .filter(|each| held(each.life.status().description()))
            .map(|each| each.row.id)
            .collect();
        for id in schedules {
            self.act(Act::Schedule { id, action: ScheduleAction::Release }).await?;
        }
        let jobs: Vec<i64> = self
            .mirror
            .jobs
            .iter()
            .filter(|(_, job)| matches!(job.life.state, State::Held { .. }))
            .map(|(id, _)| *id)
            .collect();
        for id in jobs {
            let (action, inside) =
                (scheduler_core::action::Action::Release, SubscheduleRestart::Leave);
            self.act(Act::Job { id, action, inside }).await?;
        }
        Ok(())
    }

    /// Whether no task runs, and nothing is to be done for any attempt.
    fn is_over(&self) -> bool {
        let is_waiting_for_time = |job: &crate::mirror::DailyJob| {
            !matches!(job.life.state, State::Ended { .. }) && job.row.due_at.is_some()
        };
        self.site.link.next_end().is_none()
            && self.mirror.attempts.values().all(|row| row.wanted.is_none())
            && !self.mirror.jobs.values().any(is_waiting_for_time)
    }

    async fn look_at_the_end(&mut self) -> Result<()> {
        let now = self.now().as_microsecond();
        let wrong = anyhow::Error::msg::<String>;
        check::counters(&self.mirror).map_err(wrong)?;
        check::lost(&self.mirror, &self.site.link, &self.instance, now).map_err(wrong)?;
        check::cared_for(&self.mirror, &self.site.link, &self.instance).map_err(wrong)?;
        self.all_outcomes().await?;
        let records = check::chain(&self.site.db).await?.map_err(wrong)?;
        let (sure, unsure) = self.recorded;
        if records < sure || records > sure + unsure {
            bail!(
                "operators have done {sure} things, and perhaps {unsure} more; {records} are in the audit"
            );
        }
        Ok(())
    }

    /// Every planned instant of every date has its outcome.
    async fn all_outcomes(&mut self) -> Result<()> {
        let Some(process) = &self.site.process else { bail!("there is no process") };
        let app = process.app.clone();
        let first = self.start.to_zoned(jiff::tz::TimeZone::UTC).date();
        let (mut date, last) = (first.saturating_sub(3.days()), self.today());
        while date <= last {
            let found = missing_outcomes(&app, &Caller::system("simulation"), date).await?;
            if let Some(missing) = found.missing.first() {
                bail!(
                    "run or reason: {date}: {} have no outcome, such as {missing:?}",
                    found.missing.len()
                );
            }
            date = date.saturating_add(1.day());
        }
        Ok(())
    }
}
