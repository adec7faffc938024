//! The scheduler at work.

mod beside;
mod chain;
mod day;
mod definitions;
mod instant;
mod latency;
mod no_op;
mod rate;
mod serve;
mod stored;
mod world;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::Database;
use crate::report::Report;

/// What is measured of the scheduler.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Where the scheduler keeps its data.
    #[arg(long, value_enum, default_values_t = [Database::Sqlite, Database::Postgres])]
    database: Vec<Database>,
    /// Measure only these.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Part::value_variants().iter().copied())]
    only: Vec<Part>,
    /// Minutes for which AMT jobs are run through everything.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// The Python in which the package `apache-airflow` is installed; `cargo xtask bench` makes one below the target folder.
    #[arg(long)]
    airflow_python: Option<PathBuf>,
    /// Jobs of the larger plan.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..=2_000_000))]
    plan: u32,
}

/// One part of the measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Many jobs that are due at one instant.
    Instant,
    /// A large day: built, stored, in memory, after a restart.
    Stored,
    /// AMT jobs one after the other.
    Latency,
    /// AMT jobs through everything, for some minutes.
    Chain,
    /// Jobs per second with a connector that does nothing, in a small plan and in a large one.
    Rate,
    /// A million jobs through one accelerated day.
    Day,
    /// Short tasks in a row and behind one, beside Slurm and Airflow.
    Beside,
}

/// Measures what was asked for.
pub(crate) async fn run(report: &mut Report, options: &Options) -> anyhow::Result<()> {
    for database in options.database.iter().copied() {
        for part in &options.only {
            match part {
                Part::Stored => stored::run(report, database).await?,
                Part::Latency => latency::run(report, database).await?,
                Part::Chain => {
                    let time = std::time::Duration::from_secs_f64(options.minutes * 60.0);
                    chain::run(report, database, time).await?;
                }
                Part::Instant => instant::run(report, database).await?,
                Part::Rate => rate::run(report, database, options.plan as usize).await?,
                Part::Day => day::run(report, database).await?,
                // Everybody runs once.
                Part::Beside => {}
            }
        }
    }
    if options.only.contains(&Part::Beside) {
        beside::run(report, &options.database, options.airflow_python.as_deref()).await?;
    }
    Ok(())
}
