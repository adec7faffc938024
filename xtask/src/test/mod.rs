//! `cargo xtask test`: every check and every test, stage by stage, with the time of each at the end.
//!
//! [`stages`] is the list, [`postgres`] the second database, [`s3`] a store of objects, [`smtp`] a mail server, [`counts`] reads how many tests passed, [`skipped`] which were left out.

mod counts;
mod postgres;
mod s3;
mod skipped;
mod smtp;
mod stages;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::interrupt;
use crate::project::Project;
use counts::Counts;
use stages::{STAGES, Stage};

/// The options of `cargo xtask test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Run only these stages, e.g. `--only clippy,tests`
    #[arg(long, value_delimiter = ',', value_name = "STAGE")]
    only: Vec<String>,
    /// Leave these stages out
    #[arg(long, value_delimiter = ',', value_name = "STAGE")]
    skip: Vec<String>,
    /// List the stages and what they do
    #[arg(long)]
    list: bool,
}

/// What became of a stage.
#[derive(Debug)]
enum Verdict {
    Passed,
    Skipped(String),
    Failed(anyhow::Error),
}

/// The command.
///
/// # Errors
/// When a stage fails. The other stages are run all the same, unless nothing builds.
pub(crate) fn run(options: &Options) -> Result<()> {
    let chosen = choose(options)?;
    if options.list {
        for stage in &chosen {
            println!("{:<8} {}", stage.name, stage.what);
        }
        return Ok(());
    }
    let project = Project::find()?;
    counts::forget(&project)?;
    let mut results = Vec::new();
    for stage in chosen {
        println!("\n== {} {}", stage.name, "=".repeat(76 - stage.name.len()));
        let started = Instant::now();
        let verdict = match (stage.run)(&project) {
            Ok(None) => Verdict::Passed,
            Ok(Some(reason)) => Verdict::Skipped(reason),
            Err(error) => Verdict::Failed(error),
        };
        show(&verdict);
        let goes_on = !(stage.is_needed && matches!(verdict, Verdict::Failed(_)));
        results.push((stage, verdict, started.elapsed()));
        interrupt::check()?;
        if !goes_on {
            println!("\nwhat follows needs this stage and is not run");
            break;
        }
    }
    summary(&project, &results)
}

fn choose(options: &Options) -> Result<Vec<&'static Stage>> {
    let known = |name: &String| STAGES.iter().any(|stage| stage.name == name);
    if let Some(name) = options.only.iter().chain(&options.skip).find(|name| !known(name)) {
        bail!("there is no stage `{name}`; `cargo xtask test --list` lists them");
    }
    let is_chosen = |stage: &&Stage| {
        let named = |names: &[String]| names.iter().any(|name| name == stage.name);
        (options.only.is_empty() || named(&options.only)) && !named(&options.skip)
    };
    Ok(STAGES.iter().filter(is_chosen).collect())
}

fn show(verdict: &Verdict) {
    match verdict {
        Verdict::Passed => {}
        Verdict::Skipped(reason) => println!("SKIPPED: {reason}"),
        Verdict::Failed(error) => println!("FAILED: {error:#}"),
    }
}

/// The table, and how many tests passed as the last line.
fn summary(project: &Project, results: &[(&Stage, Verdict, Duration)]) -> Result<()> {
    println!("\n{:<10} {:>9}  result", "stage", "seconds");
    for (stage, verdict, took) in results {
        let result = match verdict {
            Verdict::Passed => "ok".to_owned(),
            Verdict::Skipped(reason) => format!("SKIPPED: {}", first_line(reason)),
            Verdict::Failed(error) => format!("FAILED: {}", first_line(&format!("{error:#}"))),
        };
        println!("{:<10} {:>9.1}  {result}", stage.name, took.as_secs_f64());
    }
    let total: Duration = results.iter().map(|(_, _, took)| *took).sum();
    println!("{:<10} {:>9.1}", "total", total.as_secs_f64());
    if let Some(Counts { passed, failed }) = counts::read(project)? {
        println!("\n{passed} passed, {failed} failed");
    }
    let failed = results.iter().filter(|(_, verdict, _)| matches!(verdict, Verdict::Failed(_)));
    let failed: Vec<&str> = failed.map(|(stage, _, _)| stage.name).collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(only: &[&str], skip: &[&str]) -> Options {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Options { only: owned(only), skip: owned(skip), list: false }
    }

    fn names(options: &Options) -> Vec<&'static str> {
        choose(options).unwrap().iter().map(|stage| stage.name).collect()
    }

    #[test]
    fn stages_are_run_in_their_order_whatever_the_options_say() {
        assert_eq!(names(&options(&["tests", "fmt"], &[])), ["fmt", "tests"]);
        assert!(!names(&options(&[], &["windows"])).contains(&"windows"));
        assert_eq!(names(&options(&[], &[])).len(), STAGES.len());
    }

    #[test]
    fn an_unknown_stage_is_refused() {
        assert!(choose(&options(&["cargo"], &[])).is_err());
        assert!(choose(&options(&[], &["window"])).is_err());
    }
}
