//! Removing what has been kept for long enough: requests and their messages, alerts, outcomes of schedules, tokens.
//!
//! A request goes with its whole family, and only when all of it has ended; so a job log never loses a part. Everything is done in
//! small transactions, so that nobody waits for it.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use kit::{Next, Pass, Report};

use crate::counted::counted;
use crate::server::{Server, SharedServer};
use crate::store::request::read;
use crate::store::{retention, schedule, token};

/// Families looked at in one transaction.
const BATCH: i64 = 200;
/// Families looked at in one pass; the next one goes on.
const FAMILIES_MAX: i64 = 20_000;
/// Rows of other tables removed in one transaction.
const ROWS: i64 = 5_000;

/// Removes what has been kept for long enough.
pub(crate) struct Retention {
    server: SharedServer,
    /// How far the last pass came, when it did not come to the end: `(ended_at, id)`.
    place: (i64, i64),
}

impl Retention {
    /// Begins with the oldest.
    pub(crate) fn new(server: SharedServer) -> Self {
        Self { server, place: (i64::MIN, 0) }
    }
}

/// The instants before which things go, microseconds.
#[derive(Debug, Clone, Copy)]
struct Limits {
    requests: i64,
    messages: i64,
    keys: i64,
    alerts: i64,
    tokens: i64,
}

impl Limits {
    fn of(server: &Server) -> Self {
        let (options, now) = (&server.options.retention, server.clock.now());
        let days = |days: u32| before(now, SignedDuration::from_hours(24 * i64::from(days)));
        let idle = SignedDuration::try_from(server.options.security.token_idle.get());
        Self {
            requests: days(options.requests_days),
            messages: days(options.messages_days),
            keys: days(options.request_key_days),
            alerts: days(options.alerts_days),
            tokens: before(now, idle.unwrap_or(SignedDuration::MAX)),
        }
    }
}

fn before(now: Timestamp, age: SignedDuration) -> i64 {
    sql::to_micros(now.checked_sub(age).unwrap_or(Timestamp::MIN))
}

impl Pass for Retention {
    const NAME: &'static str = "retention";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let limits = Limits::of(&self.server);
        let (mut looked, mut removed) = (0, 0);
        let is_done = loop {
            let batch = families(&self.server, limits, self.place).await?;
            removed += batch.removed;
            looked += batch.looked;
            match batch.last {
                Some(last) if looked < FAMILIES_MAX => self.place = last,
                Some(last) => {
                    self.place = last;
                    break false;
                }
                None => break true,
            }
        };
        if is_done {
            self.place = (i64::MIN, 0);
            removed += others(&self.server, limits).await?;
        }
        if removed > 0 {
            tracing::info!(removed, "retention has removed {}", counted(removed, "row", "rows"));
        }
        let next = if is_done { Next::Idle } else { Next::Now };
        Ok(Report { handled: usize::try_from(removed).unwrap_or(usize::MAX), next })
    }
}

/// What one transaction over families has done.
struct Batch {
    looked: i64,
    removed: u64,
    /// The last family looked at; none at the end.
    last: Option<(i64, i64)>,
}

async fn families(server: &Server, limits: Limits, place: (i64, i64)) -> sql::Result<Batch> {
    // Messages never stay longer than their request.
    let before = limits.requests.max(limits.messages);
    let roots = server
        .db
        .read(move |tx| {
            Box::pin(async move { retention::old_roots(tx, before, place.0, place.1, BATCH).await })
        })
        .await?;
    let Some((ended_at, id, _)) = roots.last().copied() else {
        return Ok(Batch { looked: 0, removed: 0, last: None });
    };
    let looked = i64::try_from(roots.len()).unwrap_or(i64::MAX);
    let removed = server
        .db
        .write(move |tx| {
            let roots = roots.clone();
            Box::pin(async move { remove(tx, &roots, limits).await })
        })
        .await?;
    Ok(Batch { looked, removed, last: Some((ended_at, id)) })
}

/// Removes those of the families that may go, and the messages of those that stay without them.
async fn remove(
    tx: &mut sql::Tx<'_>,
    roots: &[(i64, i64, bool)],
    limits: Limits,
) -> sql::Result<u64> {
    let mut families: Vec<(i64, Vec<i64>)> = Vec::with_capacity(roots.len());
    for (_, root, has_children) in roots {
        let members = if *has_children {
            read::family(tx, *root).await?.into_iter().map(|row| row.0).collect()
        } else {
            vec![*root]
        };
        families.push((*root, members));
    }
    let all: Vec<i64> = families.iter().flat_map(|(_, members)| members.iter().copied()).collect();
    let stay = to_set(retention::must_stay(tx, &all, limits.requests, limits.keys).await?);
    let keep_messages = to_set(retention::must_stay(tx, &all, limits.messages, i64::MAX).await?);
    let may_go = |members: &[i64], stay: &HashSet<i64>| !members.iter().any(|id| stay.contains(id));
    let mut silenced: Vec<i64> = families
        .iter()
        .filter(|(_, members)| may_go(members, &keep_messages))
        .map(|(root, _)| *root)
        .collect();
    silenced = retention::with_messages(tx, &silenced).await?;
    let (mut going_roots, mut going) = (Vec::new(), Vec::new());
    for (root, members) in families.into_iter().filter(|(_, members)| may_go(members, &stay)) {
        going_roots.push(root);
        going.extend(members);
    }
    silenced.extend(&going_roots);
    if !silenced.is_empty() {
        retention::delete_messages(tx, &silenced).await?;
    }
    if going.is_empty() { Ok(0) } else { retention::delete_requests(tx, &going).await }
}

fn to_set(ids: Vec<i64>) -> HashSet<i64> {
    ids.into_iter().collect()
}

async fn others(server: &Server, limits: Limits) -> sql::Result<u64> {
    let mut removed = 0;
    loop {
        let count = server
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let alerts = retention::delete_alerts(tx, limits.alerts, ROWS).await?;
                    let runs = schedule::forget_runs(tx, limits.requests, ROWS).await?;
                    let tokens = token::purge(tx, limits.tokens, ROWS).await?;
                    Ok::<_, sql::Error>(alerts + runs + tokens)
                })
            })
            .await?;
        removed += count;
        if count < u64::try_from(ROWS).unwrap_or(u64::MAX) {
            return Ok(removed);
        }
    }
}
