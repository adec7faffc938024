//! Runs that nobody looks after: those of the life before this one, and those whose claim or whose task has failed
//! half-way. What became of them is concluded from their spools.

use std::collections::HashSet;
use std::fs::DirEntry;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use batch_runner::spool::{self, SpoolState};
use kit::{Next, Pass, Report};

use super::followed::Follower;
use super::ingest::Mark;
use super::{SharedController, finish, run};
use crate::counted::counted;
use crate::store::job_call;
use crate::store::request::read::Run;
use crate::store::request::{Request, read, take_over};

/// How often runs without a follower are looked for.
pub(super) const EVERY: Duration = Duration::from_secs(5);

/// Pause of a run that is alive and cannot be watched this moment.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Compares what the database says this controller runs with what its tasks look after.
pub(super) struct Adopt {
    controller: SharedController,
    /// Without a follower at the last look; none before the first look of this life. A run gets its follower a moment after its
    /// claim, so only who has none twice is taken up.
    alone: Option<HashSet<(i64, i64)>>,
    /// Folders of attempts that are over and whose runners lived at the last look.
    strays: Vec<PathBuf>,
}

impl Adopt {
    pub(super) fn new(controller: SharedController) -> Self {
        Self { controller, alone: None, strays: Vec::new() }
    }

    /// What has no follower. Runs of an older life get the fence of this one first, so that what that one still says is stale.
    async fn without_follower(&self) -> anyhow::Result<Vec<Run>> {
        let (id, fence) = (self.controller.id, self.controller.fence);
        let db = &self.controller.server.db;
        let running = db.read(move |tx| Box::pin(read::running_on(tx, id))).await?;
        if running.iter().any(|run| run.fence < fence) {
            db.write(move |tx| Box::pin(take_over::take_over(tx, id, fence))).await?;
        }
        let followed = &self.controller.followed;
        Ok(running
            .into_iter()
            .filter(|run| run.fence <= fence && !followed.has(run.id, run.attempt))
            .collect())
    }

    async fn take_up(&self, found: Run) -> anyhow::Result<bool> {
        let (id, fence) = (found.id, self.controller.fence);
        let Some(follower) = self.controller.followed.take(id, found.attempt) else {
            return Ok(false);
        };
        let row = self.controller.server.db.read(move |tx| Box::pin(read::get(tx, id))).await?;
        let is_ours = |request: &Request| {
            request.attempt == found.attempt && request.fence == fence && request.state == "running"
        };
        let Some(request) = row.filter(is_ours) else { return Ok(false) };
        let shared = Arc::clone(&self.controller);
        let soft = self.controller.tasks.soft();
        self.controller.tasks.item("adopt", async move {
            let adopted = adopt_one(shared, request, follower);
            soft.run_until_cancelled(adopted).await.unwrap_or(Ok(()))
        });
        Ok(true)
    }
}

impl Pass for Adopt {
    const NAME: &'static str = "adopt";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let found = self.without_follower().await?;
        let keys: HashSet<(i64, i64)> = found.iter().map(|run| (run.id, run.attempt)).collect();
        let is_first = self.alone.is_none();
        if is_first {
            self.strays = strays(&self.controller, &keys);
        }
        self.strays.retain(|dir| !is_removed(dir));
        let alone = self.alone.replace(keys).unwrap_or_default();
        let mut handled = 0;
        for run in found {
            if is_first || alone.contains(&(run.id, run.attempt)) {
                handled += usize::from(self.take_up(run).await?);
            }
        }
        if handled > 0 {
            tracing::info!(
                requests = handled,
                "taking up {} that nobody looked after",
                counted(handled, "running request", "running requests")
            );
        }
        Ok(Report { handled, next: Next::Idle })
    }
}

/// Holds the follower to its end, whatever that is: then the next look finds the run again, if it is still one.
async fn adopt_one(
    controller: SharedController,
    request: Request,
    _follower: Follower,
) -> anyhow::Result<()> {
    let dir = controller.spool(request.id, request.attempt_number()).dir().to_owned();
    loop {
        let looked = dir.clone();
        let state = tokio::task::spawn_blocking(move || spool::state(&looked)).await??;
        match state {
            SpoolState::Ended(_) | SpoolState::Gone { .. } => {
                let mark = Mark::resume(&request);
                return finish::finish(&controller, &request, mark, true).await;
            }
            SpoolState::Void => return finish::never_started(&controller, &request).await,
            // After a power cut a claim may be missing although the job ran, and in another spool it never was: that
            // is not known, so it is never run again.
            SpoolState::NeverStarted if request.place.as_ref() != Some(&controller.place) => {
                if let Some(marker) = controller.earlier_marker(&request) {
                    tokio::task::spawn_blocking(move || batch_runner::sweep(&marker, None))
                        .await??;
                }
                return finish::lost_its_place(&controller, &request).await;
            }
            // Somebody has removed the claim of a job that ran.
            SpoolState::NeverStarted if has_run(&controller, &request).await? => {
                let abandoned = dir.clone();
                let is_noted = tokio::task::spawn_blocking(move || spool::abandon(&abandoned));
                // Where there is no room for the note, the next life finds what was found now.
                if is_noted.await?.unwrap_or(true) {
                    let marker = controller.marker(request.id, request.attempt_number());
                    tokio::task::spawn_blocking(move || batch_runner::sweep(&marker, None))
                        .await??;
                    return finish::lost_its_spool(&controller, &request).await;
                }
            }
            SpoolState::NeverStarted => {
                let voided = dir.clone();
                // Only who links the claim decides: a late runner loses it and starts nothing.
                if tokio::task::spawn_blocking(move || spool::void(&voided)).await?? {
                    return finish::never_started(&controller, &request).await;
                }
            }
            SpoolState::Alive { .. } => match batch_runner::watch(&dir)? {
                Some(runner) => return run::follow_adopted(controller, request, runner).await,
                None => tokio::time::sleep(LOOK_AGAIN).await,
            },
        }
    }
}

/// Whether an attempt without a claim has been seen to run: something of it is stored, or a process of it is alive.
async fn has_run(controller: &SharedController, request: &Request) -> anyhow::Result<bool> {
    let (id, attempt) = (request.id, request.attempt);
    let has_called = controller
        .server
        .db
        .read(move |tx| Box::pin(async move { job_call::has_any(tx, id, attempt).await }));
    if request.spool_offset > 0 || has_called.await? {
        return Ok(true);
    }
    let marker = controller.marker(request.id, request.attempt_number());
    Ok(tokio::task::spawn_blocking(move || batch_runner::has_processes(&marker)).await??)
}

/// Folders of attempts that are over: their end was stored, then the process was killed before it could tidy up.
fn strays(controller: &SharedController, known: &HashSet<(i64, i64)>) -> Vec<PathBuf> {
    let known: HashSet<String> =
        known.iter().map(|(id, attempt)| format!("{id}-{attempt}")).collect();
    let Ok(entries) = std::fs::read_dir(&controller.spool_root) else { return Vec::new() };
    let is_stray = |entry: &DirEntry| {
        !known.contains(&*entry.file_name().to_string_lossy()) && entry.path().is_dir()
    };
    entries.flatten().filter(is_stray).map(|entry| entry.path()).collect()
}

/// Whether such a folder could go. Under an attempt that was fenced off a runner may live: its folder goes when that has ended.
fn is_removed(dir: &Path) -> bool {
    let is_alive = matches!(spool::state(dir), Ok(SpoolState::Alive { .. }));
    if !is_alive {
        let _ = std::fs::remove_dir_all(dir);
    }
    !is_alive
}
