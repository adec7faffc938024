//! The load harness of `cargo xtask bench`: starts private servers, loads them over loopback, and prints figures.
//!
//! Every figure is a line of JSON on standard output; a table for people follows on standard error.

mod backlog;
mod client;
mod connector;
mod latency;
mod machine;
mod report;
mod server;
mod stamp;
mod throughput;

use clap::{Parser, Subcommand, ValueEnum};

use report::Report;

/// What to measure.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Jobs per second, latencies and a backlog, through the batch server.
    Batch {
        /// Where the batch server keeps its data.
        #[arg(long, value_enum, default_values_t = [Database::Sqlite, Database::Postgres])]
        database: Vec<Database>,
        /// Jobs of the throughput run.
        #[arg(long, default_value_t = 20_000)]
        jobs: usize,
        /// Clients that submit at the same time.
        #[arg(long, default_value_t = 32)]
        clients: usize,
        /// Jobs that may run at once.
        #[arg(long, default_value_t = 32)]
        concurrency: usize,
        /// Requests of the large backlog.
        #[arg(long, default_value_t = 100_000)]
        backlog: usize,
    },
    /// Start-up and whole runs of `amt`.
    Connector {
        /// Runs of each kind.
        #[arg(long, default_value_t = 100)]
        runs: usize,
    },
    /// A job that prints the time and ends; used by the latency run.
    #[command(hide = true)]
    Stamp,
}

/// A database of the batch server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    /// A file, `synchronous=FULL`.
    Sqlite,
    /// A private PostgreSQL cluster, `fsync` and `synchronous_commit` on.
    Postgres,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if matches!(arguments.bench, Bench::Stamp) {
        stamp::print();
        return Ok(());
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run(arguments.bench))
}

async fn run(bench: Bench) -> anyhow::Result<()> {
    let mut report = Report::new();
    match bench {
        Bench::Batch { database, jobs, clients, concurrency, backlog } => {
            for database in database {
                let load = throughput::Load { jobs, clients, concurrency };
                throughput::run(&mut report, database, load).await?;
                latency::run(&mut report, database).await?;
                backlog::run(&mut report, database, backlog).await?;
            }
        }
        Bench::Connector { runs } => connector::run(&mut report, runs).await?,
        Bench::Stamp => {}
    }
    report.print_table();
    Ok(())
}
