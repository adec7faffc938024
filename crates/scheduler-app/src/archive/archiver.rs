//! Copying logs into the archive, many at a time: what is written in the same moment goes into one object.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use connector::{Integration, State, TaskRef};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use job_archive::Archive;
use kit::Wake;
use scheduler_core::definition::agent::Agent;
use scheduler_store::attempt::{self, Archived, Attempt};
use scheduler_store::definition;
use scheduler_store::job_log::{self, JobLog};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::fetch::{Fetched, Later, fetch};
use super::sweep::STORED_WITHIN;
use crate::App;
use crate::agents::NoIntegration;
use crate::attempts::key;
use crate::definitions::body;
use crate::error::Result;
use crate::places::{Place, Places};
use crate::turns::{self, Call, Calls, Turns, place_of};
use crate::work::Life;

/// First wait before logs are copied again; it doubles up to [`AGAIN_MAX`].
const AGAIN_FIRST: SignedDuration = SignedDuration::from_secs(1);
/// Longest wait before logs are copied again.
const AGAIN_MAX: SignedDuration = SignedDuration::from_secs(300);
/// After so many tries, half a day of them, what the agent does not give is given up.
const TRIES_MAX: i64 = 150;
/// What is away counts as so many tries at most: the waits between them have their full length then.
const AWAY_TRIES: i64 = 10;
/// What another process changes of an agent is seen within this time.
const SOURCE_AGE: SignedDuration = SignedDuration::from_secs(1);
/// Days for which logs are kept whose agent is not there any more.
const KEEP_DAYS: u16 = 30;

/// Copies logs and lets integrations forget what was copied. It remembers only what is under way.
pub struct Archiver(Turns<Copies>);

/// What an archiver does.
struct Copies {
    app: App,
    archive: Archive,
    /// By agent.
    sources: HashMap<String, Source>,
}

/// What has become of an attempt.
#[derive(Clone)]
struct Copied {
    attempt: Attempt,
    /// When that began.
    since: Instant,
    what: What,
}

impl Copied {
    /// What is stored of it. What has waited for the database for so long is copied again: a sweep of another process may take its text
    /// for waste.
    fn in_time(self) -> Self {
        let is_late = self.since.elapsed() >= STORED_WITHIN;
        if is_late && matches!(self.what, What::Stored { .. }) {
            let why = "it could not be stored in time where they lie in the archive";
            return Self { what: What::Later(Later::away(why)), ..self };
        }
        self
    }
}

#[derive(Clone)]
enum What {
    /// Its logs are in the archive.
    Stored {
        /// These.
        logs: Vec<JobLog>,
        /// Whether its integration keeps something of it.
        is_kept: bool,
    },
    /// Its integration has forgotten it.
    Forgotten,
    /// Not yet, and why.
    Later(Later),
}

impl Archiver {
    /// For this process.
    pub fn new(app: App, archive: Archive) -> Self {
        Self(Turns::new(Copies { app, archive, sources: HashMap::new() }))
    }

    /// Takes up what is wanted and stores what has been copied; waits for the first where copies are under way. Says how many
    /// steps were done; 0 when nothing is under way.
    ///
    /// # Errors
    /// The database did not do it. What could not be stored is stored by a later pass.
    pub async fn pass(&mut self) -> Result<usize> {
        self.0.pass().await
    }

    /// Copies until it is asked to end. Copies that are under way then are made again by the next life.
    ///
    /// # Errors
    /// Never; what the database did not do is tried again.
    pub async fn run(self, soft: CancellationToken) -> anyhow::Result<()> {
        self.0.run(soft).await
    }

    /// Takes up what is wanted and not under way.
    #[cfg(test)]
    pub(super) async fn take_up(&mut self) -> Result<()> {
        self.0.take_up().await
    }
}

impl turns::Answer for Copied {
    fn place(&self) -> Place {
        place_of(&self.attempt)
    }
}

impl Calls for Copies {
    type Answer = Copied;
    const CALLS_MAX: usize = 512;
    const AGENT_CALLS_MAX: usize = 128;
    const LOOK_EVERY: Duration = Duration::from_secs(2);
    // What was copied is forgotten next.
    const LEADS_ON: bool = true;
    const NOT_STORED: &'static str = "it could not be stored yet which logs are archived";
    const NOT_READ: &'static str = "logs could not be archived yet";

