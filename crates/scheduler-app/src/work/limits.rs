//! Thresholds that a job waits for, and units of resources that it takes.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use scheduler_core::dependency::{Asker, Change, Grant, LOCK_HOLD_SECONDS, Lock, Resource, ask};
use scheduler_core::event::JobStatusTrigger;
use scheduler_core::job::{Job, State};
use scheduler_core::name::FrequencyName;
use scheduler_store::{WaitKey, limit};

use super::Work;
use crate::body::frequency_use;
use crate::error::Result;

/// Units by resource.
pub(super) type Units = BTreeMap<String, u32>;

/// All thresholds and resources.
pub(super) struct Limits {
    pub(super) thresholds: BTreeMap<String, i64>,
    pub(super) resources: BTreeMap<String, limit::Resource>,
}

impl Limits {
    async fn load(tx: &mut sql::Tx<'_>) -> Result<Self> {
        let thresholds = limit::thresholds(tx).await?.into_iter().collect();
        let resources = limit::resources(tx).await?.into_iter();
        Ok(Self {
            thresholds,
            resources: resources.map(|each| (each.resource.clone(), each)).collect(),
        })
    }
}

/// Whether a job waits for anything, an operator among it.
pub(super) fn waits(life: &Job) -> bool {
    match life.state {
        State::Waiting { .. } | State::ToBeSkipped | State::Ready | State::Held { .. } => true,
        State::UnderConstruction | State::Live(_) | State::Ended { .. } => false,
    }
}

impl Work<'_, '_> {
    /// Whether the thresholds of a job have their values and its resources their units: what it takes, or else what wakes it.
    pub(super) async fn limits_of(
        &mut self,
        id: i64,
    ) -> Result<std::result::Result<Units, WaitKey>> {
        let Some(job) = self.jobs.get(&id) else { return Ok(Ok(Units::new())) };
        let definition = job.definition.clone();
        if definition.thresholds.is_empty() && definition.resources.is_empty() {
            return Ok(Ok(Units::new()));
        }
        let priority = u16::try_from(job.row.priority).unwrap_or(u16::MAX);
        let frequency = self.frequency_of(id).await?;
        let counts = |only: &Option<FrequencyName>| only.is_none() || *only == frequency;
        self.limits().await?;
        for each in definition.thresholds.iter().filter(|each| counts(&each.frequency)) {
            let name = each.threshold.as_str();
            let value = self.limits().await?.thresholds.get(name).copied().unwrap_or(0);
            if !each.is_met(i32::try_from(value).unwrap_or(i32::MAX)) {
                return Ok(Err(WaitKey::Threshold(name.to_owned())));
            }
        }
        let mut units = Units::new();
        let asker = Asker { job: id, priority };
        for each in definition.resources.iter().filter(|each| counts(&each.frequency)) {
            let name = each.resource.as_str();
            let resource = self.resource(name).await?;
            match ask(&resource, each.take, asker, self.now) {
                Grant::Take(taken) => {
                    units.insert(name.to_owned(), taken);
                }
                Grant::Lock => {
                    self.change(name, |row| {
                        (row.lock_job_id, row.lock_priority) =
                            (Some(id), Some(i64::from(priority)));
                    })
                    .await?;
                    return Ok(Err(WaitKey::Resource(name.to_owned())));
                }
                Grant::Wait => return Ok(Err(WaitKey::Resource(name.to_owned()))),
            }
        }
        Ok(Ok(units))
    }

    /// A resource with the lock that counts. One whose owner does not wait any more is gone.
    async fn resource(&mut self, name: &str) -> Result<Resource<i64>> {
        let Some(row) = self.limits().await?.resources.get(name).cloned() else {
            return Ok(Resource { max: 0, in_use: 0, lock: None });
        };
        let mut lock = None;
        if let Some(owner) = row.lock_job_id {
            self.load_jobs([owner]).await?;
            let waiting = self.jobs.get(&owner).filter(|job| waits(&job.life));
            lock = waiting.map(|job| Lock {
                owner,
                priority: u16::try_from(row.lock_priority.unwrap_or(0)).unwrap_or(0),
                on_hold_since: match job.life.state {
                    State::Held { since } => Some(since),
                    _ => None,
                },
            });
        }
        let number = |count: i64| u32::try_from(count).unwrap_or(0);
        Ok(Resource { max: number(row.maximum), in_use: number(row.used), lock })
    }

    /// Takes away locks that do not count any more, and wakes whom they have kept away: their owners do not wait, are gone, or have been on hold
    /// for too long. Says when the next one ceases to count.
    pub(crate) async fn release_locks(&mut self) -> Result<Option<Timestamp>> {
        let locked = limit::locked(self.tx).await?;
        let mut next: Option<Timestamp> = None;
        for name in locked {
            let Some(lock) = self.resource(&name).await?.lock else {
                self.unlock(&name).await?;
                continue;
            };
            let Some(since) = lock.on_hold_since else { continue };
            let limit = SignedDuration::from_secs(LOCK_HOLD_SECONDS);
            let until = since.saturating_add(limit).unwrap_or(Timestamp::MAX);
            if until < self.now {
                self.unlock(&name).await?;
            } else {
                next = Some(next.map_or(until, |next| next.min(until)));
            }
        }
        // The first instant after it.
        Ok(next.map(|until| until.saturating_add(SignedDuration::from_micros(1)).unwrap_or(until)))
    }

