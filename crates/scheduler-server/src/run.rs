//! A scheduler process: what it is made of, in which order its parts start, and how it ends.
//!
//! It ends without touching jobs: they run on, and the next start takes their attempts up again.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use kit::{DataDirLock, SharedClock, Supervisor, SystemClock};
use notification::Senders;
use scheduler_app::agents::Connectors;
use scheduler_app::{App, Process};
use sql::{Db, OpenError, Unreachable};

use crate::alone::alone;
use crate::options::{BadOptions, Options};
use crate::plug_ins::PlugIns;
use crate::{api, archive, connectors, home, upkeep};

/// What a process says when it has started.
#[derive(Debug)]
pub struct Ready {
    /// The socket that commands speak to.
    pub socket: PathBuf,
}

/// Runs a scheduler under a supervisor, with what the supervisor has already, until the process is asked to end; calls `ready` once
/// when it starts jobs and answers commands.
///
/// Returns whether everything has ended cleanly. Jobs that run go on.
///
/// # Errors
/// Why it could not start: options, data folder, database, archive, socket.
pub async fn run(
    options: Options,
    supervisor: Supervisor,
    ready: impl FnOnce(Ready),
) -> anyhow::Result<bool> {
    options.validate()?;
    kit::data_dir::create(&options.data_dir)?;
    let _lock = DataDirLock::acquire(&options.data_dir)?;
    let machine = SystemClock::shared();
    refuse_without_its_database(&options)?;
    let db = open(&options).await?;
    let _alone = alone(&db, &options).await?;
    let accelerated = options.accelerated();
    let clock = scheduler_app::clock::settle(&db, machine.clone(), accelerated, &options.name);
    let clock: SharedClock = clock.await?;
    let archive = archive::open(&options, &db).await?;
    let listener = api::bind(&options.socket_path())?;
    let connectors = Connectors::new(connectors::all(&options)?);
    let home = home::of(&options.data_dir)?;
    let process = Process { name: &options.name, home: &home };
    let app = App::begin(db.clone(), Arc::clone(&clock), connectors, process).await?;
    app.number_by_time().await.context("numbering jobs")?;
    app.open_keys(&options.keys_path()).await.context("opening the keys of passwords")?;
    match archive {
        Ok(archive) => app.set_archive(archive),
        Err(away) => supervisor.item("archive", away.until_open(app.clone(), supervisor.soft())),
    }
    // Who gets a message checks when it was signed, by a clock of the world.
    let senders = Senders::open(&options.notifications, machine);
    app.set_senders(senders.map_err(|error| BadOptions::of("notifications", &error))?);
    let crate::options::Retention { history_days, audit_days } = options.retention;
    app.set_retention(scheduler_app::history::Retention { history_days, audit_days });
    // Before agents are asked: those of plug-ins would not respond.
    let folder = std::path::absolute(options.plug_ins_path()).context("finding the plug-ins")?;
    let mut plug_ins = PlugIns::new(app.clone(), folder, supervisor.handle());
    plug_ins.begin().await;
    scheduler_app::run::start(&app, &supervisor, &clock).await?;
    supervisor.critical("plug-ins", plug_ins.run(supervisor.soft()));
    api::start(&app, listener, &supervisor);
    let asked_to_end = kit::shutdown_signal();
    let socket = options.socket_path();
    tracing::info!(
        data_dir = %options.data_dir.display(),
        process.id = std::process::id(),
        "scheduler {} is ready",
        env!("CARGO_PKG_VERSION")
    );
    if clock.leaping().is_some() {
        tracing::warn!(now = %clock.now(), "the clock is accelerated: it leaps while nothing goes on");
    }
    ready(Ready { socket: socket.clone() });
    let is_clean = supervisor.run(asked_to_end, options.stop_grace.get()).await;
    if let Err(why) = app.end_life().await {
        tracing::warn!("other processes take over only when the lease has run out: {why}");
    }
    db.close().await;
    tracing::info!("scheduler has ended; jobs that run go on");
    Ok(is_clean)
}

/// A data folder that was used belongs to a database. Where that is not there, a new one would be without a single job, and nobody
/// might see it before morning.
fn refuse_without_its_database(options: &Options) -> anyhow::Result<()> {
    let Some(file) = upkeep::database_file(options) else { return Ok(()) };
    let data_dir = &options.data_dir;
    // A rehearsal begins with an empty one on purpose.
    let is_new = !home::is_known(data_dir) || options.accelerated().is_some();
    // Where it cannot be told whether it is there, to open it says why.
    if file.try_exists().unwrap_or(true) {
        return Ok(());
    }
    if is_new {
        tracing::info!(
            database = %file.display(),
            "an empty database begins: there is none for the data folder {}",
            data_dir.display()
        );
        return Ok(());
    }
    let why = format!(
        "the database {} is not there, though the data folder {} was used before: mount or restore it, or name the one that was \
         used in `database`; only to begin with an empty one, remove {}",
        file.display(),
        data_dir.display(),
        home::path(data_dir).display()
    );
    Err(Unreachable::new(why).into())
}

async fn open(options: &Options) -> anyhow::Result<Db> {
    let settings =
        sql::Options { application_name: options.name.clone(), ..sql::Options::default() };
    let opened = sql::open(&options.database_url(), settings, &scheduler_store::MIGRATIONS).await;
    match opened {
        Ok(db) => Ok(db),
        Err(OpenError::Unreachable(why)) => Err(why.into()),
        Err(error) => Err(error.into()),
    }
}
