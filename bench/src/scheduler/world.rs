//! A scheduler in this process, with the no-op connector and everything else as it is in `ringmaster serve`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use job_archive::Archive;
use kit::{SharedClock, Supervisor, SystemClock};
use scheduler_app::agents::Connectors;
use scheduler_app::build::{Built, Request};
use scheduler_app::clock::{Accelerated, settle};
use scheduler_app::view::JobFilter;
use scheduler_app::{App, Caller};
use sql::DatabaseUrl;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::no_op::NoOp;
use crate::Database;
use crate::server::{start_postgres, stop_postgres};

/// Nothing that is waited for takes longer, but for whole days.
pub(super) const LIMIT: Duration = Duration::from_mins(10);

/// The name of its process.
const NAME: &str = "bench";

/// A scheduler with its folder and database.
pub(super) struct World {
    /// The scheduler.
    pub(super) app: App,
    /// Its connector.
    pub(super) no_op: NoOp,
    clock: SharedClock,
    cluster: Option<PathBuf>,
    url: String,
    _dir: TempDir,
}

/// A world whose loops are at work.
pub(super) struct Running {
    /// The world.
    pub(super) world: World,
    end: oneshot::Sender<()>,
    loops: JoinSet<bool>,
}

impl World {
    /// A new scheduler that does not run yet.
    pub(super) async fn new(database: Database) -> anyhow::Result<Self> {
        Self::with(database, None).await
    }

    /// As [`World::new`], with an accelerated clock that shows this instant at first.
    pub(super) async fn accelerated(database: Database, start: Timestamp) -> anyhow::Result<Self> {
        Self::with(database, Some(Accelerated { start: Some(start), stop: None })).await
    }

    async fn with(database: Database, accelerated: Option<Accelerated>) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("ringmaster-bench-").tempdir()?;
        let cluster = (database == Database::Postgres).then(|| dir.path().join("postgres"));
        let url = match &cluster {
            Some(cluster) => start_postgres(cluster)?,
            None => format!("sqlite:{}", dir.path().join("scheduler.db").display()),
        };
        let db = sql::open(
            &DatabaseUrl::new(url.clone()),
            sql::Options::default(),
            &scheduler_store::MIGRATIONS,
        )
        .await?;
        let settings = job_archive::Settings::new(dir.path().join("logs").display().to_string());
        let archive = Archive::open(&settings).await?;
        let no_op = NoOp::default();
        let connectors = Connectors::new(vec![Arc::new(no_op.clone())]);
        let clock = settle(&db, SystemClock::shared(), accelerated, NAME).await?;
        let app = App::begin(
            db,
            Arc::clone(&clock),
            connectors,
            scheduler_app::Process { name: NAME, home: NAME },
        )
        .await?;
        app.set_archive(archive);
        Ok(Self { app, no_op, clock, cluster, url, _dir: dir })
    }

    /// Stores definitions, given as JSON.
    pub(super) async fn apply(&self, definitions: &str) -> anyhow::Result<()> {
        let definitions = serde_json::from_str(definitions).context("reading the definitions")?;
        let caller = Caller::local("bench");
        scheduler_app::definitions::apply(&self.app, &caller, definitions, None, None).await?;
        Ok(())
    }

    /// Builds a date of some schedules, or of all.
    pub(super) async fn build(
        &self,
        date: Date,
        schedules: Option<Vec<String>>,
    ) -> anyhow::Result<Built> {
        let request = Request { date, schedules, overwrite: false, on_hold: false, reason: None };
        Ok(scheduler_app::build::build(&self.app, &Caller::local("bench"), request).await?)
    }

    /// Why a job that has not ended does not run.
    async fn why(&self) -> anyhow::Result<String> {
        let today = self.app.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let jobs = scheduler_app::view::jobs(&self.app, today, JobFilter::default()).await?;
        let Some(open) = jobs.iter().find(|job| job.last.is_none()) else {
            return Ok("all jobs have attempts".to_owned());
        };
        let (_, _, why) = scheduler_app::view::job(&self.app, open.job.id).await?;
        Ok(format!("{}: {why:?}", open.job.name))
    }

    /// Lets the database finish what a bulk load leaves for later.
    pub(super) async fn settle(&self) {
        if self.cluster.is_some() {
            testkit::postgres::settle(&self.url).await;
        }
    }

    /// Starts its loops.
    pub(super) async fn run(self) -> anyhow::Result<Running> {
        let supervisor = Supervisor::new();
        scheduler_app::run::start(&self.app, &supervisor, &self.clock).await?;
        let (end, asked_to_end) = oneshot::channel();
        let mut loops = JoinSet::new();
        loops.spawn(async move {
            let asked = async {
                let _ = asked_to_end.await;
            };
            supervisor.run(asked, Duration::from_secs(30)).await
        });
        Ok(Running { world: self, end, loops })
    }
}

impl Running {
    /// Waits until so many tasks have ended and their logs are in the archive; how long that took from `begin`, `limit` at
    /// most.
    pub(super) async fn until_forgotten(
        &self,
        tasks: usize,
        begin: Instant,
        limit: Duration,
    ) -> anyhow::Result<Duration> {
        while self.world.no_op.forgotten() < tasks {
            if begin.elapsed() > limit {
                anyhow::bail!(
                    "only {} of {tasks} tasks have ended, {} were started; {}",
                    self.world.no_op.forgotten(),
                    self.world.no_op.started(),
                    self.world.why().await?
                );
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(begin.elapsed())
    }

    /// Ends its loops.
    pub(super) async fn end(mut self) -> anyhow::Result<World> {
        let _ = self.end.send(());
        while let Some(ended) = self.loops.join_next().await {
            anyhow::ensure!(ended?, "the scheduler did not end cleanly");
        }
        Ok(self.world)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(cluster) = &self.cluster {
            stop_postgres(cluster);
        }
    }
}
