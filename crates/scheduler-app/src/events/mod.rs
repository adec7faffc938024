//! Events at work: what has been triggered is performed, one event after the other, each in one transaction with the word
//! that it is performed. A process that is killed goes on with the next one.
//!
//! An event that cannot be performed is refused, by name and with its reason in the audit; the others of its firing are
//! performed all the same.

mod add;
mod definitions;
mod find;
mod jobs;
mod limits;
mod machines;
mod maintenance;
mod messages;
mod perform;
mod properties;
mod ready;
mod schedules;
mod tell;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use scheduler_core::schedule::ad_hoc;
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::firing::{self, Firing};
use scheduler_store::{daily_job, daily_schedule};

use crate::App;
use crate::error::{Error, Result};
use crate::work::{Done, Reply, Triggered, Work};
pub(crate) use limits::changed;
pub(crate) use maintenance::failed as maintenance_failed;
use ready::Ready;
pub(crate) use ready::server_options;

/// Firings that are read at once.
const FIRINGS: i64 = 100;

/// How often an event is tried that takes longer than a transaction may, before it is refused: it holds up those behind it.
const TRIES_MAX: u32 = 3;

/// Performs all events that have been triggered, the oldest first, and says how many they were.
///
/// # Errors
/// The database did not do it, or this process is fenced off. What was performed stays so.
pub async fn perform(app: &App) -> Result<usize> {
    let mut performed = 0;
    // Firings of which not even a refusal could be stored.
    let mut left = BTreeSet::new();
    loop {
        let ids = app
            .db()
            .read_one(|tx| Box::pin(async move { firing::oldest(tx, FIRINGS).await }))
            .await?;
        let ids: Vec<i64> = ids.into_iter().filter(|id| !left.contains(id)).collect();
        if ids.is_empty() {
            return Ok(performed);
        }
        for id in ids {
            match all_of(app, id).await {
                Ok(count) => performed += count,
                Err(why) if is_refusal(&why) => {
                    tracing::error!(firing = id, "its events cannot be performed: {}", why.told());
                    left.insert(id);
                }
                Err(why) => return Err(why),
            }
        }
    }
}

/// Performs the events of a firing.
async fn all_of(app: &App, id: i64) -> Result<usize> {
    let mut performed = 0;
    while one(app, id).await? {
        performed += 1;
    }
    Ok(performed)
}

/// Performs the next event of a firing; false when it has none any more.
async fn one(app: &App, id: i64) -> Result<bool> {
    let found =
        app.db().read(move |tx| Box::pin(async move { firing::find(tx, id).await })).await?;
    let Some(firing) = found else { return Ok(false) };
    let events: Vec<Triggered> = read(&firing.events, id).unwrap_or_default();
    let next = usize::try_from(firing.performed).unwrap_or(usize::MAX);
    let Some(event) = events.get(next) else {
        store(app, &firing, true, Arc::new(Step::None)).await?;
        return Ok(false);
    };
    let is_last = next + 1 == events.len();
    for tries in 1.. {
        match try_one(app, &firing, event, is_last).await {
            Err(why) if is_too_long(&why) && tries < TRIES_MAX => {}
            // It is planned anew.
            Err(Error::Revision { .. }) if tries < TRIES_MAX => {}
            Err(why) if is_refusal(&why) => {
                refuse(app, &firing, event, is_last, &why).await?;
                break;
            }
            done => {
                done?;
                break;
            }
        }
    }
    Ok(!is_last)
}

/// Performs an event as it is.
async fn try_one(app: &App, firing: &Firing, event: &Triggered, is_last: bool) -> Result<()> {
    let step = Arc::new(Step::of(app, firing, event).await?);
    match store(app, firing, is_last, Arc::clone(&step)).await {
        Err(why) if is_refusal(&why) && !is_too_long(&why) => {
            let refused = Step::refused(step.event().unwrap_or(&event.event), &why);
            store(app, firing, is_last, Arc::new(refused)).await
        }
        done => done,
    }
}

/// Refuses an event for which the database took too long, or of which it refuses to store even why it is refused.
async fn refuse(
    app: &App,
    firing: &Firing,
    event: &Triggered,
    is_last: bool,
    why: &Error,
) -> Result<()> {
    // The words of the event may be what cannot be stored.
    let text: String = event.event.chars().filter(|sign| !sign.is_control()).collect();
    let refused = Step::Refused { event: text, why: why.told() };
    store(app, firing, is_last, Arc::new(refused)).await
}

/// What is done for one event.
enum Step {
    /// There is none.
    None,
    /// Its condition is not true.
    PassedOver,
    Perform(Box<Ready>),
    Refused {
        event: String,
        why: String,
    },
}

impl Step {
    async fn of(app: &App, firing: &Firing, event: &Triggered) -> Result<Self> {
        match ready::ready(app, firing, event).await {
            Ok(Some(ready)) => Ok(Self::Perform(Box::new(ready))),
            Ok(None) => Ok(Self::PassedOver),
            Err(why) if is_refusal(&why) && !is_too_long(&why) => {
                Ok(Self::refused(&event.event, &why))
            }
            Err(why) => Err(why),
        }
    }

    fn refused(event: &str, why: &Error) -> Self {
        Self::Refused { event: event.to_owned(), why: why.to_string() }
    }

    fn event(&self) -> Option<&str> {
        match self {
            Self::Perform(ready) => Some(&ready.text),
            Self::Refused { event, .. } => Some(event),
            Self::None | Self::PassedOver => None,
        }
    }
}

