//! Planning: what a day consists of, as a pure function of the definitions and the date. Builds and forecasts are
//! this function; nothing else decides what runs when.
//!
//! A build goes through steps, each of which touches each thing once: [`select`] asks each job's frequencies,
//! [`exclude`] applies dependencies of the type Excludes, [`create`] makes the daily jobs with their times,
//! [`link`] connects them and, while a job is at hand, [`estimate`] computes when it is expected to start.

mod compare;
mod create;
mod days;
mod estimate;
mod exclude;
mod instants;
mod link;
mod names;
mod select;
#[cfg(test)]
mod tests;
mod times;

use std::ops::Range;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::dependency::Condition;
use crate::frequency::{BuildStatus, Choice, Chosen, choose};
use crate::model::{Instance, JobId, Model, ScheduleId};

pub use compare::{Difference, Shape, compare};
use create::Creator;
pub use days::Days;
use days::Past;
pub use select::is_present;
use select::{Selection, select};
pub use times::DayTimes;

/// Daily jobs of one build at most: a group of agents times a container in a container can become many.
pub const DAILY_JOBS_MAX: usize = 2_000_000;
/// Edges of one build at most: a job that waits for each of many copies has one for each.
pub const EDGES_MAX: usize = if cfg!(test) { 10_000 } else { 20_000_000 };
/// Further runs of all jobs of one build at most.
pub const FURTHER_TIMES_MAX: usize = if cfg!(test) { 10_000 } else { 50_000_000 };
/// How deep containers may lie in each other.
pub const CONTAINERS_DEEP_MAX: usize = 16;

/// A built day.
#[derive(Debug)]
pub struct Plan {
    /// Its date, in the time zone of each schedule.
    pub date: Date,
    /// Its schedules, subschedules after those of their containers.
    pub schedules: Vec<DailySchedule>,
    /// Its jobs, in the order of schedules and definitions.
    pub jobs: Vec<DailyJob>,
    /// Jobs that an Excludes dependency has removed.
    pub excluded: Vec<Excluded>,
    /// What the seconds of its jobs count from: midnight of its date, in UTC.
    origin: Timestamp,
    /// What linking makes of each job, apart from it: a day of a million jobs is as fast as memory can be written.
    linked: Vec<Linked>,
    edges: Vec<Edge>,
    times: Vec<Seconds>,
}

/// A schedule of a day.
#[derive(Debug, Clone)]
pub struct DailySchedule {
    /// Which one.
    pub id: ScheduleId,
    /// Its number among the instances of the definition, from 0; [`NOT_DEFINED`] for one that the definition has not.
    pub instance: u32,
    /// The job that contains it: a subschedule.
    pub parent: Option<DailyJobId>,
    /// When its day begins.
    pub start: Timestamp,
    /// Its jobs.
    pub jobs: Range<u32>,
    /// For each job of its definition where the daily ones are.
    places: Vec<Place>,
}

/// Where the daily jobs of a job are.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    first: u32,
    count: u32,
}

/// The number of a job of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DailyJobId(pub u32);

/// A job of a day. A day may have a million of them, so it is small: its times are seconds from the start of the plan,
/// and [`Plan`] has the methods that read it.
#[derive(Debug, Clone)]
pub struct DailyJob {
    /// Which one.
    pub job: JobId,
    /// The number of its schedule in the plan.
    pub schedule: u32,
    /// Its number among the copies of the job, from 0.
    pub copy: u32,
    /// The use of a frequency that qualified it, by its place in the job's list.
    pub use_index: u16,
    /// What becomes of it.
    pub status: BuildStatus,
    /// How long it is expected to run.
    estimated_minutes: u16,
    start: Seconds,
    latest_start: Seconds,
    /// Its further times are from here on to those of the next job.
    times: u32,
}

/// What a job waits for, and when it is expected.
#[derive(Debug, Clone, Copy)]
struct Linked {
    /// Its edges are from here on to those of the next job.
    edges: u32,
    start: Seconds,
    end: Seconds,
}

/// Seconds from the start of a plan; a plan reaches from some days before to some days after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seconds(i32);

impl Seconds {
    /// Not known, or no limit. Before every other.
    const NONE: Self = Self(i32::MIN);

    fn later(self, minutes: u32) -> Self {
        Self(self.0.saturating_add_unsigned(minutes.saturating_mul(60)))
    }
}

/// What a daily job waits for, or may not run beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The other job.
    pub other: Other,
    /// What kind of wait it is.
    pub wait: Wait,
    /// The number of the dependency in [`Model::dependencies`] of the job.
    pub dependency: u16,
}

