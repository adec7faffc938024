//! A batch server process: what it is made of, in which order its parts start, and how it ends.
//!
//! It ends without touching jobs: their runners outlive it, and the next start takes them up again.

mod http;
mod news;
mod presence;
mod reload;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use kit::{DataDirLock, Pass, Secret, SharedClock, Supervisor, SystemClock, Wake, run_pass_loop};

use crate::auth::Auth;
use crate::catalog::CatalogCache;
use crate::definitions::{self, Discover};
use crate::hub::Hub;
use crate::interrupts::Interrupts;
use crate::job_socket::{self, JobSocket};
use crate::options::Options;
use crate::planner::Planner;
use crate::retention::Retention;
use crate::server::{Peers, Server, SharedServer, Wakes};
use crate::windows::Windows;
use crate::{auth, controller, database};

/// How often the loops look even when nothing is known to become due: a clock that was set is noticed so.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How often jobs are looked for on disk.
const DISCOVER_EVERY: Duration = Duration::from_mins(1);
/// How often things that were kept for long enough are removed.
const RETENTION_EVERY: Duration = Duration::from_hours(1);
/// How often it is checked whether somebody else has changed the configuration.
const CATALOG_EVERY: Duration = Duration::from_secs(3);

/// What a process says when it has started.
#[derive(Debug)]
pub struct Ready {
    /// Where it answers callers, such as `http://127.0.0.1:9001`; none for a process that only runs jobs.
    pub url: Option<String>,
    /// Its port on this machine.
    pub address: Option<SocketAddr>,
    /// The password of the administrator that the first start has made. It is stored nowhere: show it once.
    pub administrator_password: Option<Secret>,
}

/// A batch server that runs under a supervisor.
pub struct Running {
    server: SharedServer,
    _lock: DataDirLock,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}

impl Running {
    /// Gives connections and data folder back, once the supervisor has ended its tasks. Jobs that run go on.
    pub async fn close(self) {
        self.server.db.close().await;
        tracing::info!("batch server has ended; jobs that run go on");
    }
}

/// Runs a batch server until the process is asked to end; calls `ready` once when it answers and runs jobs.
///
/// Returns whether it has ended cleanly. Jobs that run go on.
///
/// # Errors
/// Why it could not start: options, data folder, database, definitions, port, certificate.
pub async fn run(options: Options, ready: impl FnOnce(Ready)) -> anyhow::Result<bool> {
    let supervisor = Supervisor::new();
    let grace = options.stop_grace.get();
    let (running, said) = Box::pin(start(options, &supervisor)).await?;
    // Whoever reads that the server is ready may ask it to end at once.
    let asked_to_end = kit::shutdown_signal();
    ready(said);
    let is_clean = supervisor.run(asked_to_end, grace).await;
    running.close().await;
    Ok(is_clean)
}

/// Starts a batch server under a supervisor, which others may share; it answers and runs jobs when this returns.
///
/// # Errors
/// As those of [`run`].
pub async fn start(options: Options, supervisor: &Supervisor) -> anyhow::Result<(Running, Ready)> {
    options.validate()?;
    kit::data_dir::create(&options.data_dir)?;
    let lock = DataDirLock::acquire(&options.data_dir)?;
    let http = if options.is_api() { Some(http::Http::bind(&options)?) } else { None };
    let server = build(options, Arc::new(SystemClock)).await?;
    prepare(&server).await?;
    let tasks = supervisor.handle();
    if server.options.is_controller() {
        let socket = JobSocket::open(&server)?;
        Box::pin(controller::start(&server, &tasks, &socket))
            .await
            .context("starting the controller")?;
        job_socket::start(&server, &tasks, socket)?;
    }
    news::start(&server, &tasks).await?;
    let discover = start_passes(&server, supervisor);
    let mut said = Ready { url: None, address: None, administrator_password: None };
    let certificate = match http {
        Some(http) => {
            said.url = Some(http.url());
            said.address = Some(http.address());
            http.start(&server, &tasks)
        }
        None => None,
    };
    reload::start(&server, &tasks, discover, certificate);
    if server.options.is_api() {
        // Last of all: a start that fails or is killed before must not leave behind a password that nobody has seen.
        said.administrator_password = auth::ensure_administrator(&server).await?;
    }
    tracing::info!(
        data_dir = %server.options.data_dir.display(),
        process.id = std::process::id(),
        "batch server {} is ready{}",
        env!("CARGO_PKG_VERSION"),
        said.url.as_ref().map(|url| format!(" on {url}")).unwrap_or_default()
    );
    Ok((Running { server, _lock: lock }, said))
}

/// Opens the database and puts together what all parts share.
pub(crate) async fn build(options: Options, clock: SharedClock) -> anyhow::Result<SharedServer> {
    let db = database::open(&options).await?;
    let server = Server {
        auth: Auth::new(&options.security)?,
        hub: Hub::new(epoch()?),
        catalog: CatalogCache::default(),
        wakes: Wakes::default(),
        interrupts: Interrupts::default(),
        peers: Peers::assume(db.is_postgres()),
        options,
        clock,
        db,
    };
    server.catalog.reload(&server.db).await?;
    Ok(Arc::new(server))
}

/// A text that tells this life's cursors from those of every other one.
fn epoch() -> anyhow::Result<String> {
    Ok(kit::secret::random_token(9)?.expose().to_owned())
}

/// Brings the configuration up to date before anybody is answered.
async fn prepare(server: &SharedServer) -> anyhow::Result<()> {
    server
        .db
        .write(|tx| Box::pin(async move { crate::store::retention::analyze(tx).await }))
        .await
        .unwrap_or_else(|error| {
            // A full disk must not keep a server from starting for the sake of its query plans.
            let error = format!("{error:#}");
            tracing::warn!(error, "cannot bring the statistics of the database up to date");
        });
    if server.options.is_api() {
        definitions::import(server).await?;
        Discover::new(Arc::clone(server)).run().await.context("looking for jobs on disk")?;
    }
    Ok(())
}

/// Starts the loops of every process, and those of one that answers callers; returns what wakes the search for jobs.
fn start_passes(server: &SharedServer, supervisor: &Supervisor) -> Wake {
    let (clock, soft, wakes) = (server.clock.clone(), supervisor.soft(), &server.wakes);
    let windows = Windows(Arc::clone(server));
    supervisor.critical(
        "windows",
        run_pass_loop(windows, wakes.windows.clone(), clock.clone(), LOOK_EVERY, soft.clone()),
    );
    let watch = news::CatalogWatch::new(Arc::clone(server));
    supervisor.critical(
        "catalog",
        run_pass_loop(watch, Wake::new(), clock.clone(), CATALOG_EVERY, soft.clone()),
    );
    if !server.options.is_controller() {
        let presence = presence::Presence(Arc::clone(server));
        supervisor.critical(
            "presence",
            run_pass_loop(presence, Wake::new(), clock.clone(), presence::EVERY, soft.clone()),
        );
    }
    let discover = Wake::new();
    if server.options.is_api() {
        let planner = Planner::new(Arc::clone(server));
        supervisor.critical(
            "planner",
            run_pass_loop(planner, wakes.planner.clone(), clock.clone(), LOOK_EVERY, soft.clone()),
        );
        let pass = Discover::new(Arc::clone(server));
        supervisor.critical(
            "discover",
            run_pass_loop(pass, discover.clone(), clock.clone(), DISCOVER_EVERY, soft.clone()),
        );
        let retention = Retention::new(Arc::clone(server));
        supervisor.critical(
            "retention",
            run_pass_loop(retention, Wake::new(), clock, RETENTION_EVERY, soft),
        );
    }
    discover
}