/// Whether an event is refused for it, instead of tried again.
fn is_refusal(why: &Error) -> bool {
    match why {
        Error::Refused(_)
        | Error::Unknown { .. }
        | Error::Forbidden { .. }
        | Error::Definitions(_)
        | Error::TooLarge(_)
        | Error::Stored { .. } => true,
        // A statement that the database refuses is refused each time, and must not hold up the events behind it; and so it is with
        // what takes too long.
        Error::Sql(why) => !why.is_unavailable() || why.is_too_long(),
        Error::Fenced | Error::Revision { .. } => false,
    }
}

fn is_too_long(why: &Error) -> bool {
    matches!(why, Error::Sql(why) if why.is_too_long())
}

/// Does what is to be done for an event and says so, in one transaction.
async fn store(app: &App, firing: &Firing, is_last: bool, step: Arc<Step>) -> Result<()> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let before = firing.clone();
    let done = app
        .db()
        .write(move |tx| {
            let (bodies, step, before) = (Arc::clone(&bodies), Arc::clone(&step), before.clone());
            Box::pin(async move {
                match firing::lock(tx, before.id).await? {
                    Some(found) if found.performed == before.performed => {}
                    // Another process has performed it.
                    Some(_) | None => return Ok(Done::default()),
                }
                let mut work = Work::begin(tx, bodies, now, life).await?;
                let record = carry_out(&mut work, &before, &step).await?;
                if let Some(record) = record {
                    audit::append(work.tx(), &record).await?;
                }
                advance(&mut work, before, is_last, &step).await?;
                work.finish().await
            })
        })
        .await?;
    app.wakes().after(done);
    app.wakes().advance.wake();
    app.wakes().tell();
    app.wakes().build.wake();
    Ok(())
}

async fn carry_out(
    work: &mut Work<'_, '_>,
    firing: &Firing,
    step: &Step,
) -> Result<Option<NewRecord>> {
    let (event, value) = match step {
        Step::None | Step::PassedOver => return Ok(None),
        Step::Perform(ready) => {
            work.asked_by(&format!("event:{}", ready.origin.shown), None);
            (ready.text.clone(), perform::perform(work, ready).await?)
        }
        Step::Refused { event, why } => {
            tracing::warn!(event, firing = firing.id, "an event was refused: {why}");
            // What fails while that is told of is told of no more.
            if let Some(what) =
                maintenance::of_event(event).filter(|_| firing.maintenance.is_none())
            {
                let now = work.now();
                maintenance::failed(work.tx(), what, now).await?;
            }
            (event.clone(), format!("refused: {why}"))
        }
    };
    let caller = match step {
        Step::Perform(ready) => format!("event:{}", ready.origin.shown),
        Step::None | Step::PassedOver | Step::Refused { .. } => caller(work.tx(), firing).await?,
    };
    Ok(Some(NewRecord {
        at: sql::to_micros(work.now()),
        caller,
        action: "event",
        subject: event,
        reason: None,
        old_value: None,
        new_value: Some(value),
    }))
}

/// Whose event it is, as the audit names it: `event:2026-11-23/Night/Load`.
async fn caller(tx: &mut sql::Tx<'_>, firing: &Firing) -> Result<String> {
    let job = match firing.job_id {
        None => None,
        Some(id) => daily_job::by_ids(tx, &sql::id_list([id])).await?.into_iter().next(),
    };
    let schedule = job.as_ref().map(|job| job.schedule_id).or(firing.schedule_id);
    let schedule = match schedule {
        None => None,
        Some(id) => daily_schedule::by_ids(tx, &sql::id_list([id])).await?.into_iter().next(),
    };
    let schedule = schedule.map(|of| format!("{}/{}", of.date, of.name));
    Ok(match (schedule, job, &firing.agent) {
        (Some(schedule), Some(job), _) => format!("event:{schedule}/{}", job.name),
        (Some(schedule), None, _) => format!("event:{schedule}"),
        (None, _, None) if firing.maintenance.is_some() => {
            let job = firing.maintenance.as_deref().unwrap_or_default();
            format!("event:{}/{job}", ad_hoc::NAME)
        }
        (None, _, Some(agent)) => format!("event:agent {agent}"),
        (None, _, None) => "event".to_owned(),
    })
}

/// Says how far the firing has come. After its last event who waits is told.
async fn advance(
    work: &mut Work<'_, '_>,
    mut firing: Firing,
    is_last: bool,
    step: &Step,
) -> Result<()> {
    firing.performed += 1;
    firing.refused += i64::from(matches!(step, Step::Refused { .. }));
    if !is_last {
        return Ok(firing::advance(work.tx(), firing.id, firing.performed, firing.refused).await?);
    }
    firing::remove(work.tx(), firing.id).await?;
    if let Some(reply) = &firing.reply
        && let Some(reply) = read::<Reply>(reply, firing.id)
    {
        work.reply(&firing, reply);
    }
    Ok(())
}

/// What is stored of a firing; none where it is damaged, which must not hold up the firings behind it.
fn read<T: serde::de::DeserializeOwned>(text: &str, firing: i64) -> Option<T> {
    let read = serde_json::from_str(text);
    read.inspect_err(|why| {
        tracing::error!(firing, "what is stored of its events is damaged: {why}");
    })
    .ok()
}
