//! `cargo xtask sim`: simulated days of the scheduler, with the program of `sim/`.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::packages::{self, COMPILER, POSTGRESQL};
use crate::process::{self, Running};
use crate::project::Project;

/// Longer than any simulation.
const LIMIT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long it may take to end.
const GRACE: Duration = Duration::from_secs(10);

/// The options of `cargo xtask sim`, which are those of the program, and one more.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Options {
    /// Build it optimised: slower to build, much faster to run
    #[arg(long)]
    release: bool,
    /// What is simulated: `--seeds`, `--days`, `--database`; `--help` lists all
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// The command.
///
/// # Errors
/// When it does not build, or something that must be true was not.
pub(crate) fn run(options: &Options) -> Result<()> {
    packages::require(&[&COMPILER, &POSTGRESQL])?;
    let project = Project::find()?;
    project.build(options.release).context("while building the programs")?;
    simulate(&project, options.release, &options.arguments)
}

/// Runs the program, which was built before.
///
/// # Errors
/// When something that must be true was not.
pub(crate) fn simulate(project: &Project, is_release: bool, arguments: &[OsString]) -> Result<()> {
    let mut program = process::program(project.programs(is_release).join("scheduler-sim"));
    program.current_dir(&project.root).args(arguments);
    let status = Running::start("the simulation", &mut program, GRACE)?.wait(LIMIT)?;
    if !status.success() {
        bail!("the simulation ended with {status}");
    }
    Ok(())
}
