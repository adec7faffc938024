//! Definitions with every reference resolved: what builds, forecasts and checks are made from.
//!
//! Names become numbers once, here. After that a build touches each job, each use of a frequency and each
//! dependency once, whatever the number of jobs (`architecture.md`, decision 5: counted, not searched).

mod contexts;
mod dependencies;
mod make;

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::calendar::WorkingDays;
use crate::definition::{AutoBuild, StartFrom};
use crate::dependency::OffsetRule;
use crate::frequency::Use;
use crate::job::Recurrence;
use crate::name::{FrequencyName, InstanceName, JobName, PropertyName, ScheduleName};
use crate::time::{Offset, TimeOfDay, Zone};

pub use dependencies::{Dependency, Kind, Target};

/// The number of a schedule of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleId(pub u32);

/// The number of a job of a model, over all schedules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u32);

/// Everything that is planned.
#[derive(Debug)]
pub struct Model {
    schedules: Vec<PlannedSchedule>,
    /// Of jobs and uses only what every build asks of each of them is together: a day of a million jobs is as fast as
    /// memory can be read.
    jobs: Vec<PlannedJob>,
    job_names: Vec<JobName>,
    uses: Vec<JobUse>,
    /// The names of the frequencies of the uses, in the same order.
    frequencies: Vec<FrequencyName>,
    /// The frequencies of the uses, in the same order: what is asked on each date.
    rules: Vec<Use>,
    dependencies: Vec<Dependency>,
    /// The jobs of dependencies on names that are like a pattern.
    alike: Vec<Box<[JobId]>>,
    by_name: IndexMap<ScheduleName, ScheduleId>,
    offset_rule: OffsetRule,
    has_excludes: bool,
}

/// A schedule, as far as planning needs it.
#[derive(Debug)]
pub struct PlannedSchedule {
    /// Its name.
    pub name: ScheduleName,
    /// The zone of its times.
    pub zone: Zone,
    /// When its day begins.
    pub start_time: TimeOfDay,
    /// Its working days.
    pub working: Arc<WorkingDays>,
    /// Whether it runs inside of container jobs only.
    pub is_subschedule: bool,
    /// Whether several of one date may exist.
    pub is_multi_instance: bool,
    /// When it is built by itself.
    pub auto_build: Option<AutoBuild>,
    /// The instances that a build makes; none for a schedule that has one only.
    pub instances: Vec<Instance>,
    /// What their daily schedules are called, in the same order.
    pub instance_names: Vec<String>,
    /// Its jobs.
    pub jobs: Range<u32>,
}

/// One instance of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instance {
    /// For an agent of a group.
    Agent(crate::name::AgentName),
    /// With these properties; the first value names it.
    Properties(IndexMap<PropertyName, String>),
    /// With a name.
    Named(InstanceName),
}

impl Instance {
    /// The name of a named instance.
    pub fn name(&self) -> Option<&InstanceName> {
        match self {
            Self::Named(name) => Some(name),
            Self::Agent(_) | Self::Properties(_) => None,
        }
    }
}

/// A job, as far as planning needs it.
#[derive(Debug)]
pub struct PlannedJob {
    /// Its schedule.
    pub schedule: ScheduleId,
    /// What kind of work it is.
    pub work: Work,
    /// Its uses of frequencies are from here on to those of the next job, what it depends on likewise.
    uses: u32,
    dependencies: u32,
    /// What few jobs have.
    special: Option<Box<Special>>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Special {
    is_disabled: bool,
    copies: Copies,
    presence: Option<Presence>,
}

impl PlannedJob {
    /// Whether it is left out of every build.
    pub fn is_disabled(&self) -> bool {
        self.special.as_ref().is_some_and(|special| special.is_disabled)
    }

    /// What its copies are made from.
    pub fn copies(&self) -> &Copies {
        self.special.as_ref().map_or(&Copies::One, |special| &special.copies)
    }

    /// The instances of its schedule in which it is; none for all.
    pub fn presence(&self) -> Option<&Presence> {
        self.special.as_ref().and_then(|special| special.presence.as_ref())
    }
}

/// What kind of work a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Nothing.
    Null,
    /// An agent carries it out.
    Agent,
    /// A subschedule; none where it is not there.
    Container(Option<ScheduleId>),
}

