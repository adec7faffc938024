//! The load harness of `cargo xtask bench`: starts private servers, loads them over loopback, and prints figures.
//!
//! Every figure is a line of JSON on standard output; a table for people follows on standard error.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

mod backlog;
mod client;
mod connector;
mod latency;
mod load;
mod machine;
mod peers;
mod plan;
mod report;
mod scheduler;
mod server;
mod stamp;
mod throughput;

use clap::{Parser, Subcommand, ValueEnum};

use report::Report;
use tokio::signal::unix::{SignalKind, signal};

/// As `ringmaster` has it, since planning is measured in this program.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What to measure.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
    /// Print the table as Markdown.
    #[arg(long, global = true)]
    markdown: bool,
}

#[derive(Subcommand)]
enum Bench {
    /// Jobs per second, latencies and a backlog, through the batch server; and jobs per second of its peers.
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
        /// Rounds of the throughput run: each database and each peer once per round.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
        repeats: u16,
        #[command(flatten)]
        peers: peers::Options,
    },
    /// Start-up and whole runs of `amt`; start-up and size of `amtjob`.
    Connector {
        /// Runs of each kind.
        #[arg(long, default_value_t = 100)]
        runs: usize,
    },
    /// Definitions, days and forecasts of the scheduler; next runs of cron lines beside peers.
    Plan(plan::Options),
    /// The scheduler at work: days stored, many jobs at one instant, jobs carried through, plans of different size.
    Scheduler(scheduler::Options),
    /// One measurement of `plan`, in a process of its own.
    #[command(hide = true)]
    PlanChild {
        /// The definitions.
        path: std::path::PathBuf,
        /// What is measured.
        work: plan::Work,
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

impl Database {
    /// What is on disk before a call is answered, for the report.
    pub(crate) fn durability(self) -> &'static str {
        match self {
            Self::Sqlite => "durable (synchronous=FULL)",
            Self::Postgres => "durable (fsync, synchronous_commit)",
        }
    }
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if matches!(arguments.bench, Bench::Stamp) {
        stamp::print();
        return Ok(());
    }
    if let Bench::PlanChild { path, work } = &arguments.bench {
        return plan::run_child(path, *work);
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    // What the scheduler in this process warns of.
    kit::trace::init("warn", kit::trace::Format::Text, &kit::trace::Target::Stderr)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(until_interrupted(run(arguments.bench, arguments.markdown)))
}

/// Ends the work when the harness is asked to end: what is dropped with it ends its processes and removes its folders.
async fn until_interrupted(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let (mut interrupt, mut terminate, mut hangup) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
        signal(SignalKind::hangup())?,
    );
    tokio::select! {
        result = work => result,
        _ = interrupt.recv() => anyhow::bail!("interrupted"),
        _ = terminate.recv() => anyhow::bail!("asked to end"),
        _ = hangup.recv() => anyhow::bail!("the terminal is gone"),
    }
}

async fn run(bench: Bench, markdown: bool) -> anyhow::Result<()> {
    let mut report = Report::new();
    match bench {
        Bench::Batch { database, jobs, clients, concurrency, backlog, repeats, peers } => {
            let load = load::Load { jobs, clients, concurrency };
            throughput::run(&mut report, &database, load, repeats.into(), &peers).await?;
            for database in database {
                latency::run(&mut report, database).await?;
                backlog::run(&mut report, database, backlog).await?;
            }
        }
        Bench::Connector { runs } => connector::run(&mut report, runs).await?,
        Bench::Plan(options) => tokio::task::block_in_place(|| plan::run(&mut report, &options))?,
        Bench::Scheduler(options) => scheduler::run(&mut report, &options).await?,
        Bench::PlanChild { .. } | Bench::Stamp => {}
    }
    if markdown {
        report.print_markdown();
    } else {
        report.print_table();
    }
    Ok(())
}
