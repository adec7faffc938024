//! Taking over what others have left: the earlier lives of this process when it begins, and other processes on the same database
//! when their lease has run out.

use std::collections::BTreeSet;
use std::sync::Arc;

use scheduler_core::definition::agent::Agent;
use scheduler_core::job::{Event, News};
use scheduler_store::node::{self, Valid};
use scheduler_store::{attempt, definition};

use crate::App;
use crate::definitions::body;
use crate::error::Result;
use crate::work::{Life, Work};

/// Takes over the attempts of earlier lives of this process, and those that [`take_over`] does. What was to be started may have
/// been sent: it is unknown until it is found. Says how many were taken over.
///
/// # Errors
/// The database did not do it.
pub async fn adopt(app: &App) -> Result<usize> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let micros = app.watched_at(sql::to_micros(now));
    let own = app
        .db()
        .write(move |tx| {
            let bodies = Arc::clone(&bodies);
            Box::pin(async move {
                let mut work = Work::begin(tx, bodies, now, life).await?;
                let adopted = attempt::adopt_own(work.tx(), life, micros).await?;
                let count = adopted.len();
                taken(&mut work, adopted);
                work.finish().await?;
                Ok::<_, crate::Error>(count)
            })
        })
        .await?;
    Ok(own + take_over(app).await?)
}

/// Takes over the attempts of processes whose lease has run out. These are fenced off in the same transaction: what they still
/// want to store is refused, and they end. Attempts that run on the machine of such a process stay with it: nobody else can find
/// them there, and to look for them elsewhere would start them twice. Says how many were taken over.
///
/// # Errors
/// The database did not do it, or this process is fenced off itself.
pub async fn take_over(app: &App) -> Result<usize> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let valid = app.valid_leases();
    let micros = app.watched_at(sql::to_micros(now));
    let local = local_types(app);
    let (left, except) = app
        .db()
        .read(move |tx| {
            let local = local.clone();
            Box::pin(async move {
                let except = agents_of(tx, &local).await?;
                Ok::<_, crate::Error>((left_by(tx, life, &except, valid).await?, except))
            })
        })
        .await?;
    if left.is_empty() {
        return Ok(0);
    }
    let (adopted, done) = app
        .db()
        .write(move |tx| {
            let (bodies, left, except) = (Arc::clone(&bodies), left.clone(), except.clone());
            Box::pin(async move {
                let mut work = Work::begin(tx, bodies, now, life).await?;
                let nodes = sql::id_list(left);
                let fenced = node::fence_off(work.tx(), &nodes, valid).await?;
                for each in &fenced {
                    tracing::warn!(
                        node = each.name,
                        "its lease has run out: what it has left is taken over"
                    );
                }
                let nodes = sql::id_list(fenced.iter().map(|each| each.id));
                let adopted = attempt::adopt_of(work.tx(), life, &nodes, &except, micros).await?;
                let lost = attempt::adopt_lost_of(work.tx(), life, &nodes, &except, micros).await?;
                let count = adopted.len() + usize::try_from(lost).unwrap_or(0);
                taken(&mut work, adopted);
                Ok::<_, crate::Error>((count, work.finish().await?))
            })
        })
        .await?;
    let wakes = app.wakes();
    wakes.after(done);
    for wake in [&wakes.start, &wakes.watch, &wakes.kill, &wakes.archive] {
        wake.wake();
    }
    Ok(adopted)
}

async fn left_by(tx: &mut sql::Tx<'_>, life: Life, except: &str, valid: Valid) -> Result<Vec<i64>> {
    Ok(attempt::left_by(tx, life.node_id, except, valid).await?)
}

/// What was to be started is unknown until it is found.
fn taken(work: &mut Work<'_, '_>, adopted: Vec<(i64, i64, String)>) {
    for (job, number, wanted) in adopted {
        if wanted == "find" {
            let attempt = u32::try_from(number).unwrap_or(u32::MAX);
            work.job(job, Event::News { attempt, news: News::StartUnknown });
        }
    }
}

/// The types of agents whose tasks run on the machine of the process.
fn local_types(app: &App) -> BTreeSet<String> {
    let infos = app.connectors().infos().into_iter().filter(|info| info.is_local);
    infos.flat_map(|info| info.applications).collect()
}

/// The agents of such types, as an [`sql::text_list`].
async fn agents_of(tx: &mut sql::Tx<'_>, types: &BTreeSet<String>) -> Result<String> {
    let mut names = Vec::new();
    if !types.is_empty() {
        for row in definition::current_of(tx, "agent").await? {
            let agent: Agent = body(&row)?;
            if types.contains(agent.connection.agent_type()) {
                names.push(row.name);
            }
        }
    }
    Ok(sql::text_list(names.iter().map(String::as_str)))
}
