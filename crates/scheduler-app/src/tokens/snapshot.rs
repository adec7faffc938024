//! What is loaded, and what was asked for and is not.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;
use scheduler_core::property::{
    Find, JobFacts, JobKey, MachineFacts, Place, ResourceUnits, ScheduleFacts, ScheduleKey, Secret,
    Store,
};

use crate::secrets::PropertySecrets;

/// Names and values.
pub(super) type Values = IndexMap<String, String>;

/// What belongs to no date, as it was at one moment.
#[derive(Default)]
pub(crate) struct Installation {
    /// Global properties; none for an encrypted one.
    pub(super) globals: BTreeMap<String, Option<String>>,
    pub(super) machines: BTreeMap<String, (MachineFacts, Values)>,
    pub(super) thresholds: BTreeMap<String, i64>,
    pub(super) resources: BTreeMap<String, ResourceUnits>,
}

/// What is loaded.
#[derive(Default)]
pub(super) struct Snapshot {
    pub(super) installation: Arc<Installation>,
    /// Daily schedules that were looked for; none for one that is not there.
    pub(super) schedules: HashMap<ScheduleKey, Option<(ScheduleFacts, Values)>>,
    /// Daily jobs that were looked for.
    pub(super) jobs: HashMap<JobKey, Option<(JobFacts, Values)>>,
    /// Values of encrypted properties; none where nothing is for an agent.
    pub(super) secrets: Option<PropertySecrets>,
    /// Why some of them could not be read.
    pub(super) unread: RefCell<BTreeSet<String>>,
    /// What was asked for and not looked for yet.
    pub(super) asked: RefCell<Asked>,
}

/// What is to be loaded.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) schedules: BTreeSet<ScheduleKey>,
    pub(super) jobs: BTreeSet<JobKey>,
}

impl Snapshot {
    fn job_of(&self, key: &JobKey) -> Option<&(JobFacts, Values)> {
        match self.jobs.get(key) {
            Some(found) => found.as_ref(),
            None => {
                self.asked.borrow_mut().jobs.insert(key.clone());
                None
            }
        }
    }

    fn schedule_of(&self, key: &ScheduleKey) -> Option<&(ScheduleFacts, Values)> {
        match self.schedules.get(key) {
            Some(found) => found.as_ref(),
            None => {
                self.asked.borrow_mut().schedules.insert(key.clone());
                None
            }
        }
    }

    fn values(&self, place: &Place) -> Option<&Values> {
        match place {
            Place::Machine(name) => self.installation.machines.get(name).map(|(_, values)| values),
            Place::Schedule(key) => self.schedule_of(key).map(|(_, values)| values),
            Place::Job(key) => self.job_of(key).map(|(_, values)| values),
            Place::Global | Place::Thresholds | Place::Resources => None,
        }
    }
}

impl Store for Snapshot {
    fn find(&self, place: &Place, name: &str) -> Find {
        if let Place::Global = place {
            return match self.installation.globals.get(name) {
                Some(Some(value)) => Find::Value(value.clone()),
                Some(None) => Find::Encrypted,
                None => Find::NoProperty,
            };
        }
        match self.values(place) {
            None => Find::NoObject,
            Some(values) => {
                values.get(name).map_or(Find::NoProperty, |value| Find::Value(value.clone()))
            }
        }
    }

    fn secret(&self, place: &Place, name: &str) -> Option<Secret> {
        // Only global properties are encrypted.
        let Place::Global = place else { return None };
        match self.secrets.as_ref()?.value(name) {
            Ok(value) => Some(Secret::new(value.expose())),
            Err(why) => {
                self.unread.borrow_mut().insert(why);
                None
            }
        }
    }

    fn job(&self, job: &JobKey) -> Option<JobFacts> {
        self.job_of(job).map(|(facts, _)| facts.clone())
    }

    fn schedule(&self, schedule: &ScheduleKey) -> Option<ScheduleFacts> {
        self.schedule_of(schedule).map(|(facts, _)| facts.clone())
    }

    fn machine(&self, name: &str) -> Option<MachineFacts> {
        self.installation.machines.get(name).map(|(facts, _)| facts.clone())
    }

    fn threshold(&self, name: &str) -> Option<i64> {
        self.installation.thresholds.get(name).copied()
    }

    fn resource(&self, name: &str) -> Option<ResourceUnits> {
        self.installation.resources.get(name).copied()
    }

    fn names(&self, place: &Place) -> Vec<String> {
        match place {
            Place::Global => self.installation.globals.keys().cloned().collect(),
            Place::Thresholds => self.installation.thresholds.keys().cloned().collect(),
            Place::Resources => self.installation.resources.keys().cloned().collect(),
            Place::Machine(_) | Place::Schedule(_) | Place::Job(_) => self
                .values(place)
                .map(|values| values.keys().cloned().collect())
                .unwrap_or_default(),
        }
    }
}
