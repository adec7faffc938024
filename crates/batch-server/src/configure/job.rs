//! Job definitions (`amt-domain 2.7`).

use batch_core::names::{Job as JobKindOfName, User as UserKind};
use batch_core::rights::Right;
use serde::{Deserialize, Serialize};
use sql::Tx;
use utoipa::ToSchema;

use super::change::write;
use super::check::{self, PATH_MAX, SHORT_MAX, TEXT_MAX};
use super::thing::{as_expected, by_name};
use super::{Expected, Page, PageOf};
use crate::caller::Caller;
use crate::catalog::Catalog;
use crate::counted::counted;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::job::NewJob;
use crate::store::{application, job, queue};

/// Arguments of a definition at most.
const ARGUMENTS_MAX: usize = 100;

/// What a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobKind {
    /// A report or program, below the report folder.
    Report,
    /// A script, below the script folder.
    Script,
    /// An external executable, below the report folder.
    Executable,
}

impl JobKind {
    /// The text in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Script => "script",
            Self::Executable => "executable",
        }
    }

    fn stored(text: &str) -> sql::Result<Self> {
        [Self::Report, Self::Script, Self::Executable]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(sql::Error::Corrupt { table: "job", column: "kind" })
    }
}

/// A job definition.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Job {
    /// Its number: the JobId.
    pub(crate) id: i64,
    /// Its application.
    application: String,
    /// Its name, unique within the application in any case.
    name: String,
    /// What it runs.
    kind: JobKind,
    /// The file, below the report or script folder.
    file: String,
    /// Arguments before those of a request.
    arguments: Vec<String>,
    /// Revision of a report, for its first log line.
    revision: String,
    /// The queue of its requests when they name none; null for the default.
    queue: Option<String>,
    /// The user that it runs as when a request names none; null for the application's.
    run_as: Option<String>,
    /// The report parameter when a request has none.
    report_parameter: Option<String>,
    /// The global parameter when a request has none.
    global_parameter: Option<String>,
    /// For people.
    description: String,
    /// Who has defined it: `file` (the definitions), `disk` (found in a folder), `control_center`.
    source: String,
    /// Grows with each change; send it as `If-Match`.
    version: i64,
}

/// What a job definition is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobInput {
    /// Its application.
    application: String,
    /// Its name, unique within the application in any case.
    name: String,
    /// What it runs.
    kind: JobKind,
    /// The file, below the report or script folder; the name by default.
    #[serde(default)]
    file: Option<String>,
    /// Arguments before those of a request: at most 100.
    #[serde(default)]
    arguments: Vec<String>,
    /// Revision of a report, for its first log line.
    #[serde(default)]
    revision: String,
    /// The queue of its requests when they name none; null, as by default, for the default queue.
    #[serde(default)]
    queue: Option<String>,
    /// The user that it runs as when a request names none; null, as by default, for the application's.
    #[serde(default)]
    run_as: Option<String>,
    /// The report parameter when a request has none.
    #[serde(default)]
    report_parameter: Option<String>,
    /// The global parameter when a request has none.
    #[serde(default)]
    global_parameter: Option<String>,
    /// For people.
    #[serde(default)]
    description: String,
}

fn shown(row: &job::Job, catalog: &Catalog) -> Result<Job> {
    let arguments = serde_json::from_str(&row.arguments)
        .map_err(|_| sql::Error::Corrupt { table: "job", column: "arguments" })?;
    Ok(Job {
        id: row.id,
        application: catalog
            .application_by_id(row.application_id)
            .map(|row| row.name.clone())
            .unwrap_or_default(),
        name: row.name.clone(),
        kind: JobKind::stored(&row.kind)?,
        file: row.file.clone(),
        arguments,
        revision: row.revision.clone(),
        queue: row.queue_id.and_then(|id| catalog.queue_by_id(id)).map(|queue| queue.name.clone()),
        run_as: row.run_as.clone(),
        report_parameter: row.report_parameter.clone(),
        global_parameter: row.global_parameter.clone(),
        description: row.description.clone(),
        source: row.source.clone(),
        version: row.version,
    })
}

