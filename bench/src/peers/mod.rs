//! Other programs that run many small processes, given the same work in the same run on the same machine.
//!
//! A peer that is not there, or that fails, is reported and left out; it never fails the run. `bench/README.md` says what
//! each of them does differently.

pub(crate) mod airflow;
mod daemon;
mod hyperqueue;
pub(crate) mod slurm;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use serde_json::{Value, json};

use crate::load::Load;
use crate::report::{Bar, Figure, Report, Spread};

/// A program to be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// HyperQueue, from its Python package.
    Hyperqueue,
    /// Slurm, from Debian's packages.
    Slurm,
    /// No comparison.
    None,
}

/// How tasks depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// So many, each of which waits for the one before.
    Row(usize),
    /// So many that wait for one.
    Fan(usize),
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(count) => write!(f, "{count} short tasks in a row"),
            Self::Fan(count) => write!(f, "{count} short tasks behind one"),
        }
    }
}

/// The Python that `cargo xtask bench` makes for a peer, beside the folder of the programs.
fn private_python(peer: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let target = own.parent().and_then(Path::parent).context("the harness lies in no folder")?;
    Ok(target.join("bench-peers").join(peer).join("bin/python"))
}

/// What the command line says about the peers.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The peers that get the same work in the same run.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Peer::Hyperqueue, Peer::Slurm])]
    peers: Vec<Peer>,
    /// Jobs of each of Slurm's runs; fewer, since it runs about a tenth as many in the same time.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    slurm_jobs: u32,
    /// The Python in which the package `hyperqueue` is installed; `cargo xtask bench` makes one below the target folder.
    #[arg(long)]
    hyperqueue_python: Option<PathBuf>,
}

/// A peer with everything it needs.
enum Program {
    HyperQueue(hyperqueue::HyperQueue),
    Slurm(slurm::Slurm),
}

/// One way of giving a peer the work, with what was measured so far.
pub(crate) struct Contender {
    program: Program,
    way: Way,
    rates: Vec<f64>,
}

/// How the work is handed over.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// For people, after the number of processes.
    what: &'static str,
    jobs: usize,
    /// Jobs that may run at once.
    concurrency: usize,
    /// Whether all are handed over in one request.
    is_one_request: bool,
}

/// Slots by which Slurm gets more than the others in its second way. It fills them about once a second, so their number
/// bounds its rate.
const SLURM_MORE_SLOTS: usize = 8;

/// The peers that can be run here; the others are reported as left out.
pub(crate) fn find(report: &mut Report, options: &Options, load: Load) -> Vec<Contender> {
    let mut contenders = Vec::new();
    if options.peers.contains(&Peer::Hyperqueue) {
        match hyperqueue::HyperQueue::find(options.hyperqueue_python.as_deref()) {
            Ok(found) => contenders.extend(hyperqueue_ways(&found, load)),
            Err(error) => report.skip("HyperQueue", &format!("{error:#}")),
        }
    }
    if options.peers.contains(&Peer::Slurm) {
        match slurm::Slurm::find() {
            Ok(found) => contenders.extend(slurm_ways(&found, options.slurm_jobs as usize, load)),
            Err(error) => report.skip("Slurm", &format!("{error:#}")),
        }
    }
    contenders
}

fn hyperqueue_ways(found: &hyperqueue::HyperQueue, load: Load) -> Vec<Contender> {
    let way = |what, is_one_request| Contender {
        program: Program::HyperQueue(found.clone()),
        way: Way { what, jobs: load.jobs, concurrency: load.concurrency, is_one_request },
        rates: Vec::new(),
    };
    vec![way("each submitted as a job", false), way("tasks of one job", true)]
}

fn slurm_ways(found: &slurm::Slurm, jobs: usize, load: Load) -> Vec<Contender> {
    let way = |what, concurrency| Contender {
        program: Program::Slurm(found.clone()),
        way: Way { what, jobs, concurrency, is_one_request: true },
        rates: Vec::new(),
    };
    vec![
        way("one array job", load.concurrency),
        way("one array job, 8 times the slots", load.concurrency * SLURM_MORE_SLOTS),
    ]
}

