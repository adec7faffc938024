//! Reading logs: from the archive, or from the agent while they are not there yet.

use std::time::Duration;

use connector::{LogRequest, State, TaskRef};
use job_archive::{Archive, LogIndex, READ_BYTES};
use scheduler_store::attempt::{self, Attempt};
use scheduler_store::job_log::{self, JobLog};
use scheduler_store::{daily_job, server_state};

use crate::App;
use crate::attempts::key;
use crate::error::{Error, Result};
use crate::removal::life;

/// A log of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// What it is called.
    pub name: String,
    /// Whether nothing will be added to it.
    pub is_complete: bool,
    /// Whether it lies in the archive.
    pub is_archived: bool,
}

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogText {
    /// The text.
    pub text: String,
    /// Where to go on: what [`read_log`] takes as `from`.
    pub next: String,
    /// Whether this was the end, and nothing will be added.
    pub is_end: bool,
}

/// Where an attempt stands.
struct Found {
    attempt: Attempt,
    task: TaskRef,
    archived: Vec<JobLog>,
}

/// The logs of an attempt, the main one first. `attempt` is its number; the last one of the job if left out.
///
/// # Errors
/// [`Error::Unknown`] for a job without such an attempt, [`Error::Refused`] where its agent cannot be asked.
pub async fn logs(app: &App, job_id: i64, attempt: Option<i64>) -> Result<Vec<Log>> {
    let found = find(app, job_id, attempt).await?.ok_or_else(not_started)?;
    if is_archived(&found.attempt) {
        let archived = found.archived.into_iter();
        let log = |row: JobLog| Log { name: row.name, is_complete: true, is_archived: true };
        return Ok(archived.map(log).collect());
    }
    if found.attempt.handle.is_none() {
        return Ok(Vec::new());
    }
    let integration = integration(app, &found.attempt).await?;
    let all = integration.logs(found.task).await.map_err(|error| refused(&error))?;
    let log = |file: connector::LogFile| Log {
        name: file.name,
        is_complete: file.is_complete,
        is_archived: false,
    };
    Ok(all.into_iter().map(log).collect())
}

/// A part of a log from a place on; waits for more of one that still grows, and for one of a job that has not begun. `name` is the
/// log; the main one if left out.
///
/// # Errors
/// As [`logs`], or [`Error::Refused`] where there is none and where the archive cannot give it; the text says why, and what is damaged.
pub async fn read_log(
    app: &App,
    (job_id, attempt): (i64, Option<i64>),
    name: Option<&str>,
    from: Option<&str>,
    wait: Duration,
) -> Result<LogText> {
    let not_yet = |why: Error| match wait {
        Duration::ZERO => Err(why),
        _ => Ok(LogText { text: String::new(), next: START.to_owned(), is_end: false }),
    };
    let Some(found) = find(app, job_id, attempt).await? else { return not_yet(not_started()) };
    let missing = || match name {
        Some(name) => Error::Unknown {
            what: "log",
            name: name.to_owned(),
            hint: "; `ringmaster job log --list` shows those of a job".to_owned(),
        },
        None => Error::Refused(why_none(&found.attempt).to_owned()),
    };
    if is_archived(&found.attempt) {
        let is_meant = |log: &&JobLog| name.is_none_or(|name| name == log.name);
        let row = found.archived.iter().find(is_meant).ok_or_else(missing)?;
        return from_archive(app.archive()?, row, from).await;
    }
    if found.attempt.agent.is_empty() {
        return Err(missing());
    }
    if found.attempt.handle.is_none() {
        return not_yet(missing());
    }
    let integration = integration(app, &found.attempt).await?;
    let name = match name {
        Some(name) => name.to_owned(),
        None => {
            let all = integration.logs(found.task.clone()).await;
            match all.map_err(|error| refused(&error))?.into_iter().next() {
                Some(first) => first.name,
                None if found.attempt.ended_at.is_none() => return not_yet(missing()),
                None => return Err(missing()),
            }
        }
    };
    // A place in the archive is none on the agent: what was read before is read again.
    let (before, place) = from.and_then(live).unzip();
    let request = LogRequest {
        task: found.task,
        name,
        from: place.map(ToOwned::to_owned),
        bytes_max: u32::try_from(READ_BYTES).unwrap_or(u32::MAX),
        wait,
    };
    let part = integration.read_log(request).await.map_err(|error| refused(&error))?;
    let bytes = before.unwrap_or(0) + part.text.len() as u64;
    let next = format!("{LIVE}{bytes}:{}", part.next);
    Ok(LogText { text: part.text, next, is_end: part.is_end })
}

