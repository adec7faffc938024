//! The clock by which a database lives: that of the machine, or an accelerated one, for ever the same.
//!
//! Times of both kinds in one plan could not be told apart: jobs of a rehearsal would stand years ahead, and real ones would
//! count as missed.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use jiff::Timestamp;
use kit::{LeapClock, SharedClock};
use scheduler_store::node::{self, Valid};
use scheduler_store::server_state;
use sql::Db;

use crate::app::LEASE;
use crate::error::{Error, Result};

/// How a clock is accelerated: it leaps to what is due next while nothing goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accelerated {
    /// What it shows at first, where it has not come further already. Without it, the time of the machine.
    pub start: Option<Timestamp>,
    /// It does not leap beyond this instant.
    pub stop: Option<Timestamp>,
}

/// The clock of a process of this name, for a database whose schema is up to date. The first one decides by which clock the
/// database lives.
///
/// # Errors
/// [`Error::Refused`] where the database lives by the other clock, or where an accelerated one would be shared with another process.
pub async fn settle(
    db: &Db,
    machine: SharedClock,
    accelerated: Option<Accelerated>,
    name: &str,
) -> Result<SharedClock> {
    let wanted = if accelerated.is_some() { ACCELERATED } else { MACHINE };
    let (now, name) = (machine.now(), name.to_owned());
    let valid = valid_leases(machine.machine());
    let reached = db
        .write(move |tx| {
            let name = name.clone();
            Box::pin(async move {
                let (lives_by, reached) = server_state::clock(tx).await?;
                refuse_other(lives_by.as_deref(), wanted)?;
                if wanted == ACCELERATED {
                    let nodes = node::all(tx).await?;
                    let other = nodes.into_iter().find(|other| other.name != name && valid.has(other.lease_until));
                    if let Some(other) = other {
                        return Err(Error::Refused(format!(
                            "the process `{}` works on this database: an accelerated clock is one process's own; end the other \
                             one, wait until its lease has run out, and start again",
                            other.name
                        )));
                    }
                }
                server_state::set_clock(tx, wanted).await?;
                Ok(reached)
            })
        })
        .await?;
    let Some(accelerated) = accelerated else { return Ok(machine) };
    let reached =
        reached.map(|at| sql::from_micros("server_state", "clock_reached", at)).transpose()?;
    let start = accelerated.start.max(reached).unwrap_or(now);
    Ok(Arc::new(LeapClock::new(machine, start, accelerated.stop)))
}

/// Whether a database lives by an accelerated clock.
///
/// # Errors
/// It could not be read.
pub async fn is_accelerated(db: &Db) -> Result<bool> {
    let (lives_by, _) =
        db.read(|tx| Box::pin(async move { server_state::clock(tx).await })).await?;
    Ok(lives_by.as_deref() == Some(ACCELERATED))
}

/// What is stored of the clock of the machine.
const MACHINE: &str = "machine";
/// What is stored of an accelerated clock.
const ACCELERATED: &str = "accelerated";

fn refuse_other(lives_by: Option<&str>, wanted: &str) -> Result<()> {
    match lives_by {
        Some(ACCELERATED) if wanted == MACHINE => Err(Error::Refused(
            "this database lives by an accelerated clock, and its times are those of a rehearsal: start with `--accelerated`, or use \
             another data folder or database for real work"
                .to_owned(),
        )),
        Some(MACHINE) if wanted == ACCELERATED => Err(Error::Refused(
            "this database lives by the clock of the machine, and its plan would be spoilt by leaps: start without `--accelerated`, or \
             use another data folder or database for the rehearsal (`ringmaster export` gives the definitions)"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

/// How far ahead of this process another one's clock may be, in leases.
const AHEAD: i32 = 1;

/// The leases that count when the clock of the machine shows `machine`.
pub(crate) fn valid_leases(machine: Timestamp) -> Valid {
    let to = machine.saturating_add(LEASE * (1 + AHEAD)).unwrap_or(Timestamp::MAX);
    Valid { from: sql::to_micros(machine), to: sql::to_micros(to) }
}

/// A clock that goes back by less is only corrected; in microseconds.
const CORRECTED: i64 = 1_000_000;

/// The latest time that this process has seen, in microseconds.
#[derive(Debug)]
pub(crate) struct Latest(AtomicI64);

impl Latest {
    /// Of a process whose earlier life has seen a time; none where there was no earlier one.
    pub(crate) fn new(seen: Option<Timestamp>) -> Self {
        Self(AtomicI64::new(seen.map_or(i64::MIN, sql::to_micros)))
    }

    /// What the clock had shown before it was put back to `now`; none where it was not.
    pub(crate) fn put_back_from(&self, now: i64) -> Option<i64> {
        let latest = self.0.load(Ordering::SeqCst);
        (latest.saturating_sub(now) > CORRECTED).then_some(latest)
    }

    /// It is known that the clock shows this.
    pub(crate) fn set(&self, now: i64) {
        self.0.store(now, Ordering::SeqCst);
    }
}

/// Messages that are being sent. What is sent at present cannot be told by its row from what is to be sent again.
#[derive(Debug, Default)]
pub(crate) struct Sending {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Sending {
    /// Something may be sent until the answer is dropped.
    pub(crate) fn begin(&self) -> Ended<'_> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        Ended(&self.ended)
    }

    /// A number that is another one once something has been sent; none while something is.
    pub(crate) fn quiet(&self) -> Option<u64> {
        let ended = self.ended.load(Ordering::SeqCst);
        (self.begun.load(Ordering::SeqCst) == ended).then_some(ended)
    }
}

/// Something may be sent until this is dropped.
#[must_use]
pub(crate) struct Ended<'a>(&'a AtomicU64);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
