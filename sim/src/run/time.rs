//! The clock: it stands still while anything is to be done, and then moves to what is next. Now and then it jumps.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::Sim;
use crate::act::Act;
use crate::check;
use crate::passes::Pass;
use crate::plan::AGENTS;

/// The clock moves so far at most.
const MOVE_MAX: SignedDuration = SignedDuration::from_hours(3);
/// Moves of the clock on a day, about.
const MOVES: u32 = 45;
/// Days after which operators close what is still open.
const TIDY_DAYS: i32 = 3;

impl Sim {
    /// Nothing is left to be done now.
    pub(super) async fn quiet(&mut self) -> Result<()> {
        check::counters(&self.mirror).map_err(anyhow::Error::msg)?;
        let before = self.today();
        self.change_ways();
        if self.random.chance(self.temper.jumps) {
            self.jump();
        } else {
            let target = self.target();
            self.move_to(target);
        }
        let acts = self.temper.actions;
        for _ in 0..acts {
            self.acts_left += u32::from(self.random.below(MOVES as usize) == 0);
        }
        // Twelve schedules of a day would hide one that is stopped for days.
        if self.mirror.is_paused && self.random.chance(300) {
            self.act(Act::Resume).await?;
        }
        if self.today() != before {
            self.turn_of_day().await?;
        }
        Ok(())
    }

    /// When the next thing happens, and a little later.
    fn target(&mut self) -> Timestamp {
        let now = self.now();
        let is_agent_lost =
            self.mirror.agents.values().any(|agent| agent.status != "communicating");
        let said = self.next.iter().filter(|(pass, _)| match pass {
            Pass::Heartbeat => is_agent_lost,
            _ => true,
        });
        let said = said.map(|(_, at)| *at).chain(self.site.link.next_end());
        let next = said.filter(|at| *at > now).min().unwrap_or(now + MOVE_MAX);
        let slack = match self.random.below(10) {
            0..2 => self.random.between(0, 2),
            2..5 => self.random.between(3, 420),
            _ => self.random.between(421, 2400),
        };
        (next + SignedDuration::from_secs(slack)).min(now + MOVE_MAX)
    }

    /// Moves the clock and lets happen what happens by then.
    pub(super) fn move_to(&mut self, target: Timestamp) {
        self.trace.step += 1;
        self.tally.moves += 1;
        self.site.clock.set(target);
        let ended = self.site.link.end_tasks(target);
        self.say(format_args!("clock; {ended} tasks end"));
        self.due.extend(Pass::OFTEN);
        for pass in Pass::SELDOM {
            let is_due = self.next.get(&pass).is_some_and(|at| *at <= target);
            if is_due || self.random.chance(60) {
                self.due.insert(pass);
            }
        }
    }

    /// The clock is put forward or back.
    fn jump(&mut self) {
        let seconds = match self.random.below(10) {
            0..3 => -self.random.between(1, 600),
            3..5 => -self.random.between(600, 5 * 3600),
            5..9 => self.random.between(600, 8 * 3600),
            _ => self.random.between(8 * 3600, 60 * 3600),
        };
        self.tally.jumps += 1;
        self.say(format_args!("the clock jumps by {seconds} s"));
        self.move_to(self.now() + SignedDuration::from_secs(seconds));
    }

    /// Closes or opens ways to agents, and lets calls go on that hang.
    fn change_ways(&mut self) {
        if self.random.chance(300) {
            self.site.link.release();
            self.due.extend(Pass::OFTEN);
        }
        for agent in AGENTS {
            let is_cut = self.cut_off.contains(agent);
            let chance = if is_cut { 200 } else { self.temper.outages / 2 };
            if self.random.chance(chance) {
                self.tally.outages += 1;
                self.set_way(agent, is_cut);
            }
        }
    }

    /// Opens or closes the way to an agent.
    pub(super) fn set_way(&mut self, agent: &'static str, is_open: bool) {
        self.site.link.fake.set_agent_reachable(agent, is_open);
        if is_open {
            self.cut_off.remove(agent)
        } else {
            self.cut_off.insert(agent)
        };
        self.say(format_args!("the way to {agent} is {}", if is_open { "open" } else { "closed" }));
    }

    async fn turn_of_day(&mut self) -> Result<()> {
        if self.random.below(100) < self.temper.changes as usize * 10 {
            let before = self.plan.clone();
            self.plan.change(&mut self.random);
            self.targets.extend(self.plan.targets.iter().cloned());
            let definitions = self.definitions()?;
            let refused = |sim: &Self| sim.tally.actions.get("apply").map_or(0, |of| of.1);
            let count = refused(self);
            self.act(Act::Apply(Box::new(definitions))).await?;
            if refused(self) > count {
                self.plan = before;
            }
        }
        self.tidy().await?;
        if self.random.chance(500) { self.calm_down().await } else { Ok(()) }
    }

    /// Operators close what has been open for long, so that it goes.
    async fn tidy(&mut self) -> Result<()> {
        let today = self.today();
        let is_old = |date: &str| {
            date.parse::<jiff::civil::Date>()
                .is_ok_and(|date| (today - date).get_days() > TIDY_DAYS)
        };
        let open: Vec<i64> = self
            .mirror
            .schedules
            .values()
            .filter(|each| each.row.completed_at.is_none() && each.row.parent_job_id.is_none())
            .filter(|each| is_old(&each.row.date))
            .map(|each| each.row.id)
            .collect();
        for id in open {
            let action = scheduler_core::schedule::Action::Close;
            self.act(Act::Schedule { id, action }).await?;
        }
        Ok(())
    }
}
