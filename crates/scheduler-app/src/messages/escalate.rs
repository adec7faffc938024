//! Escalations: groups that are told one after the other while nobody acknowledges. Each step is stored with what it tells, so that
//! a process that is killed tells of it once.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use scheduler_core::action::Privilege;
use scheduler_core::notification::Index;
use scheduler_core::notification::escalation::{Event, State, advance};
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::escalation::{self, Escalation, Step};
use scheduler_store::firing::{self, Firing};
use scheduler_store::{node, server_state};

use crate::error::{Error, Result};
use crate::notices::{self, Of, Stored};
use crate::{App, Caller};

/// Escalations that one pass steps at most.
const AT_ONCE: i64 = 100;
/// How long those that have ended are kept (`opcon-domain 1.14`).
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What a pass has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Escalated {
    /// Escalations that were due.
    pub stepped: usize,
    /// When the next one is due.
    pub next: Option<Timestamp>,
}

/// Tells the groups whose time has come. A step that was missed while the scheduler was down is told once.
///
/// # Errors
/// The database did not do it, or this process is fenced off.
pub async fn escalate(app: &App) -> Result<Escalated> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let (stepped, is_told, next) = app
        .db()
        .write(move |tx| {
            let bodies = Arc::clone(&bodies);
            Box::pin(async move {
                if !node::is_current(tx, life.node_id, life.fence).await? {
                    return Err(Error::Fenced);
                }
                let due = escalation::lock_due(tx, sql::to_micros(now), AT_ONCE).await?;
                let mut told = Vec::new();
                if !due.is_empty() {
                    let revision = server_state::read(tx).await?.revision;
                    let index = bodies.notifications(tx, revision).await?;
                    for each in &due {
                        let (step, firing) = step(&index, each, now)?;
                        escalation::step(tx, each.id, &step).await?;
                        told.extend(firing);
                    }
                    firing::insert(tx, &told).await?;
                }
                let next = escalation::next_due(tx).await?;
                Ok((due.len(), !told.is_empty(), next))
            })
        })
        .await?;
    if is_told {
        app.wakes().events.wake();
    }
    let next = next.map(|at| sql::from_micros("escalation", "due_at", at)).transpose()?;
    Ok(Escalated { stepped, next })
}

/// What becomes of an escalation whose time has come, and what is told.
fn step(index: &Index, of: &Escalation, now: Timestamp) -> Result<(Step, Option<Firing>)> {
    let stored: Stored = read(of, &of.happening)?;
    let steps = index.steps(&of.notification_group);
    let advance = advance(steps, state(of)?, Event::TimeReached { now });
    let group = advance.tell.and_then(|tell| steps.get(tell.step)).map(|step| step.group.as_str());
    let firing = group.and_then(|group| told(index, of, &stored, group, now));
    let is_over = matches!(advance.next, State::Exhausted | State::Acknowledged);
    let step = Step {
        state: serde_json::to_string(&advance.next).unwrap_or_default(),
        due_at: advance.due.map(sql::to_micros),
        ended_at: is_over.then(|| sql::to_micros(now)),
        acknowledged_by: None,
    };
    Ok((step, firing))
}

/// What a group tells; none, with a word in the log, where it has nothing to tell of this.
fn told(
    index: &Index,
    of: &Escalation,
    stored: &Stored,
    group: &str,
    now: Timestamp,
) -> Option<Firing> {
    let matches = stored.happening().and_then(|happening| index.escalated(group, &happening));
    let told = matches.unwrap_or_default();
    let told = told.iter().flat_map(|each| notices::triggered(each, Some(of.id), &of.subject));
    let told: Vec<_> = told.collect();
    let about = Of {
        job_id: of.job_id,
        schedule_id: of.schedule_id,
        agent: of.agent.clone(),
        shown: of.subject.clone(),
    };
    let firing = notices::firing(&told, &about, now);
    if firing.is_none() {
        tracing::warn!(
            escalation = of.id,
            about = of.subject,
            "the notification group `{group}` tells nobody: it has no trigger {}",
            stored.trigger()
        );
    }
    firing
}

/// Says that somebody looks after what was told: nothing follows any more.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Unknown`], or [`Error::Refused`] where somebody has done so before.
pub async fn acknowledge(app: &App, caller: &Caller, id: i64, reason: Option<&str>) -> Result<()> {
    caller.must("acknowledge notifications", &[Privilege::Notifications])?;
    let (at, caller) = (app.now_micros(), caller.name().to_owned());
    let reason = reason.map(ToOwned::to_owned);
    app.db()
        .write(move |tx| {
            let (caller, reason) = (caller.clone(), reason.clone());
            Box::pin(async move {
                let unknown = || Error::Unknown {
                    what: "escalation",
                    name: id.to_string(),
                    hint: "; `ringmaster escalation list` shows those that are open".to_owned(),
                };
                let of = escalation::lock_one(tx, id).await?.ok_or_else(unknown)?;
                if let Some(by) = &of.acknowledged_by {
                    return Err(Error::Refused(format!("{by} has acknowledged it already")));
                }
                let next = advance(&[], state(&of)?, Event::Acknowledged).next;
                let step = Step {
                    state: serde_json::to_string(&next).unwrap_or_default(),
                    due_at: None,
                    ended_at: Some(at),
                    acknowledged_by: Some(caller.clone()),
                };
                escalation::step(tx, id, &step).await?;
                let record = NewRecord {
                    at,
                    caller,
                    action: "escalation.acknowledge",
                    subject: format!("{id}: {}", of.subject),
                    reason,
                    old_value: None,
                    new_value: None,
                };
                Ok(audit::append(tx, &record).await?)
            })
        })
        .await
}

/// Forgets escalations that ended two weeks ago. Says how many they were.
///
/// # Errors
/// The database did not do it.
pub async fn forget_escalations(app: &App) -> Result<u64> {
    let before = app.now().saturating_sub(KEPT_FOR).unwrap_or(Timestamp::UNIX_EPOCH);
    let before = sql::to_micros(before);
    let write = app.db().write(move |tx| {
        Box::pin(async move { escalation::expire(tx, before, i64::from(u16::MAX)).await })
    });
    Ok(write.await?)
}

fn state(of: &Escalation) -> Result<State> {
    read(of, &of.state)
}

pub(super) fn read<T: serde::de::DeserializeOwned>(of: &Escalation, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|why| Error::Stored {
        what: format!("escalation {}", of.id),
        why: why.to_string(),
    })
}
