//! A server for tests: application DEMO2 on disk, a clock that stands still, either database.

use std::path::PathBuf;
use std::sync::Arc;

use amt_protocol::{Action, JobAction};
use batch_core::rights::{Right, Rights};
use testkit::{SimClock, TempDir, TestDb};

use crate::caller::Caller;
use crate::definitions;
use crate::options::{DatabaseUrl, Options};
use crate::server::SharedServer;
use crate::store::request::{Request, read};
use crate::store::tests::{claimant, claimed, life, submitted};
use crate::submit::{self, Origin};

/// Everything that a test needs; the database disappears with it.
pub(crate) struct World {
    pub(crate) server: SharedServer,
    pub(crate) clock: SimClock,
    pub(crate) folder: TempDir,
    _db: TestDb,
}

/// Queue NIGHT is open from 22:00 to 06:00 UTC, GENERAL always. The report NIGHTLY exists on disk, GONE does not.
pub(crate) const DEFINITIONS: &str = r#"
[[application]]
name = "DEMO2"
base_path = "DEMO2"
report_path = "reports"
script_path = "scripts"

[[application.job]]
name = "NIGHTLY"
kind = "report"

[[application.job]]
name = "GONE"
kind = "report"

[[queue]]
name = "GENERAL"
default = true

[[queue]]
name = "NIGHT"
start_time = "22:00"
end_time = "06:00"
"#;

/// A server on an empty database. It is Monday, 23 November 2026, 06:00 UTC.
pub(crate) async fn open(db: TestDb) -> World {
    let folder = testkit::temp_dir();
    for path in ["DEMO2/reports", "DEMO2/scripts", "data"] {
        std::fs::create_dir_all(folder.path().join(path)).unwrap();
    }
    let definitions = folder.path().join("applications.toml");
    std::fs::write(&definitions, DEFINITIONS).unwrap();
    let clock = SimClock::default();
    let options = Options {
        data_dir: folder.path().join("data"),
        database: Some(DatabaseUrl::new(db.url())),
        definitions: Some(definitions),
        name: Some("TEST".into()),
        ..Options::default()
    };
    let server = crate::run::build(options, clock.shared()).await.unwrap();
    let world = World { server, clock, folder, _db: db };
    world.executable("reports/NIGHTLY");
    definitions::import(&world.server).await.unwrap();
    world
}

impl World {
    /// Somebody who may do everything.
    pub(crate) fn administrator(&self) -> Caller {
        Caller {
            user_id: 1,
            name: "ADMIN".into(),
            station: None,
            token_id: 1,
            rights: Rights::from_iter(Right::ALL),
            sees_all_jobs: true,
            jobs: Arc::default(),
        }
    }

    /// Where a file of the application is.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join("DEMO2").join(file)
    }

    /// Makes an executable file of the application.
    pub(crate) fn executable(&self, file: &str) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(self.path(file), "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(self.path(file), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Submits a job and returns its request.
    pub(crate) async fn submit(
        &self,
        job: &str,
        change: impl FnOnce(&mut JobAction, &mut Origin),
    ) -> i64 {
        let mut action = JobAction {
            application_name: Some("DEMO2".into()),
            job_name: Some(job.into()),
            ..JobAction::new(Action::Start)
        };
        let mut origin = Origin::default();
        change(&mut action, &mut origin);
        let prepared = submit::prepare(&self.server, &action, &origin, |_| true).await.unwrap();
        submit::store(&self.server, prepared).await.unwrap().id
    }

    /// A run of NIGHTLY, claimed by a new life of a controller.
    pub(crate) async fn running(&self) -> i64 {
        let (ids, queue) = submitted(self, 1).await;
        let by = claimant(self, &life(self, "C", 0).await);
        assert_eq!(claimed(self, by, queue, 100).await, ids);
        ids[0]
    }

    /// A request; none when it is gone.
    pub(crate) async fn request(&self, id: i64) -> Option<Request> {
        self.server
            .db
            .read(move |tx| Box::pin(async move { read::get(tx, id).await }))
            .await
            .unwrap()
    }

    /// The states of all requests, by id.
    pub(crate) async fn states(&self) -> Vec<String> {
        let mut states = Vec::new();
        for id in 1..100 {
            match self.request(id).await {
                Some(request) => states.push(request.state),
                None => break,
            }
        }
        states
    }

    /// Sets the clock.
    pub(crate) fn set_clock(&self, at: &str) {
        self.clock.set(at.parse().unwrap());
    }
}