    fn wake(&self) -> Wake {
        self.app.wakes().archive.clone()
    }

    async fn wanted(&mut self, places: &Places, room: usize) -> Result<(Vec<Call<Copied>>, bool)> {
        let (life, now) = (self.app.life(), self.app.now());
        // What is under way is wanted still.
        let (max, except) = (room + places.open_len(), places.full());
        let limit = i64::try_from(max).unwrap_or(i64::MAX);
        let mut wanted = self
            .app
            .db()
            .read_one(move |tx| {
                Box::pin(async move {
                    let due = sql::to_micros(now);
                    let what = sql::text_list(["archive", "forget"]);
                    attempt::wanted(tx, life, &what, &except, due, limit).await
                })
            })
            .await?;
        let is_old = |source: &Source| now.duration_since(source.since).abs() >= SOURCE_AGE;
        self.sources.retain(|_, source| !is_old(source));
        let mut calls = Vec::new();
        let has_more = places.clone().choose(&mut wanted, room, max);
        for attempt in wanted {
            let source = self.source(&attempt.agent).await?;
            calls.push(self.call(attempt, source, now));
        }
        Ok((calls, has_more))
    }

    async fn store(&self, copied: Arc<Vec<Copied>>) -> Result<()> {
        let (now, life) = (self.app.now(), self.app.life());
        let copied = Arc::new(copied.iter().cloned().map(Copied::in_time).collect::<Vec<_>>());
        self.note_trouble(&copied);
        self.app
            .db()
            .write(move |tx| {
                let copied = Arc::clone(&copied);
                Box::pin(async move { store(tx, life, &copied, now).await })
            })
            .await?;
        self.app.wakes().leap.wake();
        Ok(())
    }

    fn in_place_of(&self, copied: &Copied, why: String) -> Copied {
        let why = format!("it could not be stored where they lie in the archive: {why}");
        Copied { what: What::Later(Later::away(why)), ..copied.clone() }
    }
}

impl Copies {
    /// Logs that wait for the archive, or for an agent, are a trouble until others have got through.
    fn note_trouble(&self, copied: &[Copied]) {
        let waits = copied.iter().rev().find_map(|each| match &each.what {
            What::Later(later) if !later.is_counted => Some(later.why.clone()),
            What::Later(_) | What::Stored { .. } | What::Forgotten => None,
        });
        let has_stored = copied.iter().any(|each| matches!(each.what, What::Stored { .. }));
        if waits.is_some() || has_stored {
            self.app.note_trouble("archive", waits);
        }
    }

    /// Where the logs of an agent's attempts come from, as it was not long ago.
    async fn source(&mut self, agent: &str) -> Result<Source> {
        if let Some(known) = self.sources.get(agent) {
            return Ok(known.clone());
        }
        let source = Source::of(&self.app, agent).await?;
        self.sources.insert(agent.to_owned(), source.clone());
        Ok(source)
    }

    fn call(&self, attempt: Attempt, source: Source, now: Timestamp) -> Call<Copied> {
        let state = State(attempt.handle.clone().unwrap_or_default());
        let key = key(self.app.instance(), attempt.job_id, attempt.number);
        let task = TaskRef { attempt: key, state };
        let archive = self.archive.clone();
        let (place, agent) = (place_of(&attempt), attempt.agent.clone());
        let since = Instant::now();
        let answer = Box::pin(async move {
            let what = step(&archive, &attempt, task, &source, now).await;
            Copied { attempt, since, what }
        });
        Call { place, agent, answer }
    }
}

/// Where the logs of an agent's attempts come from.
#[derive(Clone)]
struct Source {
    connection: Connected,
    /// For so many days its logs are kept.
    keep_days: u16,
    since: Timestamp,
}

/// The way to an agent.
type Connected = std::result::Result<Arc<dyn Integration>, NoIntegration>;

impl Source {
    async fn of(app: &App, agent: &str) -> Result<Self> {
        let since = app.now();
        let connection = app.integration(agent).await?;
        Ok(Self { connection, keep_days: keep_days(app, agent).await?, since })
    }
}

