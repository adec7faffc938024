//! Copying logs into the archive, many at a time: what is written in the same moment goes into one object.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use connector::{Integration, State, TaskRef};
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use job_archive::Archive;
use scheduler_core::definition::agent::{Agent, Connection};
use scheduler_store::attempt::{self, Archived, Attempt};
use scheduler_store::definition;
use scheduler_store::job_log::{self, JobLog};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::fetch::{Fetched, fetch};
use crate::App;
use crate::agents::NoIntegration;
use crate::attempts::key;
use crate::definitions::body;
use crate::error::Result;
use crate::pace::Pace;
use crate::work::Life;

/// Attempts whose logs are copied at the same time at most.
const COPIES_MAX: usize = 128;
/// How often attempts are looked for, where a signal is lost.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// First wait before logs are copied again; it doubles up to [`AGAIN_MAX`].
const AGAIN_FIRST: SignedDuration = SignedDuration::from_secs(1);
/// Longest wait before logs are copied again.
const AGAIN_MAX: SignedDuration = SignedDuration::from_secs(300);
/// After so many tries, half a day of them, what the agent does not give is given up.
const TRIES_MAX: i64 = 150;
/// What another process changes of an agent is seen within this time.
const SOURCE_AGE: SignedDuration = SignedDuration::from_secs(1);
/// Days for which logs are kept whose agent does not say.
const KEEP_DAYS: u16 = 30;

/// Copies logs and lets integrations forget what was copied. It remembers only what is under way.
pub struct Archiver {
    app: App,
    archive: Archive,
    copies: FuturesUnordered<BoxFuture<'static, Copied>>,
    busy: HashSet<(i64, i64)>,
    /// By agent.
    sources: HashMap<String, Source>,
    /// What is not stored yet.
    copied: Vec<Copied>,
}

/// What has become of an attempt.
#[derive(Clone)]
struct Copied {
    attempt: Attempt,
    what: What,
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
    Later(String),
}

impl Archiver {
    /// For this process.
    pub fn new(app: App, archive: Archive) -> Self {
        Self {
            app,
            archive,
            copies: FuturesUnordered::new(),
            busy: HashSet::new(),
            sources: HashMap::new(),
            copied: Vec::new(),
        }
    }

    /// Takes up what is wanted and stores what has been copied; waits for the first where copies are under way. Says how many
    /// steps were done; 0 when nothing is under way.
    ///
    /// # Errors
    /// The database did not do it. What could not be stored is stored by a later pass.
    pub async fn pass(&mut self) -> Result<usize> {
        self.store().await?;
        self.take_up().await?;
        match self.copies.next().await {
            Some(first) => self.take(first).await,
            None => Ok(0),
        }
    }

    /// Copies until it is asked to end. Copies that are under way then are made again by the next life.
    ///
    /// # Errors
    /// Never; what the database did not do is tried again.
    pub async fn run(mut self, soft: CancellationToken) -> anyhow::Result<()> {
        let wake = self.app.wakes().archive.clone();
        let (mut stores, mut looks) = (Pace::default(), Pace::default());
        let (mut has_more, mut look_at) = (true, Instant::now());
        while !soft.is_cancelled() {
            self.collect();
            if !self.copied.is_empty() && stores.is_ready() {
                // What was copied is forgotten next, and there may be what there was no room for.
                has_more = true;
                let written = self.store().await;
                stores.wrote(written.is_ok());
                if let Err(error) = written {
                    tracing::error!("it could not be stored yet which logs are archived: {error}");
                }
            }
            if look_at <= Instant::now() || (has_more && looks.is_ready()) {
                let taken = self.take_up().await;
                looks.wrote(taken.is_ok());
                (has_more, look_at) = (false, Instant::now() + LOOK_EVERY);
                if let Err(error) = taken {
                    tracing::error!("logs could not be archived yet: {error}");
                }
            }
            let mut next = look_at;
            if !self.copied.is_empty() {
                next = next.min(stores.next());
            }
            if has_more {
                next = next.min(looks.next());
            }
            tokio::select! {
                biased;
                () = soft.cancelled() => break,
                Some(copied) = self.copies.next(), if !self.copies.is_empty() => self.copied.push(copied),
                () = wake.woken(), if !has_more => has_more = true,
                () = tokio::time::sleep_until(next) => {}
            }
        }
        Ok(())
    }

    async fn take(&mut self, first: Copied) -> Result<usize> {
        self.copied.push(first);
        self.collect();
        self.store().await
    }

