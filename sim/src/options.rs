//! The command line.

use crate::site::Kind;

/// Simulate days of the scheduler and look after each step whether everything is as it must be.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "cargo xtask sim", bin_name = "cargo xtask sim")]
pub(crate) struct Options {
    /// How many seeds, each a world of its own
    #[arg(long, default_value_t = 40, value_name = "N")]
    pub(crate) seeds: u64,
    /// The first seed; to replay one, `--first SEED --seeds 1` with the same days, size and database
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    pub(crate) first: u64,
    /// Simulated days of each seed
    #[arg(long, default_value_t = 10, value_name = "D")]
    pub(crate) days: u32,
    /// Jobs of a day, about; without it each seed draws its own
    #[arg(long, value_name = "JOBS")]
    pub(crate) size: Option<usize>,
    /// Where the scheduler keeps what it knows
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    pub(crate) database: Kind,
    /// Seeds that are simulated at the same time; without it as many as there are processors
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Begin no further seed after so long
    #[arg(long, value_name = "SECONDS")]
    pub(crate) seconds: Option<u64>,
    /// Fail where fewer job-days were simulated: one planned job on one day each
    #[arg(long, default_value_t = 0, value_name = "JOB-DAYS")]
    pub(crate) at_least: usize,
    /// Print every step
    #[arg(long)]
    pub(crate) trace: bool,
    /// Simulate each seed twice and compare: it must replay exactly
    #[arg(long)]
    pub(crate) twice: bool,
    /// When a seed fails, do not look for a shorter way to the same failure
    #[arg(long)]
    pub(crate) no_shrink: bool,
}