    async fn unlock(&mut self, name: &str) -> Result<()> {
        self.change(name, |row| (row.lock_job_id, row.lock_priority) = (None, None)).await?;
        self.freed.insert(WaitKey::Resource(name.to_owned()));
        Ok(())
    }

    /// A job that does not wait any more keeps nobody away.
    pub(super) async fn drop_locks(&mut self, id: i64) -> Result<()> {
        let Some(job) = self.jobs.get(&id) else { return Ok(()) };
        if job.definition.resources.is_empty() {
            return Ok(());
        }
        let rows = self.limits().await?.resources.values();
        let own = rows.filter(|row| row.lock_job_id == Some(id)).map(|row| row.resource.clone());
        for name in own.collect::<Vec<_>>() {
            self.unlock(&name).await?;
        }
        Ok(())
    }

    /// Changes the thresholds and resources that a job changes at a moment. False where a threshold cannot be changed: it is
    /// not there, or would become too large.
    pub(super) async fn update_limits(&mut self, id: i64, on: JobStatusTrigger) -> Result<bool> {
        let Some(job) = self.jobs.get(&id) else { return Ok(true) };
        let definition = job.definition.clone();
        if definition.threshold_updates.is_empty() && definition.resource_updates.is_empty() {
            return Ok(true);
        }
        let frequency = self.frequency_of(id).await?;
        let counts = |only: &Option<FrequencyName>| only.is_none() || *only == frequency;
        let mut is_whole = true;
        let updates = definition.threshold_updates.iter();
        for each in updates.filter(|each| each.on == on && counts(&each.frequency)) {
            is_whole &= self.change_threshold(each.threshold.as_str(), each.change).await?;
        }
        let updates = definition.resource_updates.iter();
        for each in updates.filter(|each| each.on == on && counts(&each.frequency)) {
            let name = each.resource.as_str();
            self.change(name, |row| row.maximum = i64::from(each.max)).await?;
            self.freed.insert(WaitKey::Resource(name.to_owned()));
        }
        Ok(is_whole)
    }

    async fn change_threshold(&mut self, name: &str, change: Change) -> Result<bool> {
        let Some(value) = self.limits().await?.thresholds.get_mut(name) else {
            tracing::warn!(threshold = name, "a job changes a threshold that is not there");
            return Ok(false);
        };
        let next = i32::try_from(*value).ok().and_then(|value| change.apply(value));
        let Some(next) = next else {
            tracing::warn!(threshold = name, value = *value, "a threshold would become too large");
            return Ok(false);
        };
        *value = i64::from(next);
        self.installation = None;
        limit::set_threshold(self.tx, name, i64::from(next)).await?;
        self.freed.insert(WaitKey::Threshold(name.to_owned()));
        Ok(true)
    }

    /// The frequency by which a job runs.
    pub(super) async fn frequency_of(&mut self, id: i64) -> Result<Option<FrequencyName>> {
        let Some(job) = self.jobs.get(&id) else { return Ok(None) };
        let (definition, schedule_id, use_index) =
            (job.definition.clone(), job.row.schedule_id, job.row.use_index);
        let schedule = self.load_schedule(schedule_id).await?.map(|each| each.definition.clone());
        let of =
            schedule.as_ref().and_then(|schedule| frequency_use(&definition, schedule, use_index));
        Ok(of.map(|of| of.frequency.clone()))
    }

    /// Takes units, or gives them back.
    pub(super) async fn take_units(
        &mut self,
        id: i64,
        units: &Units,
        is_taken: bool,
    ) -> Result<()> {
        for (name, units) in units {
            let more = if is_taken { i64::from(*units) } else { -i64::from(*units) };
            self.change(name, |row| {
                row.used += more;
                if row.lock_job_id == Some(id) {
                    (row.lock_job_id, row.lock_priority) = (None, None);
                }
            })
            .await?;
            if !is_taken {
                self.freed.insert(WaitKey::Resource(name.to_owned()));
            }
        }
        Ok(())
    }

    pub(super) async fn change(
        &mut self,
        name: &str,
        with: impl FnOnce(&mut limit::Resource),
    ) -> Result<()> {
        let Some(row) = self.limits().await?.resources.get_mut(name) else { return Ok(()) };
        with(row);
        let row = row.clone();
        self.installation = None;
        Ok(limit::update_resource(self.tx, &row).await?)
    }

    pub(super) async fn limits(&mut self) -> Result<&mut Limits> {
        if self.limits.is_none() {
            self.limits = Some(Limits::load(self.tx).await?);
        }
        Ok(self.limits.as_mut().expect("just loaded"))
    }
}