    /// What else is done already is stored with it.
    fn collect(&mut self) {
        while let Some(Some(next)) = self.copies.next().now_or_never() {
            self.copied.push(next);
        }
    }

    async fn store(&mut self) -> Result<usize> {
        if self.copied.is_empty() {
            return Ok(0);
        }
        let copied = Arc::new(std::mem::take(&mut self.copied));
        let (now, life, shared) = (self.app.now(), self.app.life(), Arc::clone(&copied));
        let stored = self
            .app
            .db()
            .write(move |tx| {
                let copied = Arc::clone(&shared);
                Box::pin(async move { store(tx, life, &copied, now).await })
            })
            .await;
        match stored {
            Ok(()) => {
                for each in copied.iter() {
                    self.busy.remove(&(each.attempt.job_id, each.attempt.number));
                }
                self.app.wakes().leap.wake();
                Ok(copied.len())
            }
            Err(error) => {
                // Stored by a later pass; until then its attempts count as under way.
                self.copied = Arc::try_unwrap(copied).unwrap_or_else(|shared| shared.to_vec());
                Err(error)
            }
        }
    }

    pub(super) async fn take_up(&mut self) -> Result<()> {
        let room = COPIES_MAX.saturating_sub(self.copies.len());
        if room == 0 {
            return Ok(());
        }
        let (life, now) = (self.app.life(), self.app.now());
        let max = i64::try_from(COPIES_MAX + self.busy.len()).unwrap_or(i64::MAX);
        let wanted = self
            .app
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    let due = sql::to_micros(now);
                    let what = sql::text_list(["archive", "forget"]);
                    attempt::wanted(tx, life, &what, due, max).await
                })
            })
            .await?;
        let new =
            wanted.into_iter().filter(|each| !self.busy.contains(&(each.job_id, each.number)));
        let is_old = |source: &Source| now.duration_since(source.since).abs() >= SOURCE_AGE;
        self.sources.retain(|_, source| !is_old(source));
        for attempt in new.take(room).collect::<Vec<_>>() {
            let source = match self.sources.get(&attempt.agent) {
                Some(known) => known.clone(),
                None => {
                    let source = Source::of(&self.app, &attempt.agent).await?;
                    self.sources.insert(attempt.agent.clone(), source.clone());
                    source
                }
            };
            self.busy.insert((attempt.job_id, attempt.number));
            let state = State(attempt.handle.clone().unwrap_or_default());
            let task = TaskRef {
                attempt: key(self.app.instance(), attempt.job_id, attempt.number),
                state,
            };
            let archive = self.archive.clone();
            self.copies.push(Box::pin(async move {
                let what = step(&archive, &attempt, task, &source, now).await;
                Copied { attempt, what }
            }));
        }
        Ok(())
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

/// The next step of an attempt: its logs are copied, or it is forgotten. It asks for no connection to the database: many steps that wait for
/// one would starve who stores what they have done.
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
        Err(none) => return What::Later(none.to_string()),
    };
    if attempt.wanted.as_deref() == Some("forget") {
        return match integration.delete(task).await {
            Ok(()) => What::Forgotten,
            Err(_) if is_last_try => What::Forgotten,
            Err(error) => What::Later(error.to_string()),
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
        .read(move |tx| {
            let agent = agent.clone();
            Box::pin(async move { definition::current_one(tx, "agent", "", &agent).await })
        })
        .await?;
    Ok(match row.map(|row| body::<Agent>(&row)).transpose()?.map(|agent| agent.connection) {
        Some(Connection::AsyscoAmt(settings)) => settings.retain_log_files_days,
        Some(Connection::Command(_) | Connection::PlugIn(_)) | None => KEEP_DAYS,
    })
}

async fn store(tx: &mut sql::Tx<'_>, life: Life, copied: &[Copied], now: Timestamp) -> Result<()> {
    if !scheduler_store::node::is_current(tx, life.node_id, life.fence).await? {
        return Err(crate::Error::Fenced);
    }
    let (mut logs, mut rows) = (Vec::new(), Vec::new());
    for Copied { attempt, what } in copied {
        let (wanted, due, tries) = match what {
            What::Stored { logs: stored, is_kept } => {
                logs.extend(stored.iter().cloned());
                if *is_kept { (Some("forget"), Some(now), 0) } else { (None, None, 0) }
            }
            What::Forgotten => (None, None, 0),
            What::Later(why) => {
                tracing::warn!(
                    job = attempt.job_id,
                    attempt = attempt.number,
                    "its logs wait: {why}"
                );
                let tries = attempt.tries + 1;
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
