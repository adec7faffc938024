//! `cargo xtask bench`: the load harness of `bench/`, with optimised programs.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::packages::{self, COMPILER, POSTGRESQL};
use crate::peers;
use crate::process::{self, Running};
use crate::project::Project;

/// Longer than any measurement.
const LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long the harness may take to end the servers and the peers it has started.
const GRACE: Duration = Duration::from_secs(60);

/// The options of `cargo xtask bench`, which are those of the harness.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Options {
    /// What to measure, `batch`, `connector`, `plan` or `scheduler`, and the options of that
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    arguments: Vec<OsString>,
}

/// The command.
///
/// # Errors
/// When the programs do not build or the harness fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    packages::require(&[&COMPILER, &POSTGRESQL])?;
    let project = Project::find()?;
    project.build(true).context("while building the programs")?;
    peers::prepare(&project, &options.arguments)?;
    let mut harness = process::program(project.programs(true).join("ringmaster-bench"));
    harness.current_dir(&project.root).args(&options.arguments);
    if let Some(python) = peers::croniter(&project, &options.arguments)? {
        harness.arg("--croniter-python").arg(python);
    }
    let status = Running::start("the load harness", &mut harness, GRACE)?.wait(LIMIT)?;
    if !status.success() {
        bail!("the load harness ended with {status}");
    }
    Ok(())
}