/// How many jobs of a day come from one job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Copies {
    /// One.
    #[default]
    One,
    /// One for each agent or set of properties: their names.
    Each(Box<[String]>),
}

/// The named instances of its schedule in which a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// In these only; none for all.
    pub only: Option<Vec<InstanceName>>,
    /// In these not.
    pub except: Vec<InstanceName>,
}

/// A job's use of a frequency, as far as planning needs it.
#[derive(Debug)]
pub struct JobUse {
    /// When the job may start.
    pub start: Offset,
    /// From what it counts.
    pub start_from: StartFrom,
    /// After this it is not started any more; zero for no limit.
    pub latest_start: Offset,
    /// How long it is expected to run, in minutes.
    pub estimated_minutes: u16,
    /// Which of several jobs gets a free slot.
    pub priority: u16,
    /// Further runs.
    pub recurrence: Option<Box<Recurrence>>,
}

impl Model {
    /// All schedules, in the order of their definitions.
    pub fn schedules(&self) -> impl ExactSizeIterator<Item = (ScheduleId, &PlannedSchedule)> {
        (0..).map(ScheduleId).zip(&self.schedules).collect::<Vec<_>>().into_iter()
    }

    /// A schedule.
    pub fn schedule(&self, id: ScheduleId) -> &PlannedSchedule {
        &self.schedules[id.0 as usize]
    }

    /// The schedule of that name.
    pub fn schedule_named(&self, name: &str) -> Option<ScheduleId> {
        self.by_name.get(name).copied()
    }

    /// The names of all schedules.
    pub fn schedule_names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(ScheduleName::as_str)
    }

    /// A job.
    pub fn job(&self, id: JobId) -> &PlannedJob {
        &self.jobs[id.0 as usize]
    }

    /// The name of a job.
    pub fn job_name(&self, id: JobId) -> &JobName {
        &self.job_names[id.0 as usize]
    }

    /// All jobs.
    pub fn jobs(&self) -> impl Iterator<Item = (JobId, &PlannedJob)> {
        (0..).map(JobId).zip(&self.jobs)
    }

    /// How many jobs there are.
    pub fn jobs_len(&self) -> usize {
        self.jobs.len()
    }

    /// The uses of frequencies of a job, the highest priority first.
    pub fn uses(&self, job: JobId) -> &[JobUse] {
        &self.uses[self.range_of_uses(job)]
    }

    /// The names of the frequencies of [`Self::uses`], in the same order.
    pub fn frequencies(&self, job: JobId) -> &[FrequencyName] {
        &self.frequencies[self.range_of_uses(job)]
    }

    /// What decides on the dates of a job, in the same order.
    pub fn rules(&self, job: JobId) -> &[Use] {
        &self.rules[self.range_of_uses(job)]
    }

    /// What a job depends on.
    pub fn dependencies(&self, job: JobId) -> &[Dependency] {
        let next = self.jobs.get(job.0 as usize + 1);
        let end = next.map_or(self.dependencies.len(), |next| next.dependencies as usize);
        &self.dependencies[self.job(job).dependencies as usize..end]
    }

    fn range_of_uses(&self, job: JobId) -> Range<usize> {
        let next = self.jobs.get(job.0 as usize + 1);
        self.job(job).uses as usize..next.map_or(self.uses.len(), |next| next.uses as usize)
    }

    /// How many dependencies all jobs have.
    pub fn dependencies_len(&self) -> usize {
        self.dependencies.len()
    }

    /// Whether any dependency takes jobs off a day.
    pub fn has_excludes(&self) -> bool {
        self.has_excludes
    }

    /// The jobs of a dependency.
    pub fn targets<'m>(&'m self, dependency: &'m Dependency) -> &'m [JobId] {
        match &dependency.target {
            Target::One(job) => std::slice::from_ref(job),
            Target::Like(number) => &self.alike[*number as usize],
        }
    }

    /// What the offsets of dependencies count.
    pub fn offset_rule(&self) -> OffsetRule {
        self.offset_rule
    }
}
