//! A controller: the part of the process that runs jobs.
//!
//! It claims requests ([`claim`]), starts a runner for each ([`launch`]), follows its spool ([`run`]), settles the end
//! ([`finish`], [`ended`], [`store_end`]), and after a restart takes up what an earlier life began ([`adopt`]).

mod abandoned;
mod adopt;
mod claim;
mod ended;
mod finish;
mod followed;
mod ingest;
mod launch;
mod lease;
mod order;
mod run;
mod signals;
mod store_end;
mod unbroken;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use batch_runner::spool::Spool;
use jiff::SignedDuration;
use kit::{Handle, Pass as _, run_pass_loop};
use rustix::process::{Resource, getrlimit, setrlimit};

use crate::job_socket::{JobSocket, JobTokens};
use crate::server::SharedServer;
use crate::store::controller as table;
use crate::store::request::Request;

/// How long a controller counts as alive after it was last heard of.
pub(crate) const LEASE: SignedDuration = SignedDuration::from_secs(15);

/// One life of this process's controller.
pub(crate) struct Controller {
    pub(crate) server: SharedServer,
    pub(crate) id: i64,
    /// Which life: what an earlier one says is stale.
    pub(crate) fence: i64,
    /// The boot of this host and the spool: only there does a missing claim prove that nothing was started.
    pub(crate) place: String,
    /// For how long it has kept its lease.
    unbroken: unbroken::Unbroken,
    /// The runs that tasks of this process look after.
    pub(crate) followed: followed::Followed,
    /// Folder of the spools of this controller.
    pub(crate) spool_root: PathBuf,
    /// What tells these spools from those of other batch servers on this host.
    spool_id: String,
    /// Name by which jobs reach the batch server.
    pub(crate) job_socket: String,
    pub(crate) tokens: JobTokens,
    pub(crate) launcher: batch_runner::Launcher,
    /// Spool folders of attempts that are over, for those to come.
    pub(crate) spare: batch_runner::SpareFolders,
    pub(crate) tasks: Handle,
    /// Folder of this program and of those that come with it.
    pub(crate) programs: PathBuf,
    /// Files that a job may have open; 0: as many as this process.
    pub(crate) open_files_max: u64,
    /// The server's own environment, read once.
    pub(crate) environment: Vec<(String, String)>,
}

/// How tasks hold it.
pub(crate) type SharedController = Arc<Controller>;

impl Controller {
    /// The spool of an attempt.
    pub(crate) fn spool(&self, request_id: i64, attempt: u32) -> Spool {
        Spool::new(&self.spool_root, request_id, attempt)
    }

    /// The marker by which processes of an attempt are known.
    pub(crate) fn marker(&self, request_id: i64, attempt: u32) -> String {
        format!("{}:{request_id}:{attempt}", self.spool_id)
    }

    /// The marker of a run whose spool is not there any more; none when the host was restarted since, which has ended its processes.
    fn earlier_marker(&self, request: &Request) -> Option<String> {
        let (boot, spool_id) = request.place.as_deref()?.split_once('/')?;
        let (now, _) = self.place.split_once('/')?;
        (boot == now).then(|| format!("{spool_id}:{}:{}", request.id, request.attempt))
    }
}

/// Begins a life of this process's controller, takes up what the life before left, and starts its loops.
pub(crate) async fn start(
    server: &SharedServer,
    tasks: &Handle,
    socket: &JobSocket,
) -> anyhow::Result<()> {
    if let Some(why) = server.options.no_runner() {
        anyhow::bail!(why);
    }
    let runner = server.options.runner_path();
    let tokens = socket.tokens();
    let life = begin_life(server, tokens.instance()).await?;
    let spool_root = spool_root(server)?;
    let spool_id = spool_id(&spool_root)?;
    let controller = Arc::new(Controller {
        server: Arc::clone(server),
        id: life.id,
        fence: life.fence,
        place: format!("{}/{spool_id}", boot_id()?),
        unbroken: unbroken::Unbroken::default(),
        followed: followed::Followed::default(),
        spool_id,
        spool_root,
        job_socket: socket.name().to_owned(),
        tokens,
        launcher: batch_runner::Launcher::new(&runner),
        spare: batch_runner::SpareFolders::default(),
        tasks: tasks.clone(),
        programs: runner.parent().map(Path::to_owned).unwrap_or_default(),
        open_files_max: raise_open_files(),
        environment: std::env::vars().collect(),
    });
    server.catalog.reload(&server.db).await?;
    // The runs of the life before come first: nothing new is claimed before they are counted.
    let mut adopt = adopt::Adopt::new(Arc::clone(&controller));
    adopt.run().await.context("taking up the jobs of the life before")?;
    start_loops(&controller, adopt);
    Ok(())
}

