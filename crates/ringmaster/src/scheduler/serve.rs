//! `ringmaster serve`.

use std::path::PathBuf;

use anyhow::Context;
use jiff::Timestamp;
use kit::{ExitCode, Supervisor};
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
    plug_ins: Option<&'a PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accelerated: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_start: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_stop: Option<Timestamp>,
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
        plug_ins: arguments.plug_ins.as_ref(),
        name: arguments.name.as_ref(),
        accelerated: arguments.accelerated.then_some(true),
        clock_start: arguments.clock_start,
        clock_stop: arguments.clock_stop,
        log: arguments.log.as_ref().map(|filter| LogFilter { filter }),
    };
    let options = Options::load(arguments.config.as_deref(), overrides)?;
    let target = match &options.log.file {
        Some(file) => kit::trace::Target::File(file.clone()),
        None => kit::trace::Target::Stderr,
    };
    kit::trace::init(&options.log.filter, options.log.format, &target)?;
    kit::tls::install_provider();
    let batch_server = match &arguments.with_batch_server {
        Some(file) => Some(crate::batch_server::beside(file, &options.data_dir)?),
        None => None,
    };
    crate::memory::give_back().context("starting a thread")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("starting the runtime")?;
    let is_clean = runtime.block_on(Box::pin(run(options, batch_server)))?;
    Ok(if is_clean { ExitCode::Success } else { ExitCode::Failure })
}

/// Runs the scheduler, with a batch server beside it where there is one. Both end together.
async fn run(
    options: Options,
    batch_server: Option<batch_server::Options>,
) -> anyhow::Result<bool> {
    let supervisor = Supervisor::new();
    let beside = match batch_server {
        None => None,
        Some(options) => {
            let started = Box::pin(batch_server::start(options, &supervisor)).await;
            let (running, ready) = started.context("starting the batch server")?;
            crate::batch_server::announce_beside(&ready);
            Some(running)
        }
    };
    let ended = Box::pin(scheduler_server::run(options, supervisor, |ready| {
        let line = format!("listening on {}\n", ready.socket.display());
        // Nobody reads it any more when it cannot be printed.
        let _ = crate::texts::print(line.as_bytes());
    }));
    let is_clean = ended.await?;
    if let Some(beside) = beside {
        beside.close().await;
    }
    Ok(is_clean)
}
