//! `ringmaster serve`.

use std::path::PathBuf;

use anyhow::Context;
use kit::ExitCode;
use scheduler_server::Options;
use serde::Serialize;

use super::arguments::ServeArguments;

/// The flags as the configuration takes them: what is absent overrides nothing.
#[derive(Debug, Serialize)]
struct Overrides<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data_dir: Option<&'a PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket: Option<&'a PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<LogFilter<'a>>,
}

#[derive(Debug, Serialize)]
struct LogFilter<'a> {
    filter: &'a String,
}

/// Runs the scheduler until the process is asked to end.
pub(crate) fn serve(arguments: &ServeArguments) -> anyhow::Result<ExitCode> {
    let overrides = Overrides {
        data_dir: arguments.data.as_ref(),
        database: arguments.database.as_ref(),
        socket: arguments.socket.as_ref(),
        name: arguments.name.as_ref(),
        log: arguments.log.as_ref().map(|filter| LogFilter { filter }),
    };
    let options = Options::load(arguments.config.as_deref(), overrides)?;
    let target = match &options.log.file {
        Some(file) => kit::trace::Target::File(file.clone()),
        None => kit::trace::Target::Stderr,
    };
    kit::trace::init(&options.log.filter, options.log.format, &target)?;
    kit::tls::install_provider();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("starting the runtime")?;
    let is_clean = runtime.block_on(Box::pin(scheduler_server::run(options, |ready| {
        let line = format!("listening on {}\n", ready.socket.display());
        // Nobody reads it any more when it cannot be printed.
        let _ = crate::texts::print(line.as_bytes());
    })))?;
    Ok(if is_clean { ExitCode::Success } else { ExitCode::Failure })
}