/// Checks what can be checked without the database; the numbers are filled in later.
fn checked(input: &JobInput) -> Result<NewJob> {
    let name = check::name::<JobKindOfName>("name", &input.name)?;
    if input.arguments.len() > ARGUMENTS_MAX {
        let detail = format!("there are {}, use at most {ARGUMENTS_MAX}", input.arguments.len());
        return Err(Error::invalid("arguments", detail));
    }
    for (index, argument) in input.arguments.iter().enumerate() {
        check::text(&format!("arguments[{index}]"), argument, TEXT_MAX)?;
    }
    let parameter = |field, value: &Option<String>| {
        value
            .as_deref()
            .filter(|value| !value.is_empty())
            .map(|value| check::text(field, value, TEXT_MAX))
            .transpose()
    };
    let arguments =
        serde_json::to_string(&input.arguments).map_err(|error| Error::Internal(error.into()))?;
    Ok(NewJob {
        application_id: 0,
        name: name.to_string(),
        name_key: name.key().to_owned(),
        kind: input.kind.as_str().to_owned(),
        file: file(input.file.as_deref().unwrap_or(name.as_str()))?,
        arguments,
        revision: check::line("revision", &input.revision, SHORT_MAX)?,
        queue_id: None,
        run_as: check::maybe_name::<UserKind>("run_as", input.run_as.as_deref())?
            .map(|user| user.to_string()),
        report_parameter: parameter("report_parameter", &input.report_parameter)?,
        global_parameter: parameter("global_parameter", &input.global_parameter)?,
        description: check::text("description", &input.description, TEXT_MAX)?,
        source: "control_center".to_owned(),
    })
}

fn file(file: &str) -> Result<String> {
    let file = check::line("file", file, PATH_MAX)?;
    if file.trim().is_empty() {
        return Err(Error::invalid("file", "it is empty, name the file or leave it out"));
    }
    if file.split(['/', '\\']).any(|part| part == "..") {
        return Err(Error::invalid("file", "it leads out of its folder: remove `..`"));
    }
    Ok(file)
}

/// The jobs that the caller may use.
pub(crate) fn list(
    server: &Server,
    caller: &Caller,
    page: PageOf,
    application: Option<&str>,
) -> Result<Page<Job>> {
    caller.require(Right::Monitor)?;
    let catalog = server.catalog.get();
    let of = match application {
        None => None,
        Some(name) => {
            Some(catalog.application(name).ok_or_else(|| Error::not_found("application", name))?.id)
        }
    };
    let mut jobs: Vec<&job::Job> = catalog
        .jobs()
        .filter(|job| job.id > page.start() && caller.may_use(Some(job.id)))
        .filter(|job| of.is_none_or(|application_id| job.application_id == application_id))
        .collect();
    jobs.sort_unstable_by_key(|job| job.id);
    jobs.truncate(usize::try_from(page.fetch()).unwrap_or(usize::MAX));
    let shown = jobs.into_iter().map(|job| shown(job, &catalog)).collect::<Result<Vec<_>>>()?;
    Ok(Page::of(page, shown, |job| job.id))
}

/// One job; one that the caller may not use does not exist for it.
pub(crate) fn read(server: &Server, caller: &Caller, id: i64) -> Result<Job> {
    caller.require(Right::Monitor)?;
    let catalog = server.catalog.get();
    let job = catalog.job_by_id(id).filter(|_| caller.may_use(Some(id)));
    shown(job.ok_or_else(|| Error::not_found("job", id))?, &catalog)
}

