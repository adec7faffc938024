//! What a seed is like: each seed has some kinds of trouble and not others, so that kinds meet in all combinations and
//! each is also met alone.

use crate::random::Random;

/// How often things happen in the world of a seed.
#[derive(Debug, Clone)]
pub(crate) struct Temper {
    /// Jobs of a day, about.
    pub(crate) jobs: usize,
    /// Of a thousand calls of agents so many suffer.
    pub(crate) faults: u32,
    /// Of a thousand passes so many end with the death of the process.
    pub(crate) deaths: u32,
    /// Of a thousand transactions so many fail.
    pub(crate) database: u32,
    /// Operators' actions in a day, about.
    pub(crate) actions: u32,
    /// Changes of definitions in ten days, about.
    pub(crate) changes: u32,
    /// Of a thousand moves of the clock so many are jumps.
    pub(crate) jumps: u32,
    /// Of a thousand moves of the clock so many close or open the way to an agent.
    pub(crate) outages: u32,
}

impl Temper {
    /// That of a seed whose days have about so many jobs; none for what the seed draws.
    pub(crate) fn of(random: &mut Random, jobs: Option<usize>) -> Self {
        let mut some = |per_mille: u32, low: i64, high: i64| {
            let value = u32::try_from(random.between(low, high)).unwrap_or(0);
            if random.chance(per_mille) { value } else { 0 }
        };
        // Large days are where most job-days come from, small ones where most corners are.
        let small = some(1000, 10, 160);
        let large = some(500, 300, 1200);
        let drawn = small.max(large);
        Self {
            faults: some(600, 5, 120),
            deaths: some(600, 2, 40),
            database: some(300, 1, 15),
            actions: some(800, 2, 60),
            changes: some(600, 1, 12),
            jumps: some(400, 5, 40),
            outages: some(500, 5, 60),
            jobs: jobs.unwrap_or(drawn as usize),
        }
    }
}
