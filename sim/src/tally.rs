//! How much was simulated.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Counts of one seed or of many.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) seeds: usize,
    /// Planned jobs, each on its day.
    pub(crate) job_days: usize,
    pub(crate) steps: u64,
    /// Starts that agents were asked for.
    pub(crate) starts: usize,
    /// Deaths of the process in the middle of something, and between two things.
    pub(crate) deaths: usize,
    pub(crate) moves: usize,
    pub(crate) jumps: usize,
    pub(crate) outages: usize,
    /// Transactions that failed.
    pub(crate) transactions: u64,
    pub(crate) actions: BTreeMap<String, (usize, usize)>,
    pub(crate) faults: BTreeMap<String, u64>,
    pub(crate) outcomes: BTreeMap<String, usize>,
    pub(crate) took: Duration,
}

impl Tally {
    /// Adds another one.
    pub(crate) fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.job_days += other.job_days;
        self.steps += other.steps;
        self.starts += other.starts;
        self.deaths += other.deaths;
        self.moves += other.moves;
        self.jumps += other.jumps;
        self.outages += other.outages;
        self.transactions += other.transactions;
        self.took += other.took;
        for (kind, (done, refused)) in &other.actions {
            let all = self.actions.entry(kind.clone()).or_default();
            *all = (all.0 + done, all.1 + refused);
        }
        for (kind, count) in &other.faults {
            *self.faults.entry(kind.clone()).or_default() += count;
        }
        for (kind, count) in &other.outcomes {
            *self.outcomes.entry(kind.clone()).or_default() += count;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let actions: usize = self.actions.values().map(|(done, _)| done).sum();
        let refused: usize = self.actions.values().map(|(_, refused)| refused).sum();
        let faults: u64 = self.faults.values().sum();
        writeln!(f, "{:<28} {:>10}", "seeds", self.seeds)?;
        writeln!(f, "{:<28} {:>10}", "job-days", self.job_days)?;
        writeln!(f, "{:<28} {:>10}", "steps", self.steps)?;
        writeln!(f, "{:<28} {:>10}", "starts", self.starts)?;
        writeln!(f, "{:<28} {:>10}", "kills of the scheduler", self.deaths)?;
        writeln!(f, "{:<28} {:>10}", "moves of the clock", self.moves)?;
        writeln!(f, "{:<28} {:>10}", "jumps of the clock", self.jumps)?;
        writeln!(f, "{:<28} {:>10}", "agents lost and found", self.outages)?;
        writeln!(f, "{:<28} {:>10}", "transactions that failed", self.transactions)?;
        writeln!(f, "{:<28} {:>10}  ({refused} more were refused)", "actions", actions)?;
        for (kind, (done, refused)) in &self.actions {
            writeln!(f, "  {kind:<26} {done:>10}  ({refused} refused)")?;
        }
        writeln!(f, "{:<28} {:>10}", "faults of agents", faults)?;
        for (kind, count) in &self.faults {
            writeln!(f, "  {kind:<26} {count:>10}")?;
        }
        writeln!(f, "outcomes of planned instants")?;
        for (kind, count) in &self.outcomes {
            writeln!(f, "  {kind:<26} {count:>10}")?;
        }
        Ok(())
    }
}