/// The other end of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other {
    /// A job of the plan.
    Here(DailyJobId),
    /// A job that is not in the plan: of another date, or not built on this one.
    Elsewhere {
        /// Which one.
        job: JobId,
        /// Days from the plan's date, by calendar or occurrence as the options say.
        offset: i16,
        /// What is known of it.
        what: Elsewhere,
    },
}

/// What is known of a job that is not in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// Its date was not looked at.
    NotKnown,
    /// Its date is later than that of the plan.
    Later,
    /// It is not built on its date.
    NotBuilt,
    /// It waits for ever.
    NeverEnds,
    /// It is expected to end.
    Ends,
}

/// What kind of wait an edge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// It must be there and end as the condition says.
    Requires(Condition),
    /// If it is there it must end as the condition says.
    After(Condition),
    /// It may not run at the same time.
    Conflict,
}

/// A job that was removed from the day, by itself or with the container around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// The job. Once for each instance of its schedule in which it would have been.
    pub job: JobId,
    /// The job whose dependency removed it.
    pub by: JobId,
    /// The containers in which it would have been, the outermost first.
    pub containers: Vec<JobId>,
    /// The number of its schedule among the instances of that, from 0.
    pub instance: u32,
}

/// What is built.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'w> {
    /// Every schedule that is not a subschedule.
    All,
    /// These.
    Only(&'w [ScheduleId]),
    /// One instance of a schedule.
    Instance {
        /// The schedule.
        schedule: ScheduleId,
        /// Its number among the instances of the definition; none for one that the definition has not.
        instance: Option<u32>,
    },
    /// One job of a daily schedule that is there, whatever its frequencies say of the date.
    Added(Added),
}

/// A job that is added to a daily schedule (`opcon-domain 1.8`, `$JOB:ADD`). Its dependencies lead to jobs that are not in the
/// plan, which only the daily schedule knows; those of the type Excludes count at builds only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Added {
    /// The job.
    pub job: JobId,
    /// The instance of its schedule to which it is added; none for one that the definition has not.
    pub instance: Option<u32>,
    /// The use of a frequency whose details it has, by its place in the job's list.
    pub use_index: u16,
    /// Which of the copies that the job makes; none for all.
    pub copy: Option<u32>,
    /// What becomes of it: released or on hold, never what the frequency says of builds.
    pub status: BuildStatus,
}

/// The number of an instance that the definition of its schedule has not: an event has given it properties of its own.
pub const NOT_DEFINED: u32 = u32::MAX;

impl Wanted<'_> {
    /// The job of which one copy only is made, and which one.
    fn only_copy(self) -> Option<(JobId, u32)> {
        match self {
            Self::Added(Added { job, copy: Some(copy), .. }) => Some((job, copy)),
            Self::All | Self::Only(_) | Self::Instance { .. } | Self::Added(_) => None,
        }
    }
}

/// A day that is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{date} would have more than {max} {what}: build fewer schedules at once, or give machine groups and instances fewer members"
)]
pub struct TooLarge {
    /// The date.
    pub date: Date,
    /// Of what it would have too many.
    pub what: &'static str,
    /// The most that it may have.
    pub max: usize,
}

/// Builds a day of which alone something is known: days one after the other are [`Days`].
///
/// # Errors
/// It would have more than [`DAILY_JOBS_MAX`] jobs, [`EDGES_MAX`] edges or [`FURTHER_TIMES_MAX`] further runs.
pub fn build(model: &Model, date: Date, wanted: Wanted<'_>) -> Result<Plan, TooLarge> {
    make(Plan::empty(), model, date, wanted, &Past::default())
}

/// Builds a day in the memory of one that is not needed any more.
fn make(
    used: Plan,
    model: &Model,
    date: Date,
    wanted: Wanted<'_>,
    past: &Past,
) -> Result<Plan, TooLarge> {
    let mut creator = Creator::new(model, date, used, wanted.only_copy());
    let mut excluded = Vec::new();
    if model.has_excludes() {
        let mut selection = Selection::default();
        select(model, date, wanted, |schedule| {
            selection.schedules.push(schedule);
            Ok(())
        })?;
        excluded = exclude::exclude(model, &mut selection);
        selection.schedules.iter().try_for_each(|schedule| creator.add(schedule))?;
    } else {
        // What was read of a schedule to select its jobs is still at hand when they are made.
        select(model, date, wanted, |schedule| creator.add(&schedule))?;
    }
    let mut plan = creator.finish(excluded);
    if let Wanted::Added(Added { job, status, .. }) = wanted {
        plan.jobs
            .iter_mut()
            .filter(|daily| daily.job == job)
            .for_each(|daily| daily.status = status);
    }
    let mut estimate = estimate::Estimate::of(&plan, past);
    link::link(model, &mut plan, past, |plan, job| estimate.linked(plan, job))?;
    estimate.finish(&mut plan);
    Ok(plan)
}