/// Makes a job.
pub(crate) async fn create(server: &Server, caller: &Caller, input: &JobInput) -> Result<Job> {
    caller.require(Right::Administer)?;
    let (new, asked) = (checked(input)?, input.clone());
    let id = write(server, move |tx| {
        let (new, asked) = (new.clone(), asked.clone());
        Box::pin(async move {
            let new = resolved(tx, new, &asked, None).await?;
            Ok(job::insert(tx, &new).await?)
        })
    })
    .await?;
    tracing::info!(job.id = id, job.name = input.name, caller.id = caller.user_id, "job created");
    read(server, caller, id)
}

/// Replaces a job. From then on it belongs to the Control Center, also when it was found on disk.
pub(crate) async fn change(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
    input: &JobInput,
) -> Result<Job> {
    caller.require(Right::Administer)?;
    let (new, asked) = (checked(input)?, input.clone());
    write(server, move |tx| {
        let (new, asked) = (new.clone(), asked.clone());
        Box::pin(async move {
            let stored = as_expected(job::lock(tx, id).await?, id, expected)?;
            refuse_file(&stored)?;
            let new = resolved(tx, new, &asked, Some(id)).await?;
            Ok(job::update(tx, id, &new).await?)
        })
    })
    .await?;
    tracing::info!(job.id = id, job.name = input.name, caller.id = caller.user_id, "job changed");
    read(server, caller, id)
}

/// Removes a job that no schedule starts and that has no live request. Its ended requests stay.
pub(crate) async fn delete(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
) -> Result<()> {
    caller.require(Right::Administer)?;
    let name = write(server, move |tx| {
        Box::pin(async move {
            let stored = as_expected(job::lock(tx, id).await?, id, expected)?;
            refuse_file(&stored)?;
            let schedules = job::schedules(tx, id).await?;
            if !schedules.is_empty() {
                let text = format!(
                    "job `{}` is still started by {}; remove the schedules first",
                    stored.name,
                    schedules.join(", ")
                );
                return Err(Error::Conflict(text));
            }
            let live = job::live_requests(tx, id).await?;
            if live > 0 {
                let text = format!(
                    "job `{}` still has {}; let all of them end first",
                    stored.name,
                    counted(live, "live request", "live requests")
                );
                return Err(Error::Conflict(text));
            }
            job::delete(tx, id).await?;
            Ok(stored.name)
        })
    })
    .await?;
    tracing::info!(job.id = id, job.name = name, caller.id = caller.user_id, "job deleted");
    Ok(())
}

/// What the definitions file says would be there again after the next start.
fn refuse_file(stored: &job::Job) -> Result<()> {
    if stored.source == "file" {
        return Err(Error::Conflict(format!(
            "job `{}` is defined in the server's definitions file; change it there",
            stored.name
        )));
    }
    Ok(())
}

/// Fills in what the names refer to.
async fn resolved(
    tx: &mut Tx<'_>,
    mut new: NewJob,
    asked: &JobInput,
    itself: Option<i64>,
) -> Result<NewJob> {
    let all = application::all(tx).await?;
    let owner = by_name("application", &asked.application, &all)?;
    new.application_id = owner.id;
    match job::by_key(tx, owner.id, &new.name_key).await? {
        Some(other) if Some(other.id) != itself => {
            let text =
                format!("job `{}` exists already in application `{}`", other.name, owner.name);
            return Err(Error::Conflict(text));
        }
        _ => {}
    }
    if let Some(name) = asked.queue.as_deref().filter(|name| !name.is_empty()) {
        new.queue_id = Some(queue_id(tx, name, owner).await?);
    }
    Ok(new)
}

async fn queue_id(tx: &mut Tx<'_>, name: &str, owner: &application::Application) -> Result<i64> {
    let all = queue::all(tx).await?;
    let queue = by_name("queue", name, &all)?;
    if queue.application_id.is_some_and(|id| id != owner.id) {
        let detail = format!("queue `{}` does not serve application `{}`", queue.name, owner.name);
        return Err(Error::invalid("queue", detail));
    }
    Ok(queue.id)
}
