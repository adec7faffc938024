//! One step: something is done, and then everything is looked at.

use std::pin::pin;

use anyhow::{Result, bail};
use scheduler_app::Error;

use super::Sim;
use crate::act::{Act, perform};
use crate::check::{self, Step};
use crate::gate::Turn;
use crate::mirror::Changes;
use crate::notes;
use crate::passes::{self, Pass};

/// Crossings within which the process dies, if it does.
const CROSSINGS: usize = 14;
/// Passes that do something, one after the other, without the clock moving: more is a circle.
const PASSES_MAX: u64 = 100_000;

impl Sim {
    /// An action, a pass, or a move of the clock.
    pub(super) async fn step(&mut self) -> Result<()> {
        if self.acts_left > 0 && self.random.chance(150) {
            self.acts_left -= 1;
            let today = self.today();
            let act = Act::draw(&mut self.random, &self.mirror, &self.plan, today);
            return self.act(act).await;
        }
        let due: Vec<Pass> = self.due.iter().copied().collect();
        match self.random.pick(&due) {
            Some(pass) => self.pass(*pass).await.map(drop),
            None => self.quiet().await,
        }
    }

    /// When this is to be the last thing that the process does: at which crossing it dies.
    fn death(&mut self) -> Option<u64> {
        let dies = !self.is_calm && self.random.chance(self.temper.deaths);
        dies.then(|| 1 + self.random.below(CROSSINGS) as u64)
    }

    /// Runs a pass, or a part of it. Says how much it has done.
    pub(super) async fn pass(&mut self, pass: Pass) -> Result<usize> {
        self.trace.step += 1;
        if self.trace.step.is_multiple_of(PASSES_MAX) && self.tally.moves == 0 {
            bail!("something happens for ever");
        }
        let death = self.death();
        self.site.gate.set_death(death);
        let Some(process) = &mut self.site.process else { bail!("there is no process") };
        let failed = self.site.gate.failed();
        let turn = {
            let mut work = pin!(passes::run(process, pass));
            let mut turn = self.site.gate.drive(work.as_mut()).await;
            if matches!(turn, Turn::Idle) && !pass.waits_beside() {
                // Only what the simulation holds up can make it wait.
                self.site.link.release();
                turn = self.site.gate.drive(work.as_mut()).await;
                if matches!(turn, Turn::Idle) {
                    bail!("the pass {pass} waits for ever");
                }
            }
            turn
        };
        self.site.gate.set_death(None);
        self.due.remove(&pass);
        self.hear();
        let mut handled = 0;
        match turn {
            Turn::Done(Ok(did)) => {
                handled = did.handled;
                self.say(format_args!("{pass}: {}", did.handled));
                if let Some(next) = did.next {
                    self.next.insert(pass, next);
                } else {
                    self.next.remove(&pass);
                }
                if did.handled > 0 {
                    self.due.extend(pass.wakes());
                }
            }
            Turn::Done(Err(Error::Sql(why)))
                if why.is_unavailable() && self.site.gate.failed() > failed =>
            {
                self.say(format_args!("{pass}: the database failed"));
                self.due.insert(pass);
            }
            Turn::Done(Err(why)) => bail!("the pass {pass} failed: {why}"),
            Turn::Idle => self.say(format_args!("{pass}: waits")),
            Turn::Dead => self.say(format_args!("{pass}: dies")),
        }
        self.observe(None).await?;
        if death.is_some() {
            self.die().await?;
        }
        Ok(handled)
    }

    /// Whom the process has woken.
    fn hear(&mut self) {
        let Some(process) = &self.site.process else { return };
        self.due.extend(process.app.take_woken().into_iter().filter_map(Pass::of));
    }

    /// Somebody does something.
    pub(super) async fn act(&mut self, act: Act) -> Result<()> {
        self.trace.step += 1;
        if act.is_force() {
            self.forced.extend(act.job());
        }
        let death = self.death();
        self.site.gate.set_death(death);
        let failed = self.site.gate.failed();
        let Some(process) = &self.site.process else { bail!("there is no process") };
        let app = process.app.clone();
        let turn = self.site.gate.drive(pin!(perform(&app, act.clone()))).await;
        drop(app);
        self.site.gate.set_death(None);
        let tally = self.tally.actions.entry(act.kind()).or_default();
        match turn {
            Turn::Done(Ok((said, records))) => {
                tally.0 += 1;
                self.recorded.0 += records;
                self.say(format_args!("{act}: {said}"));
            }
            Turn::Done(Err(
                why @ (Error::Refused(_) | Error::Unknown { .. } | Error::Definitions(_)),
            )) => {
                tally.1 += 1;
                self.say(format_args!("{act}: refused: {why}"));
            }
            Turn::Done(Err(Error::Sql(why)))
                if why.is_unavailable() && self.site.gate.failed() > failed =>
            {
                tally.0 += 1;
                self.recorded.1 += 1;
                self.say(format_args!("{act}: the database failed"));
            }
            Turn::Done(Err(why)) => bail!("{act} failed: {why}"),
            Turn::Dead => {
                tally.0 += 1;
                self.recorded.1 += 1;
                self.say(format_args!("{act}: dies"));
            }
            Turn::Idle => bail!("{act} waits for ever"),
        }
        self.hear();
        self.observe(Some(&act)).await?;
        if death.is_some() {
            self.die().await?;
        }
        Ok(())
    }

    /// The process dies with all that it remembers, and begins again.
    async fn die(&mut self) -> Result<()> {
        self.tally.deaths += 1;
        self.site.process = None;
        self.say("killed");
        self.begin().await
    }

    /// Looks at what the last step has stored, and whether it may be so.
    pub(super) async fn observe(&mut self, act: Option<&Act>) -> Result<()> {
        let kept = self.site.gate.kept();
        let was_paused = self.mirror.is_paused;
        let changes = if kept == self.seen {
            Changes::default()
        } else {
            self.seen = kept;
            let notes = notes::after(&self.site.db, self.mirror.last).await?;
            for note in &notes {
                self.trace.digest(&format!("{:?}", note.row));
            }
            self.mirror.take(notes)?
        };
        for id in changes.jobs.keys() {
            self.trace.detail(|| self.mirror.shown(*id));
        }
        let step = Step {
            mirror: &self.mirror,
            changes: &changes,
            link: &self.site.link,
            now: self.now().as_microsecond(),
            was_paused,
            asked: act.and_then(Act::job),
            is_declared: act.is_some_and(Act::is_declaration),
            events: Some(&self.targets),
            forced: &self.forced,
            instance: &self.instance,
        };
        check::after(&step).map_err(anyhow::Error::msg)
    }
}