/// Announces this life. Refused while another process lives under the name: its runs are in a spool that this one cannot see.
async fn begin_life(server: &SharedServer, instance: &str) -> anyhow::Result<table::Controller> {
    let name = server.options.server_name();
    let now = server.clock.now();
    let new = table::NewLife {
        name_key: batch_core::names::key(&name),
        name,
        host: crate::options::host_name(),
        instance: instance.to_owned(),
        now: sql::to_micros(now),
        lease_until: sql::to_micros(now + LEASE),
    };
    let begun = server
        .db
        .write(move |tx| {
            let new = new.clone();
            Box::pin(async move {
                let before = table::lock_by_key(tx, &new.name_key).await?;
                if let Some(other) = before
                    && other.lease_until > new.now
                    && other.instance != new.instance
                {
                    return Ok(Err(other));
                }
                let life = table::begin_life(tx, &new).await?;
                sql::notify(tx, crate::server::CHANNEL, "catalog").await?;
                Ok::<_, sql::Error>(Ok(life))
            })
        })
        .await
        .context("announcing this controller")?;
    begun.map_err(|other| {
        anyhow::anyhow!(
            "controller `{}` of host {} works on this database with another data folder: give this process a \
             `name` of its own, or start it again {} seconds after that one has ended",
            other.name,
            other.host,
            LEASE.as_secs()
        )
    })
}

/// What tells one boot of this host from another. The files of a spool survive a process, but not surely a power cut.
fn boot_id() -> anyhow::Result<String> {
    let path = "/proc/sys/kernel/random/boot_id";
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {path}"))?;
    Ok(text.trim().to_owned())
}

fn spool_root(server: &SharedServer) -> anyhow::Result<PathBuf> {
    let root = server.options.spool_root();
    std::fs::create_dir_all(&root)
        .with_context(|| format!("creating the spool folder {}", root.display()))?;
    root.canonicalize().with_context(|| format!("finding the spool folder {}", root.display()))
}

/// A random text that lives as long as the spool: every batch server counts controllers and requests from 1, so those would not
/// tell its processes from a neighbour's, and a spool that was removed is another one.
fn spool_id(root: &Path) -> anyhow::Result<String> {
    let path = root.join("id");
    match std::fs::read_to_string(&path) {
        Ok(id) if !id.is_empty() => return Ok(id),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("reading {}", path.display()));
        }
        _ => {}
    }
    let id = kit::secret::random_token(9)?.expose().to_owned();
    let new = root.join("id.new");
    std::fs::write(&new, &id)
        .and_then(|()| std::fs::rename(&new, &path))
        .with_context(|| format!("writing {}", path.display()))?;
    Ok(id)
}

/// Lets this process open as many files as it may at all: each caller and each job costs one. Returns what it could open before.
fn raise_open_files() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    let before = limit.current.unwrap_or(0);
    limit.current = limit.maximum;
    if setrlimit(Resource::Nofile, limit).is_ok() { before } else { 0 }
}

fn start_loops(controller: &SharedController, adopt: adopt::Adopt) {
    let server = &controller.server;
    let (tasks, soft, clock) = (&controller.tasks, controller.tasks.soft(), server.clock.clone());
    let poll = server.options.poll_interval.get();
    tasks.critical(
        "claim",
        run_pass_loop(
            claim::Claim(Arc::clone(controller)),
            server.wakes.claim.clone(),
            clock.clone(),
            poll,
            soft.clone(),
        ),
    );
    tasks.critical(
        "adopt",
        run_pass_loop(adopt, kit::Wake::new(), clock.clone(), adopt::EVERY, soft.clone()),
    );
    tasks.critical(
        "signals",
        run_pass_loop(
            signals::Signals::new(Arc::clone(controller)),
            server.wakes.signals.clone(),
            clock.clone(),
            poll,
            soft.clone(),
        ),
    );
    tasks.critical(
        "lease",
        run_pass_loop(
            lease::Lease(Arc::clone(controller)),
            kit::Wake::new(),
            clock.clone(),
            lease::EVERY,
            soft.clone(),
        ),
    );
    tasks.critical("lease_end", lease::give_up(Arc::clone(controller)));
    tasks.critical(
        "abandoned",
        run_pass_loop(
            abandoned::Abandoned(Arc::clone(controller)),
            kit::Wake::new(),
            clock,
            std::time::Duration::from_secs(30),
            soft,
        ),
    );
}
