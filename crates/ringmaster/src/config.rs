//! `ringmaster config`.

use anyhow::Context;
use kit::ExitCode;

use crate::arguments::Flags;
use crate::batch_server;

/// Prints what is in force; the types of secrets print themselves as `***`.
pub(crate) fn show(flags: &Flags) -> anyhow::Result<ExitCode> {
    let options = batch_server::options(flags)?;
    print!("{}", toml::to_string(&options).context("printing the configuration")?);
    Ok(ExitCode::Success)
}