impl Contender {
    /// The peer's name.
    pub(crate) fn name(&self) -> &'static str {
        match self.program {
            Program::HyperQueue(_) => "HyperQueue",
            Program::Slurm(_) => "Slurm",
        }
    }

    /// Runs the work once.
    async fn measure(&mut self) -> anyhow::Result<f64> {
        let Way { jobs, concurrency, is_one_request, .. } = self.way;
        let seconds = match &self.program {
            Program::HyperQueue(peer) => peer.run(jobs, concurrency, is_one_request).await?,
            Program::Slurm(peer) => peer.run(jobs, concurrency).await?,
        };
        #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
        let rate = jobs as f64 / seconds;
        self.rates.push(rate);
        Ok(rate)
    }

    fn version(&self) -> &str {
        match &self.program {
            Program::HyperQueue(peer) => &peer.version,
            Program::Slurm(peer) => &peer.version,
        }
    }

    fn durability(&self) -> &'static str {
        match self.program {
            Program::HyperQueue(_) => hyperqueue::DURABILITY,
            Program::Slurm(_) => slurm::DURABILITY,
        }
    }

    fn spread(&self) -> Spread {
        Spread::new(self.rates.clone())
    }

    /// Everything about this way as JSON.
    fn json(&self) -> Value {
        json!({
            "peer": self.name(), "version": self.version(), "way": self.way.what, "jobs": self.way.jobs,
            "concurrency": self.way.concurrency, "durable": false, "durability": self.durability(),
            "output_kept": "a file per job", "spread_jobs_per_second": self.spread().json(),
        })
    }
}

/// Gives each peer the work once. One that fails is reported and left out from here on.
pub(crate) async fn round(report: &mut Report, contenders: &mut Vec<Contender>) {
    let mut failed = Vec::new();
    for contender in contenders.iter_mut() {
        let name = contender.name();
        if failed.contains(&name) {
            continue;
        }
        match contender.measure().await {
            Ok(rate) => eprintln!("  {name}, {}: {rate:.0} jobs/s", contender.way.what),
            Err(error) => {
                report.skip(name, &format!("{error:#}"));
                failed.push(name);
            }
        }
    }
    contenders.retain(|contender| !failed.contains(&contender.name()));
}

/// Reports the rate of each way of each peer.
pub(crate) fn report_rates(report: &mut Report, contenders: &[Contender]) {
    for contender in contenders {
        let spread = contender.spread();
        let Way { what, jobs, concurrency, .. } = contender.way;
        report.add(Figure {
            what: &format!("{}: {jobs} processes of /bin/true, {what}", contender.name()),
            value: spread.median(),
            unit: "jobs/s",
            bar: Bar::None,
            note: format!(
                "{}; {concurrency} at once; version {}; {}",
                spread.words(0),
                contender.version(),
                contender.durability()
            ),
            details: contender.json(),
        });
    }
}

/// Reports how one database's rate compares with each peer's, in the way in which that peer was fastest.
pub(crate) fn report_ratios(
    report: &mut Report,
    who: &str,
    own: &Spread,
    contenders: &[Contender],
) {
    for name in ["HyperQueue", "Slurm"] {
        let ways: Vec<&Contender> = contenders.iter().filter(|one| one.name() == name).collect();
        let median = |one: &&Contender| one.spread().median();
        let Some(best) =
            ways.iter().copied().max_by(|one, other| median(one).total_cmp(&median(other)))
        else {
            continue;
        };
        let spread = best.spread();
        let (least, most) = (own.least() / spread.most(), own.most() / spread.least());
        report.add(Figure {
            what: &format!("{who}: ratio to {name}"),
            value: own.median() / spread.median(),
            unit: "x",
            bar: Bar::None,
            note: format!(
                "medians; extremes {least:.2} to {most:.2}; {name} with {}, its fastest way",
                best.way.what
            ),
            details: json!({
                "own_jobs_per_second": own.json(), "least": least, "most": most, "fastest_way": best.way.what,
                "ways": ways.iter().map(|way| way.json()).collect::<Vec<_>>(),
            }),
        });
    }
}
