//! `cargo xtask bench`: the load harness of `bench/`, with optimised programs.

use std::ffi::OsString;

use anyhow::{Context as _, Result};

use crate::packages::{self, COMPILER, POSTGRESQL};
use crate::process;
use crate::project::Project;

/// The options of `cargo xtask bench`, which are those of the harness.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Options {
    /// What to measure, `batch` or `connector`, and the options of that
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
    let mut harness = process::program(project.programs(true).join("ringmaster-bench"));
    process::run(harness.current_dir(&project.root).args(&options.arguments))
}