impl DailySchedule {
    /// Where the daily jobs of one of its jobs are.
    fn place(&self, model: &Model, job: JobId) -> Place {
        self.places[(job.0 - model.schedule(self.id).jobs.start) as usize]
    }
}

impl Plan {
    /// A day without anything.
    pub const fn empty() -> Self {
        Self {
            date: Date::ZERO,
            schedules: Vec::new(),
            jobs: Vec::new(),
            excluded: Vec::new(),
            origin: Timestamp::UNIX_EPOCH,
            linked: Vec::new(),
            edges: Vec::new(),
            times: Vec::new(),
        }
    }

    /// A job.
    pub fn job(&self, id: DailyJobId) -> &DailyJob {
        &self.jobs[id.0 as usize]
    }

    /// All jobs with their numbers.
    pub fn jobs(&self) -> impl Iterator<Item = (DailyJobId, &DailyJob)> {
        (0..).map(DailyJobId).zip(&self.jobs)
    }

    /// The schedule of a job.
    pub fn schedule_of(&self, job: &DailyJob) -> &DailySchedule {
        &self.schedules[job.schedule as usize]
    }

    /// When a job may start at the earliest.
    pub fn start(&self, job: &DailyJob) -> Timestamp {
        self.at(job.start)
    }

    /// After this a job is not started any more; none for no limit.
    pub fn latest_start(&self, job: &DailyJob) -> Option<Timestamp> {
        self.known(job.latest_start)
    }

    /// When a job is expected to start: its own time, or the expected end of what it waits for. None where it waits for
    /// ever: in a loop, for a required job that is not built, or for one that waits for ever.
    pub fn expected_start(&self, id: DailyJobId) -> Option<Timestamp> {
        self.known(self.linked[id.0 as usize].start)
    }

    /// When the last run of a job is expected to end.
    pub fn expected_end(&self, id: DailyJobId) -> Option<Timestamp> {
        self.known(self.linked[id.0 as usize].end)
    }

    /// When a run of a job is expected to end that starts at a time. A container, which runs as long as what is in it,
    /// has its end where it runs once.
    pub fn expected_end_of_run(&self, id: DailyJobId, start: Timestamp) -> Option<Timestamp> {
        let job = self.job(id);
        if self.further(id.0 as usize).is_empty() {
            return self.expected_end(id);
        }
        self.expected_end(id)?;
        Some(crate::time::later(start, u32::from(job.estimated_minutes)))
    }

    /// The use of a frequency that qualified a job, and why: the same decision as at the build.
    pub fn chosen(&self, model: &Model, job: &DailyJob) -> Option<Chosen> {
        match choose(self.date, model.rules(job.job)) {
            Choice::Built(chosen) => Some(chosen),
            Choice::Subtracted { .. } | Choice::None(_) => None,
        }
    }

    fn known(&self, seconds: Seconds) -> Option<Timestamp> {
        (seconds != Seconds::NONE).then(|| self.at(seconds))
    }

    fn at(&self, seconds: Seconds) -> Timestamp {
        self.origin
            .saturating_add(SignedDuration::from_secs(i64::from(seconds.0)))
            .unwrap_or(Timestamp::MAX)
    }

    /// What a job waits for.
    pub fn edges(&self, id: DailyJobId) -> &[Edge] {
        let next = self.linked.get(id.0 as usize + 1);
        let end = next.map_or(self.edges.len(), |next| next.edges as usize);
        &self.edges[self.linked[id.0 as usize].edges as usize..end]
    }

    /// All edges of the plan, for counts.
    pub fn edges_len(&self) -> usize {
        self.edges.len()
    }

    /// The times of a job's further runs that are known beforehand, in order: recurring instances, cron, restart
    /// offsets.
    pub fn further_times(&self, id: DailyJobId) -> impl Iterator<Item = Timestamp> {
        self.further(id.0 as usize).iter().map(|time| self.at(*time))
    }

    fn further(&self, number: usize) -> &[Seconds] {
        let end = self.jobs.get(number + 1).map_or(self.times.len(), |next| next.times as usize);
        &self.times[self.jobs[number].times as usize..end]
    }

    /// The instance of a schedule, where it has several.
    pub fn instance<'m>(&self, model: &'m Model, schedule: &DailySchedule) -> Option<&'m Instance> {
        model.schedule(schedule.id).instances.get(schedule.instance as usize)
    }
}
