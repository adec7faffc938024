//! Resources: units that jobs take while they run, the lock of those who want all, and changes of their
//! number.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::JobStatusTrigger;
use crate::name::{FrequencyName, ResourceName};
use crate::problem::Problem;

/// A job on hold keeps its lock on a resource for this long, in seconds (`opcon-domain 1.6`).
pub const LOCK_HOLD_SECONDS: i64 = 120;

/// The job takes units of a resource while it runs, and waits for them before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceDependency {
    /// The resource.
    pub resource: ResourceName,
    /// How much of it: `{ units: 2 }`, or `all`, which keeps jobs of the same or a lower priority away until
    /// nothing is in use any more.
    pub take: Claim,
    /// Only when the job runs by this frequency; always if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<FrequencyName>,
}

impl ResourceDependency {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Problem> {
        match self.take {
            Claim::Units(units) => {
                let max = i32::MAX.into();
                Problem::range("take.units", units.into(), 1, max).into_iter().collect()
            }
            Claim::All => Vec::new(),
        }
    }
}

/// How much of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Claim {
    /// So many units, 1 or more.
    Units(u32),
    /// All there are.
    All,
}

/// A resource at a moment. `J` is what names a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource<J> {
    /// Units there are. May be fewer than are in use, when the number was lowered.
    pub max: u32,
    /// Units taken by running jobs.
    pub in_use: u32,
    /// A job that waits for all of it.
    pub lock: Option<Lock<J>>,
}

/// A job that waits for all units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock<J> {
    /// Which.
    pub owner: J,
    /// Its priority.
    pub priority: u16,
    /// Since when it is on hold.
    pub on_hold_since: Option<Timestamp>,
}

/// A job that asks for units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker<J> {
    /// Which.
    pub job: J,
    /// Its priority, 0 (low) to 32767.
    pub priority: u16,
}

/// The answer to a job that asks for units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grant {
    /// It gets so many. A job that depends on several resources takes them together or none.
    Take(u32),
    /// It waits, and keeps others away from now on.
    Lock,
    /// It waits.
    Wait,
}

impl<J: Copy + PartialEq> Resource<J> {
    /// The lock that counts at `now`: none when its owner has been on hold for too long.
    pub fn lock_at(&self, now: Timestamp) -> Option<Lock<J>> {
        let limit = SignedDuration::from_secs(LOCK_HOLD_SECONDS);
        self.lock.filter(|lock| {
            lock.on_hold_since.is_none_or(|since| now.duration_since(since) <= limit)
        })
    }
}

/// What a job gets of a resource at `now`.
///
/// A locked resource serves only its owner and jobs of a higher priority. Who wants all of one that is in
/// use locks it, and takes the lock from an owner of lower priority.
pub fn ask<J: Copy + PartialEq>(
    resource: &Resource<J>,
    claim: Claim,
    asker: Asker<J>,
    now: Timestamp,
) -> Grant {
    let lock = resource.lock_at(now);
    let is_owner = lock.is_some_and(|lock| lock.owner == asker.job);
    let is_kept_away = lock.is_some_and(|lock| asker.priority <= lock.priority) && !is_owner;
    match claim {
        _ if is_kept_away => Grant::Wait,
        Claim::Units(units) if units <= resource.max.saturating_sub(resource.in_use) => {
            Grant::Take(units)
        }
        Claim::Units(_) => Grant::Wait,
        Claim::All if resource.max > 0 && resource.in_use == 0 => Grant::Take(resource.max),
        Claim::All if is_owner => Grant::Wait,
        Claim::All => Grant::Lock,
    }
}

/// The number of units there are of a resource changes at a moment of the job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceUpdate {
    /// When; not `start_attempted`.
    pub on: JobStatusTrigger,
    /// The resource.
    pub resource: ResourceName,
    /// Units there are from then on.
    pub max: u32,
    /// Only when the job runs by this frequency; always if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<FrequencyName>,
}

impl ResourceUpdate {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Problem> {
        let max = i32::MAX.into();
        let mut problems: Vec<_> =
            Problem::range("max", self.max.into(), 0, max).into_iter().collect();
        if self.on == JobStatusTrigger::StartAttempted {
            let message = "start_attempted is only for thresholds; use a threshold_update";
            problems.push(Problem::new("on", message));
        }
        problems
    }
}