/// The next step of an attempt: its logs are copied, or it is forgotten.
async fn step(
    archive: &Archive,
    attempt: &Attempt,
    task: TaskRef,
    source: &Source,
    now: Timestamp,
) -> What {
    let is_last_try = attempt.tries >= TRIES_MAX;
    let integration = match &source.connection {
        Ok(integration) => integration,
        Err(none) if is_last_try => {
            tracing::warn!(attempt = %task.attempt, "its logs stay where they are: {none}");
            return What::Forgotten;
        }
        Err(none) => {
            return What::Later(Later { why: none.to_string(), is_counted: none.is_gone() });
        }
    };
    if attempt.wanted.as_deref() == Some("forget") {
        return match integration.delete(task).await {
            Ok(()) => What::Forgotten,
            Err(error) if is_last_try && !error.is_away() => What::Forgotten,
            Err(error) => What::Later(Later::agent(&error)),
        };
    }
    let keep_until = keep_until(attempt, source.keep_days, now);
    match fetch(archive, integration, &task, keep_until, is_last_try).await {
        Fetched::Later(why) => What::Later(why),
        Fetched::Stored(logs) => {
            let logs = (0..).zip(logs).map(|(place, log)| JobLog {
                job_id: attempt.job_id,
                attempt: attempt.number,
                name: log.name,
                place,
                bytes: i64::try_from(log.index.bytes).unwrap_or(i64::MAX),
                chunks: log.index.chunks_json(),
                is_complete: log.index.is_complete,
                keep_until: keep_until.to_string(),
            });
            What::Stored { logs: logs.collect(), is_kept: integration.keeps_tasks() }
        }
    }
}

/// The day until which the logs of an attempt are kept.
fn keep_until(attempt: &Attempt, days: u16, now: Timestamp) -> Date {
    let end = attempt.ended_at.and_then(|at| Timestamp::from_microsecond(at).ok()).unwrap_or(now);
    end.to_zoned(TimeZone::UTC).date().saturating_add(i64::from(days).days())
}

/// How many days after their end the logs of an agent's attempts are kept.
async fn keep_days(app: &App, agent: &str) -> Result<u16> {
    let agent = agent.to_owned();
    let row = app
        .db()
        .read_one(move |tx| {
            let agent = agent.clone();
            Box::pin(async move { definition::current_one(tx, "agent", "", &agent).await })
        })
        .await?;
    let agent: Option<Agent> = row.as_ref().map(body).transpose()?;
    Ok(agent.map_or(KEEP_DAYS, |agent| agent.connection.retain_log_files_days()))
}

async fn store(tx: &mut sql::Tx<'_>, life: Life, copied: &[Copied], now: Timestamp) -> Result<()> {
    if !scheduler_store::node::is_current(tx, life.node_id, life.fence).await? {
        return Err(crate::Error::Fenced);
    }
    let (mut logs, mut rows) = (Vec::new(), Vec::new());
    for Copied { attempt, what, .. } in copied {
        let (wanted, due, tries) = match what {
            What::Stored { logs: stored, is_kept } => {
                logs.extend(stored.iter().cloned());
                if *is_kept { (Some("forget"), Some(now), 0) } else { (None, None, 0) }
            }
            What::Forgotten => (None, None, 0),
            What::Later(Later { why, is_counted }) => {
                tracing::warn!(
                    job = attempt.job_id,
                    attempt = attempt.number,
                    "its logs wait: {why}"
                );
                let tries = match is_counted {
                    true => attempt.tries + 1,
                    false => (attempt.tries + 1).min(AWAY_TRIES.max(attempt.tries)),
                };
                let is_forgotten = attempt.wanted.as_deref() == Some("forget");
                let wanted = if is_forgotten { "forget" } else { "archive" };
                (Some(wanted), Some(again(now, tries)), tries)
            }
        };
        rows.push(Archived {
            job_id: attempt.job_id,
            number: attempt.number,
            wanted,
            due_at: due.map(sql::to_micros),
            tries,
            archived_at: matches!(what, What::Stored { .. }).then(|| sql::to_micros(now)),
        });
    }
    attempt::archived(tx, &rows).await?;
    Ok(job_log::put(tx, &logs).await?)
}

fn again(now: Timestamp, tries: i64) -> Timestamp {
    let doubled = u32::try_from(tries.clamp(1, 10) - 1).unwrap_or(0);
    let wait = (AGAIN_FIRST * i32::pow(2, doubled)).min(AGAIN_MAX);
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

impl std::fmt::Debug for Archiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archiver").finish_non_exhaustive()
    }
}
