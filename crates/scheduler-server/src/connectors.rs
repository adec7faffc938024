//! The integrations that are built in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use connector::Connector;
use connector_amt::AmtConnector;
use connector_command::CommandConnector;

use crate::options::Options;

/// Every connector of this process.
pub(crate) fn all(options: &Options) -> anyhow::Result<Vec<Arc<dyn Connector>>> {
    let folder = std::path::absolute(options.data_dir.join("jobs"))
        .context("finding the folder of command jobs")?;
    let command = connector_command::Options::new(
        folder,
        beside(options.runner.as_deref(), "batch-runner")?,
        beside(options.stage.as_deref(), "command-stage")?,
    );
    Ok(vec![
        Arc::new(AmtConnector::new(connector_amt::Options::default())),
        Arc::new(CommandConnector::new(command).context("opening the folder of command jobs")?),
    ])
}

/// A program: the one that was named, or the one beside this program.
fn beside(named: Option<&Path>, program: &str) -> anyhow::Result<PathBuf> {
    if let Some(path) = named {
        return std::path::absolute(path).with_context(|| format!("finding {program}"));
    }
    let own = std::env::current_exe().context("finding this program")?;
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    Ok(own.parent().map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name)))
}
