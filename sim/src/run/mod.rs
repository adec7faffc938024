//! One seed: a world, its days, and its end.

mod calm;
mod step;
mod time;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::Result;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use scheduler_store::server_state;

use crate::act::Act;
use crate::mirror::Mirror;
use crate::passes::Pass;
use crate::plan::Plan;
use crate::random::Random;
use crate::site::{Kind, Site};
use crate::tally::Tally;
use crate::temper::Temper;
use crate::trace::Trace;

/// What is simulated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) days: u32,
    /// Jobs of a day, about; none for what the seed draws.
    pub(crate) size: Option<usize>,
    pub(crate) database: Kind,
    pub(crate) is_traced: bool,
}

/// Something that must be true is not.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) step: u64,
    pub(crate) why: String,
    /// The last things that were done.
    pub(crate) last: Vec<String>,
    /// The day on which it was found, from 1.
    pub(crate) day: u32,
}

/// The world of a seed.
pub(crate) struct Sim {
    random: Random,
    temper: Temper,
    site: Site,
    mirror: Mirror,
    plan: Plan,
    trace: Trace,
    tally: Tally,
    instance: String,
    start: Timestamp,
    /// Passes that may have something to do.
    due: BTreeSet<Pass>,
    /// When passes have something to do again, as they have said.
    next: BTreeMap<Pass, Timestamp>,
    forced: BTreeSet<i64>,
    /// Schedules and jobs at which events are aimed, in any definitions that there were.
    targets: BTreeSet<(String, String)>,
    /// Actions that are to be done soon.
    acts_left: u32,
    /// Whether nothing goes wrong for a while.
    is_calm: bool,
    /// Agents to which there is no way.
    cut_off: BTreeSet<&'static str>,
    /// Write transactions whose notes were read.
    seen: u64,
    /// Records of the audit that operators have made, and those of which it is not known.
    recorded: (usize, usize),
}

/// When a world begins: not long before clocks are put forward or back.
const STARTS: [&str; 4] = [
    "2026-03-05T00:00:00Z",
    "2026-03-27T12:00:00Z",
    "2026-10-23T00:00:00Z",
    "2028-02-26T22:00:00Z",
];

/// Simulates a seed on a runtime with one thread.
pub(crate) fn run(seed: u64, settings: Settings) -> std::result::Result<(Tally, u64), Failure> {
    let begun = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let failure = |why: String| Failure { seed, step: 0, why, last: Vec::new(), day: 1 };
    let runtime = runtime.map_err(|why| failure(why.to_string()))?;
    runtime.block_on(async {
        let mut sim = match Sim::new(seed, settings).await {
            Ok(sim) => sim,
            Err(why) => return Err(failure(format!("{why:#}"))),
        };
        let done = sim.all(settings.days).await;
        let fingerprint = sim.trace.fingerprint();
        match done {
            Ok(()) => Ok((sim.tally(begun.elapsed()), fingerprint)),
            Err(why) => Err(Failure {
                seed,
                step: sim.trace.step,
                why: format!("{why:#}"),
                last: sim.trace.last(),
                day: sim.day(),
            }),
        }
    })
}

impl Sim {
    async fn new(seed: u64, settings: Settings) -> Result<Self> {
        let mut random = Random::new(seed);
        random.next();
        let temper = Temper::of(&mut random, settings.size);
        let plan = Plan::draw(&mut random, &temper);
        let site = Site::new(seed, settings.database, random.one(&STARTS)).await?;
        let read = |db: sql::Db| async move {
            db.read(|tx| Box::pin(async move { server_state::read(tx).await })).await
        };
        let instance = read(site.db.clone()).await?.instance;
        let mut sim = Self {
            trace: Trace::new(settings.is_traced),
            tally: Tally { seeds: 1, ..Tally::default() },
            mirror: Mirror::default(),
            targets: plan.targets.clone(),
            start: site.clock.shared().now(),
            due: BTreeSet::new(),
            next: BTreeMap::new(),
            forced: BTreeSet::new(),
            acts_left: 0,
            is_calm: false,
            cut_off: BTreeSet::new(),
            seen: 0,
            recorded: (0, 0),
            random,
            temper,
            site,
            plan,
            instance,
        };
        let temper = format!("{:?}", sim.temper);
        sim.say(temper);
        Ok(sim)
    }

    /// All days and the end.
    async fn all(&mut self, days: u32) -> Result<()> {
        self.begin().await?;
        self.trouble();
        let definitions = self.definitions()?;
        self.act(Act::Apply(Box::new(definitions))).await?;
        let end = self.start + SignedDuration::from_hours(24 * i64::from(days));
        while self.now() < end {
            self.step().await?;
        }
        self.end().await
    }

    /// Lets things go wrong, as often as this seed wants it.
    fn trouble(&mut self) {
        self.is_calm = false;
        self.site.link.set_faults(self.temper.faults);
        let seed = self.random.next();
        self.site.gate.set_failing(self.temper.database, seed);
    }

    /// The next life of the scheduler.
    async fn begin(&mut self) -> Result<()> {
        loop {
            let dies = !self.is_calm && self.random.chance(self.temper.deaths);
            let death = dies.then(|| 1 + self.random.below(6) as u64);
            self.trace.step += 1;
            let has_begun = self.site.begin(death).await?;
            self.site.gate.set_death(None);
            self.say(if has_begun { "begins" } else { "dies while it begins" });
            self.observe(None).await?;
            if has_begun {
                self.due.extend(Pass::OFTEN.into_iter().chain(Pass::SELDOM));
                return Ok(());
            }
            self.tally.deaths += 1;
        }
    }

    fn now(&self) -> Timestamp {
        self.site.clock.shared().now()
    }

    fn today(&self) -> jiff::civil::Date {
        self.now().to_zoned(TimeZone::UTC).date()
    }

    /// The number of the day, from 1.
    fn day(&self) -> u32 {
        let hours = self.now().duration_since(self.start).as_hours();
        u32::try_from(hours / 24 + 1).unwrap_or(1)
    }

    fn say(&mut self, what: impl std::fmt::Display) {
        let now = self.now();
        self.trace.line(now, what);
    }

    fn definitions(&self) -> Result<scheduler_core::definition::Definitions> {
        Ok(serde_json::from_value(serde_json::Value::Object(self.plan.definitions.clone()))?)
    }

    fn tally(&mut self, took: std::time::Duration) -> Tally {
        let mut tally = std::mem::take(&mut self.tally);
        tally.job_days = self.mirror.known.len();
        tally.steps = self.trace.step;
        tally.starts = self.site.link.with_book(|book| book.starts());
        tally.transactions = self.site.gate.failed();
        tally.faults = self.site.link.suffered();
        for outcome in self.mirror.outcomes.values().flat_map(BTreeMap::values) {
            *tally.outcomes.entry(outcome.clone()).or_default() += 1;
        }
        let unbuilt = self.mirror.unbuilt.values().map(BTreeSet::len).sum();
        tally.outcomes.insert("not built".to_owned(), unbuilt);
        tally.took = took;
        tally
    }
}
