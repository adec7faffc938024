//! Jobs found on disk: an executable in an application's report folder, and a script in its script folder, is a job without
//! anybody defining it (`amt-domain 6.4`). A defined job of the same name wins.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use anyhow::Context as _;
use batch_core::names::{JobName, key};
use batch_core::script::Interpreters;
use kit::{Next, Pass, Report};

use crate::configure::{bump, changed};
use crate::counted::counted;
use crate::error::Error;
use crate::server::{Server, SharedServer};
use crate::store::application::Application;
use crate::store::job::{self, NewJob};
use crate::store::job_usage;
use crate::submit;

/// Files of one folder that are looked at; more are ignored.
const FILES_MAX: usize = 10_000;

/// Looks for jobs on disk.
pub(crate) struct Discover {
    server: SharedServer,
    /// Jobs that this process has seen on its disk.
    seen: HashSet<i64>,
}

impl Discover {
    /// Has seen nothing yet.
    pub(crate) fn new(server: SharedServer) -> Self {
        Self { server, seen: HashSet::new() }
    }
}

/// Files that are jobs, by the key of the name.
type Found = BTreeMap<String, NewJob>;

/// What a look at an application's folders has shown.
struct Look {
    found: Found,
    /// Whether both folders could be read.
    is_complete: bool,
}

impl Pass for Discover {
    const NAME: &'static str = "discover";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let server = std::sync::Arc::clone(&self.server);
        let catalog = server.catalog.get();
        let mut handled = 0;
        for application in &catalog.applications {
            match look(&server, application).await {
                Ok(look) => handled += self.store(application, &look).await?,
                Err(error) => tracing::debug!(
                    application = application.name,
                    error = format!("{error:#}"),
                    "cannot look for jobs of application {}",
                    application.name
                ),
            }
        }
        if handled > 0 {
            changed(&server).await?;
        }
        Ok(Report { handled, next: Next::Idle })
    }
}

impl Discover {
    /// Stores new jobs and removes those whose file is gone; returns how many.
    async fn store(&mut self, application: &Application, look: &Look) -> anyhow::Result<usize> {
        let catalog = self.server.catalog.get();
        let (mut new, mut gone) = (Vec::new(), Vec::new());
        for (name_key, job) in &look.found {
            match catalog.job(application.id, name_key) {
                None => new.push(job.clone()),
                Some(known) if known.source != "disk" => {}
                Some(known) => {
                    self.seen.insert(known.id);
                    if known.kind != job.kind || known.file != job.file {
                        new.push(job.clone());
                    }
                }
            }
        }
        // Another process may look at another disk, so with several of them each removes only what it has seen itself.
        let is_alone = !self.server.has_peers();
        for known in catalog.jobs() {
            let is_own = known.application_id == application.id && known.source == "disk";
            let is_missing = look.is_complete && !look.found.contains_key(&known.name_key);
            if is_own && is_missing && (is_alone || self.seen.contains(&known.id)) {
                gone.push(known.id);
            }
        }
        if new.is_empty() && gone.is_empty() {
            return Ok(0);
        }
        let count = write(&self.server, application.id, new, gone).await?;
        if count > 0 {
            tracing::info!(
                application = application.name,
                count,
                "{} of application {} changed on disk",
                counted(count, "job", "jobs"),
                application.name
            );
        }
        Ok(count)
    }
}

async fn write(
    server: &Server,
    application_id: i64,
    new: Vec<NewJob>,
    gone: Vec<i64>,
) -> anyhow::Result<usize> {
    let count = server
        .db
        .write(move |tx| {
            let (new, gone) = (new.clone(), gone.clone());
            Box::pin(async move {
                let mut count = 0;
                for job in &new {
                    match job::by_key(tx, application_id, &job.name_key).await? {
                        Some(stored) if stored.source != "disk" => continue,
                        Some(stored) => job::update(tx, stored.id, job).await?,
                        None => {
                            job::insert(tx, job).await?;
                        }
                    }
                    count += 1;
                }
                for id in gone {
                    let is_used = !job_usage::users(tx, id).await?.is_empty();
                    if !is_used
                        && job::lock(tx, id).await?.is_some_and(|stored| stored.source == "disk")
                    {
                        job::delete(tx, id).await?;
                        count += 1;
                    }
                }
                if count > 0 {
                    bump(tx).await?;
                }
                Ok::<_, Error>(count)
            })
        })
        .await?;
    Ok(count)
}

/// The jobs in the folders of an application.
async fn look(server: &Server, application: &Application) -> anyhow::Result<Look> {
    let user = application.default_user.as_deref().unwrap_or_default();
    let folder = |path: &str| submit::folder(&server.options, application, path, user);
    let (reports, scripts) = (folder(&application.report_path)?, folder(&application.script_path)?);
    let interpreters = server.options.interpreters()?;
    let application_id = application.id;
    let looked = tokio::task::spawn_blocking(move || {
        let mut found = Found::new();
        let (reports, scripts) = (std::fs::read_dir(&reports), std::fs::read_dir(&scripts));
        // What cannot be read says nothing about its jobs.
        let is_complete = reports.is_ok() && scripts.is_ok();
        if let Ok(reports) = reports {
            collect_executables(reports, &interpreters, application_id, &mut found);
        }
        if let Ok(scripts) = scripts {
            collect_scripts(scripts, &interpreters, application_id, &mut found);
        }
        Look { found, is_complete }
    });
    looked.await.context("looking for jobs on disk")
}

/// A file of a script type is no executable, also when it may be executed: the report folder can be the script folder.
fn collect_executables(
    folder: std::fs::ReadDir,
    interpreters: &Interpreters,
    application_id: i64,
    found: &mut Found,
) {
    let files = folder.filter_map(Result::ok).take(FILES_MAX).map(|entry| entry.path());
    for path in files
        .filter(|path| interpreters.of(&path.to_string_lossy()).is_none() && is_executable(path))
    {
        if let Some(job) = new_job(application_id, "executable", &path) {
            found.entry(job.name_key.clone()).or_insert(job);
        }
    }
}

/// Of two scripts with one name, the one whose file type is tried first counts.
fn collect_scripts(
    folder: std::fs::ReadDir,
    interpreters: &Interpreters,
    application_id: i64,
    found: &mut Found,
) {
    let files = folder.filter_map(Result::ok).take(FILES_MAX).map(|entry| entry.path());
    let mut ranked: Vec<_> = files
        .filter(|path| path.is_file())
        .filter_map(|path| {
            let interpreter = interpreters.of(&path.to_string_lossy())?;
            let rank = interpreters
                .extensions()
                .position(|extension| extension == interpreter.extension)?;
            Some((rank, path))
        })
        .collect();
    ranked.sort();
    for (_, path) in ranked {
        if let Some(job) = new_job(application_id, "script", &path) {
            found.entry(job.name_key.clone()).or_insert(job);
        }
    }
}

/// The job that a file is; none when its name cannot be one.
fn new_job(application_id: i64, kind: &str, path: &Path) -> Option<NewJob> {
    let file = path.file_name()?.to_str()?;
    let name = JobName::new(path.file_stem()?.to_str()?).ok()?;
    if file.starts_with('.') {
        return None;
    }
    Some(NewJob {
        application_id,
        name: name.to_string(),
        name_key: key(name.as_str()),
        kind: kind.to_owned(),
        file: file.to_owned(),
        arguments: "[]".to_owned(),
        revision: String::new(),
        queue_id: None,
        run_as: None,
        report_parameter: None,
        global_parameter: None,
        description: String::new(),
        source: "disk".to_owned(),
    })
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
        && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("exe"))
}
