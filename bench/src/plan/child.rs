//! The measuring process.

use std::path::Path;
use std::time::Instant;

use jiff::civil::{Date, date};
use scheduler_core::model::Model;
use scheduler_core::plan::{Days, Wanted};
use scheduler_definitions::{Checked, check, read_sources};

use super::Measured;

/// A Tuesday that is no holiday.
const DAY: Date = date(2026, 11, 24);

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Work {
    /// One day, the first that this process builds.
    Day,
    /// A year.
    Forecast,
    /// The same day several times; the median counts.
    Many,
}

impl Work {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Forecast => "forecast",
            Self::Many => "many",
        }
    }
}

/// Measures and prints one line of JSON.
pub(crate) fn run(path: &Path, work: Work) -> anyhow::Result<()> {
    let begin = Instant::now();
    let Checked { reading, model } = check(read_sources(path)?);
    let read_s = begin.elapsed().as_secs_f64();
    if let Some(mistake) = reading.mistakes.first() {
        anyhow::bail!("{mistake}");
    }
    drop(model);
    let begin = Instant::now();
    let (model, _) = Model::new(&reading.definitions);
    let model_s = begin.elapsed().as_secs_f64();
    let mut measured = Measured {
        read_s,
        model_s,
        build_s: 0.0,
        forecast_s: 0.0,
        jobs: 0,
        edges: 0,
        runs: 0,
        peak_mib: 0.0,
    };
    match work {
        Work::Day => one_day(&model, 1, &mut measured)?,
        Work::Many => one_day(&model, 7, &mut measured)?,
        Work::Forecast => year(&model, &mut measured)?,
    }
    measured.peak_mib = peak_mib()?;
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

fn one_day(model: &Model, times: usize, measured: &mut Measured) -> anyhow::Result<()> {
    let mut took = Vec::new();
    let mut days = Days::new(model, DAY, Wanted::All)?;
    for _ in 0..times {
        let begin = Instant::now();
        let plan = days.next_day()?;
        took.push(begin.elapsed().as_secs_f64());
        (measured.jobs, measured.edges) = (plan.jobs.len(), plan.edges_len());
    }
    took.sort_by(f64::total_cmp);
    measured.build_s = took[took.len() / 2];
    Ok(())
}

fn year(model: &Model, measured: &mut Measured) -> anyhow::Result<()> {
    let begin = Instant::now();
    let mut days = Days::new(model, DAY, Wanted::All)?;
    for _ in 0..365 {
        measured.runs += days.next_day()?.jobs.len();
    }
    measured.forecast_s = begin.elapsed().as_secs_f64();
    Ok(())
}

/// The most memory that this process has had.
fn peak_mib() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line
        .and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse::<f64>().ok());
    Ok(kib.ok_or_else(|| anyhow::anyhow!("the kernel does not say how much memory was used"))?
        / 1024.0)
}
