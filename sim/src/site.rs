//! One installation: a database, agents, a clock, and the scheduler's process, which can die and begin again.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use job_archive::{Archive, Settings};
use scheduler_app::App;
use scheduler_app::agents::Connectors;
use scheduler_app::archive::Archiver;
use scheduler_app::attempts::{Starter, Watcher, adopt};
use sql::Db;
use tempfile::TempDir;
use testkit::{SimClock, TestDb, databases};

use crate::gate::{Gate, Turn};
use crate::link::Link;
use crate::notes;

/// Longer than any transaction may be held up by a busy machine: nothing may depend on how fast it is.
const LIMIT: Duration = Duration::from_secs(3600);
/// Where files are kept in memory. A process is killed here and never the machine: what has been written stays written.
const IN_MEMORY: &str = "/dev/shm";

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// A file of its own for each seed.
    Sqlite,
    /// A database of its own for each seed, on a server that is started, or that `RINGMASTER_TEST_POSTGRES` names.
    Postgres,
}

/// See the [module](self).
pub(crate) struct Site {
    /// Without a gate: for those who look.
    pub(crate) db: Db,
    pub(crate) clock: SimClock,
    pub(crate) gate: Arc<Gate>,
    pub(crate) link: Link,
    pub(crate) process: Option<Process>,
    archive: Archive,
    _place: Place,
}

enum Place {
    Sqlite { _folder: TempDir },
    Postgres { _database: TestDb, _folder: TempDir },
}

/// A life of the scheduler's process, with all that it remembers.
pub(crate) struct Process {
    pub(crate) app: App,
    pub(crate) starter: Starter,
    pub(crate) watcher: Watcher,
    pub(crate) archiver: Archiver,
}

impl Site {
    pub(crate) async fn new(seed: u64, kind: Kind, start: &str) -> Result<Self> {
        let is_there = std::path::Path::new(IN_MEMORY).is_dir();
        let folder = if is_there { TempDir::new_in(IN_MEMORY) } else { TempDir::new() };
        let folder = folder.context("making a folder for the simulation")?;
        // One connection that reads: reads that are made at the same time come in the order in which they were asked for.
        let options = sql::Options {
            readers: 1,
            pool_size: 2,
            acquire_timeout: LIMIT,
            closure_timeout: LIMIT,
            ..sql::Options::default()
        };
        let settings = Settings::new(folder.path().join("archive").display().to_string());
        let (db, place) = match kind {
            Kind::Sqlite => {
                let url = format!("sqlite:{}", folder.path().join("sim.db").display());
                (Db::connect(&url, options).await?, Place::Sqlite { _folder: folder })
            }
            Kind::Postgres => {
                let database = databases::postgres_with(options).await;
                (database.db(), Place::Postgres { _database: database, _folder: folder })
            }
        };
        db.migrate(&scheduler_store::MIGRATIONS).await?;
        notes::begin(&db).await?;
        let clock = SimClock::at_text(start);
        let gate = Arc::new(Gate::default());
        let link = Link::new(seed, Arc::clone(&gate), clock.clone());
        let archive = Archive::open(&settings).await.context("opening the archive")?;
        Ok(Self { db, clock, gate, link, process: None, archive, _place: place })
    }

    /// The next life of the process, which may die while it begins. False where it has.
    pub(crate) async fn begin(&mut self, death: Option<u64>) -> Result<bool> {
        self.process = None;
        self.gate.set_death(death);
        let db = self.db.with_gate(Arc::<Gate>::clone(&self.gate));
        let (clock, link) = (self.clock.shared(), Arc::new(self.link.clone()));
        let begun = {
            let work = pin!(async move {
                let app = App::begin(
                    db,
                    clock,
                    Connectors::new(vec![link]),
                    scheduler_app::Process { name: "sim", home: "sim" },
                )
                .await?;
                adopt(&app).await?;
                Ok::<_, scheduler_app::Error>(app)
            });
            self.gate.drive(work).await
        };
        let app = match begun {
            Turn::Done(Ok(app)) => app,
            // It ends and is begun again.
            Turn::Done(Err(scheduler_app::Error::Sql(error))) if error.is_unavailable() => {
                return Ok(false);
            }
            Turn::Done(Err(error)) => return Err(error.into()),
            Turn::Dead => return Ok(false),
            Turn::Idle => anyhow::bail!("the process waits for ever while it begins"),
        };
        self.process = Some(Process {
            starter: Starter::new(app.clone()),
            watcher: Watcher::new(app.clone(), Duration::ZERO).with_failed_pause(Duration::ZERO),
            archiver: Archiver::new(app.clone(), self.archive.clone()),
            app,
        });
        Ok(true)
    }
}
