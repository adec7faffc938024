//! Planning: reading definitions, building days, forecasts, and next runs of cron lines beside peers.

mod child;
mod cron;
mod definitions;

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::report::{Bar, Figure, Report, Spread};

pub(crate) use child::{Work, run as run_child};

/// What is measured.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Jobs of the built day; twice as many dependencies
    #[arg(long, default_value_t = 100_000)]
    jobs: usize,
    /// Jobs of the forecast of 365 days
    #[arg(long, default_value_t = 10_000)]
    forecast_jobs: usize,
    /// Jobs of the largest day, whose cost per job is compared with that of a day of 10,000
    #[arg(long, default_value_t = 1_000_000)]
    most_jobs: usize,
    /// Cron lines whose next runs over a year are calculated
    #[arg(long, default_value_t = 1_000)]
    cron_lines: usize,
    /// Rounds of each measurement
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    repeats: u16,
    /// A Python that has croniter
    #[arg(long, value_name = "FILE")]
    croniter_python: Option<std::path::PathBuf>,
}

/// What a process of its own has measured.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    read_s: f64,
    model_s: f64,
    build_s: f64,
    forecast_s: f64,
    jobs: usize,
    edges: usize,
    runs: usize,
    peak_mib: f64,
}

/// Measures all of it.
pub(crate) fn run(report: &mut Report, options: &Options) -> anyhow::Result<()> {
    let repeats = usize::from(options.repeats);
    let folder = tempfile::tempdir()?;
    day(report, folder.path(), options.jobs, repeats)?;
    forecast(report, folder.path(), options.forecast_jobs, repeats)?;
    scaling(report, folder.path(), options.most_jobs, repeats)?;
    cron::run(report, options.cron_lines, repeats, options.croniter_python.as_deref())
}

fn day(report: &mut Report, folder: &Path, jobs: usize, repeats: usize) -> anyhow::Result<()> {
    let path = folder.join("day");
    let bytes = definitions::write(&path, jobs)?;
    let all = measure(&path, Work::Day, repeats)?;
    let first = &all[0];
    let spread = |of: fn(&Measured) -> f64| Spread::new(all.iter().map(of).collect());
    let read = spread(|each| each.read_s);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let megabytes = bytes as f64 / 1e6;
    report.add(Figure {
        what: &format!("validate: {jobs} jobs from files"),
        value: read.median(),
        unit: "s",
        bar: Bar::Below(3.0),
        note: format!("{} rounds, {}; {megabytes:.0} MB of YAML; read, checked against the schema, every reference resolved", repeats, read.words(2)),
        details: json!({"spread_s": read.json(), "jobs": jobs, "bytes": bytes}),
    });
    let build = spread(|each| each.model_s + each.build_s);
    report.add(Figure {
        what: &format!("build: a day of {} jobs with {} dependencies", first.jobs, first.edges),
        value: build.median(),
        unit: "s",
        bar: Bar::Below(5.0),
        note: format!("{} rounds, {}; from definitions in memory to the day with all edges and expected times", repeats, build.words(2)),
        details: json!({"spread_s": build.json(), "jobs": first.jobs, "edges": first.edges}),
    });
    let peak = spread(|each| each.peak_mib);
    report.add(Figure {
        what: "build: peak memory of the process",
        value: peak.median(),
        unit: "MiB",
        bar: Bar::Below(250.0),
        note: format!(
            "{} rounds, {}; with the definitions, which it has read from files before",
            repeats,
            peak.words(0)
        ),
        details: json!({"spread_mib": peak.json()}),
    });
    Ok(())
}

fn forecast(report: &mut Report, folder: &Path, jobs: usize, repeats: usize) -> anyhow::Result<()> {
    let path = folder.join("forecast");
    definitions::write(&path, jobs)?;
    let all = measure(&path, Work::Forecast, repeats)?;
    let spread = Spread::new(all.iter().map(|each| each.forecast_s).collect());
    report.add(Figure {
        what: &format!("forecast: 365 days of {jobs} jobs"),
        value: spread.median(),
        unit: "s",
        bar: Bar::Below(5.0),
        note: format!(
            "{} rounds, {}; {} runs, each with its reason, edges and expected time",
            repeats,
            spread.words(2),
            all[0].runs
        ),
        details: json!({"spread_s": spread.json(), "jobs": jobs, "runs": all[0].runs}),
    });
    Ok(())
}

/// The cost per job of builds one after the other, each in the memory of the one before, as a forecast makes them. And
/// for comparison that of the first build of a process, of which a part is the system's: it gives each page of memory for
/// the first time, and the large day needs a hundred times as many.
fn scaling(report: &mut Report, folder: &Path, most: usize, repeats: usize) -> anyhow::Result<()> {
    const LEAST: usize = 10_000;
    let (small, large) = (folder.join("small"), folder.join("large"));
    definitions::write(&small, LEAST)?;
    definitions::write(&large, most)?;
    let cost = |path: &Path, work: Work, repeats: usize| -> anyhow::Result<Spread> {
        let all = measure(path, work, repeats)?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let per_job = all.iter().map(|each| each.build_s / each.jobs as f64 * 1e9).collect();
        Ok(Spread::new(per_job))
    };
    for (work, bar, what, note) in [
        (Work::Many, Bar::Below(1.2), "days one after the other", ", each the median of 7 builds"),
        (
            Work::Day,
            Bar::None,
            "the first day of a process",
            ", with the first touch of all memory",
        ),
    ] {
        // The small one takes a millisecond.
        let small = cost(&small, work, 5 * repeats)?;
        let large = cost(&large, work, repeats)?;
        report.add(Figure {
            what: &format!("build: cost per job at {most} jobs over that at {LEAST}, {what}"),
            value: large.median() / small.median(),
            unit: "x",
            bar,
            note: format!(
                "{} and {repeats} rounds; {:.0} ns per job of {most}, {:.0} ns of {LEAST}{note}",
                5 * repeats,
                large.median(),
                small.median()
            ),
            details: json!({"large_ns": large.json(), "small_ns": small.json()}),
        });
    }
    Ok(())
}

/// Measures in processes of their own, so that the memory of one is not that of another.
fn measure(path: &Path, work: Work, repeats: usize) -> anyhow::Result<Vec<Measured>> {
    let program = std::env::current_exe().context("finding this program")?;
    let one = || -> anyhow::Result<Measured> {
        let output =
            Command::new(&program).arg("plan-child").arg(path).arg(work.word()).output()?;
        anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    (0..repeats).map(|_| one()).collect()
}