/// Why an attempt has no log at all.
const fn why_none(attempt: &Attempt) -> &'static str {
    if attempt.agent.is_empty() {
        "a container prints nothing itself: look at the jobs in it"
    } else if attempt.ended_at.is_none() {
        "there is no log yet: the job is being sent to its agent, or has just begun"
    } else if attempt.handle.is_none() {
        "there is no log, because the job was not started: `ringmaster job show` says why"
    } else {
        "there is no log: nothing was printed, or the days for which its agent's logs are kept are over"
    }
}

/// The beginning of a log, wherever it lies.
const START: &str = "0";
/// Before a place that the integration has given.
const LIVE: &str = "live:";

/// The bytes that were read before a place that the integration has given, and what it calls that. Once the log is archived it goes
/// on behind so many bytes.
fn live(from: &str) -> Option<(u64, &str)> {
    let (bytes, place) = from.strip_prefix(LIVE)?.split_once(':')?;
    Some((bytes.parse().ok()?, place))
}

async fn from_archive(archive: &Archive, row: &JobLog, from: Option<&str>) -> Result<LogText> {
    let bytes = u64::try_from(row.bytes).unwrap_or(0);
    let refused = |error: job_archive::Error| Error::Refused(error.to_string());
    let index = LogIndex::from_parts(bytes, &row.chunks, row.is_complete).map_err(refused)?;
    let from: u64 = match from {
        None => 0,
        Some(text) => match live(text) {
            Some((read, _)) => read,
            None => text.parse().map_err(|_| {
                Error::Refused(format!(
                    "there is no place `{text}` in a log; read it from its start"
                ))
            })?,
        },
    };
    let text = archive.read(&index, from.min(bytes), READ_BYTES).await.map_err(refused)?;
    let next = text.from + text.text.len() as u64;
    Ok(LogText { text: text.text, next: next.to_string(), is_end: next >= bytes })
}

fn not_started() -> Error {
    let why = "the job has not been started yet; a null job never is, and prints nothing";
    Error::Refused(why.to_owned())
}

/// Where an attempt stands; none where the job has not begun any.
async fn find(app: &App, job_id: i64, number: Option<i64>) -> Result<Option<Found>> {
    let read = app.db().read(move |tx| {
        Box::pin(async move {
            let all = attempt::of_jobs(tx, &sql::id_list([job_id])).await?;
            let found = match number {
                Some(number) => all.into_iter().find(|each| each.number == number),
                None => all.into_iter().last(),
            };
            let found = match (found, number) {
                (Some(found), _) => found,
                (None, None) => return has_to_begin(tx, job_id).await.map(|()| None),
                (None, Some(number)) => {
                    return Err(Error::Unknown {
                        what: "attempt",
                        name: format!("{job_id}.{number}"),
                        hint: "; `ringmaster job show` lists those of a job".to_owned(),
                    });
                }
            };
            let archived = job_log::of_attempt(tx, job_id, found.number).await?;
            Ok(Some((server_state::read(tx).await?.instance, found, archived)))
        })
    });
    Ok(read.await?.map(|(instance, attempt, archived)| {
        let state = State(attempt.handle.clone().unwrap_or_default());
        let task = TaskRef { attempt: key(&instance, job_id, attempt.number), state };
        Found { attempt, task, archived }
    }))
}

/// Refuses for a job that is over and had no attempt.
async fn has_to_begin(tx: &mut sql::Tx<'_>, job_id: i64) -> Result<()> {
    let jobs = daily_job::by_ids(tx, &sql::id_list([job_id])).await?;
    let Some(job) = jobs.first() else { return Ok(()) };
    match life(job)?.state {
        scheduler_core::job::State::Ended { .. } => Err(Error::Refused(format!(
            "the job ended as `{}` without a run: it has printed nothing",
            job.status
        ))),
        _ => Ok(()),
    }
}

/// Whether the logs of an attempt lie in the archive, or nowhere.
fn is_archived(attempt: &Attempt) -> bool {
    matches!(attempt.wanted.as_deref(), None | Some("forget")) && attempt.ended_at.is_some()
}

async fn integration(
    app: &App,
    attempt: &Attempt,
) -> Result<std::sync::Arc<dyn connector::Integration>> {
    app.integration(&attempt.agent).await?.map_err(|none| Error::Refused(none.to_string()))
}

fn refused(error: &connector::CallError) -> Error {
    Error::Refused(format!("the agent does not give the log: {error}"))
}
