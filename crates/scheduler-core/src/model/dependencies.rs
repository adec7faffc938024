//! Dependencies between jobs, with names resolved to jobs.

use std::num::NonZeroU16;

use core_kit::nearest;

use super::{Instance, JobId, Model, ScheduleId};
use crate::definition::{Definitions, Problem, Schedule};
use crate::dependency::{Condition, InstanceRef, JobDependency, Me, is_name_like};
use crate::name::{FrequencyName, InstanceName};
use crate::path::Path;

/// Names that are compared with wrong ones for a hint, about.
const COMPARISONS_MAX: usize = 1_000_000;

/// How one job depends on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The other must be there and end as wanted.
    Requires(Condition),
    /// If the other is there it must end as wanted.
    After(Condition),
    /// Not at the same time.
    Conflict {
        /// Also with that of other dates.
        all_days: bool,
    },
    /// The other is taken off the day.
    Excludes,
}

/// What a job depends on.
#[derive(Debug)]
pub struct Dependency {
    /// How.
    pub kind: Kind,
    /// The other job.
    pub target: Target,
    /// Days from its own date to that of the other.
    pub offset: i16,
    /// The only frequency of the job with which the dependency counts, by its place counted from 1: so it is small.
    only_use: Option<NonZeroU16>,
    /// Which instances of schedules it is about; none for all.
    pub instances: Option<Box<Instances>>,
    /// Its number in the list of the job's definition.
    pub index: u16,
}

/// The other jobs of a dependency; see [`Model::targets`].
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// One.
    One(JobId),
    /// All whose names are like a pattern.
    Like(u32),
}

/// What few dependencies have.
#[derive(Debug)]
pub struct Instances {
    /// Which instances of its schedule count for the other job; none for its own.
    pub other: Option<InstanceRef>,
    /// The only instance of its own schedule for which it counts.
    pub own: Option<InstanceName>,
}

impl Dependency {
    /// Whether it counts for all daily jobs of the job.
    pub fn always_applies(&self) -> bool {
        self.only_use.is_none() && self.instances.as_ref().is_none_or(|of| of.own.is_none())
    }

    /// Whether it counts on a day on which the frequency of that place has qualified the job, in that instance of its
    /// schedule.
    pub fn applies_to(&self, index: usize, instance: Option<&InstanceName>) -> bool {
        self.only_use.is_none_or(|only| usize::from(only.get()) == index + 1)
            && self
                .instances
                .as_ref()
                .and_then(|of| of.own.as_ref())
                .is_none_or(|only| Some(only) == instance)
    }

    /// Whether it is about other instances of its own schedule too.
    pub fn leaves_instance(&self) -> bool {
        matches!(self.other_instance(), Some(InstanceRef::All | InstanceRef::Named(_)))
    }

    /// Whether the other counts in an instance of the schedule of both: without a word about it in the same one only.
    pub fn reaches(&self, is_same: bool, other: Option<&InstanceName>) -> bool {
        match self.other_instance() {
            None | Some(InstanceRef::This) => is_same,
            Some(InstanceRef::All) => true,
            Some(InstanceRef::Named(name)) => other == Some(name),
        }
    }

    fn other_instance(&self) -> Option<&InstanceRef> {
        self.instances.as_ref().and_then(|of| of.other.as_ref())
    }

    /// The path to it, from that of its job.
    pub fn path(&self, job: &Path) -> Path {
        let word = match self.kind {
            Kind::Requires(_) => "requires",
            Kind::After(_) => "after",
            Kind::Conflict { .. } => "conflict",
            Kind::Excludes => "excludes",
        };
        job.field("depends_on").index(usize::from(self.index)).field(word)
    }
}

/// Finds the jobs of dependencies.
pub(super) struct Resolver<'d, 'm> {
    definitions: &'d Definitions,
    model: &'m mut Model,
    problems: Vec<Problem>,
}

impl<'d, 'm> Resolver<'d, 'm> {
    pub(super) fn new(definitions: &'d Definitions, model: &'m mut Model) -> Self {
        Self { definitions, model, problems: Vec::new() }
    }

    pub(super) fn resolve(mut self) -> Vec<Problem> {
        let mut id = 0;
        for (schedule, (name, definition)) in
            (0..).map(ScheduleId).zip(self.definitions.schedules.iter())
        {
            let path = Path::default().field("schedules").field(name.as_str()).field("jobs");
            for (name, job) in definition.jobs.iter() {
                let path = || path.field(name.as_str());
                self.model.jobs[id as usize].dependencies =
                    super::make::number(self.model.dependencies.len());
                for (index, each) in (0..).zip(&job.depends_on) {
                    let path = || path().field("depends_on").index(usize::from(index));
                    self.problems_of(definition, (JobId(id), each), path);
                    self.dependency(schedule, JobId(id), each, index, &|| {
                        path().field(each.kind())
                    });
                }
                id += 1;
            }
        }
        self.problems
    }

    /// What is wrong with it by itself.
    fn problems_of(
        &mut self,
        schedule: &Schedule,
        (job, each): (JobId, &JobDependency),
        path: impl Fn() -> Path,
    ) {
        let (planned, name) = (self.model.job(job), self.model.job_name(job));
        // Nearly all dependencies are on another job of the same date: nothing can be wrong with those.
        let is_plain = matches!(each, JobDependency::Requires(_) | JobDependency::After(_));
        if is_plain && each.offset_days() == 0 && each.job() != name {
            return;
        }
        let me = Me {
            schedule: &self.model.schedule(planned.schedule).name,
            job: name,
            is_multi_instance: schedule.multi_instance,
        };
        let problems = each.check(me).into_iter().map(|problem| problem.at(&path()));
        self.problems.extend(problems);
    }

    fn dependency(
        &mut self,
        own: ScheduleId,
        job: JobId,
        each: &JobDependency,
        index: u16,
        path: &dyn Fn() -> Path,
    ) {
        let schedule = match each.schedule() {
            None => own,
            Some(name) => match self.model.schedule_named(name.as_str()) {
                Some(id) => id,
                None => return self.no_schedule(name.as_str(), path()),
            },
        };
        if schedule != own && self.model.schedule(schedule).is_multi_instance {
            let message = format!(
                "`{}` may have several instances of one date: jobs of other schedules cannot depend on its jobs",
                self.model.schedule(schedule).name.as_str()
            );
            self.problem(path().field("schedule"), message, None);
            return;
        }
        if !self.instances_exist((own, schedule), each, path) {
            return;
        }
        let Some(target) = self.target(schedule, each, path) else { return };
        let only_use = match each.frequency() {
            None => None,
            Some(name) => match self.model.frequencies(job).iter().position(|each| each == name) {
                Some(index) => u16::try_from(index + 1).ok().and_then(NonZeroU16::new),
                None => {
                    let known = self.model.frequencies(job).iter().map(FrequencyName::as_str);
                    let near = nearest(name.as_str(), known)
                        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                    self.problem(
                        path().field("frequency"),
                        format!("the job has no frequency `{}`{near}", name.as_str()),
                        None,
                    );
                    return;
                }
            },
        };
        let kind = match each {
            JobDependency::Requires(other) => Kind::Requires(other.condition),
            JobDependency::After(other) => Kind::After(other.condition),
            JobDependency::Conflict(other) => Kind::Conflict { all_days: other.all_days },
            JobDependency::Excludes(_) => Kind::Excludes,
        };
        let instances =
            (each.instance().is_some() || each.successor_instance().is_some()).then(|| {
                Box::new(Instances {
                    other: each.instance().cloned(),
                    own: each.successor_instance().cloned(),
                })
            });
        self.model.has_excludes |= kind == Kind::Excludes;
        self.model.dependencies.push(Dependency {
            kind,
            target,
            offset: each.offset_days(),
            only_use,
            instances,
            index,
        });
    }

    /// Whether the instances that a dependency names exist; a problem for each that does not.
    fn instances_exist(
        &mut self,
        (own, other): (ScheduleId, ScheduleId),
        each: &JobDependency,
        path: &dyn Fn() -> Path,
    ) -> bool {
        let before = self.problems.len();
        match each.instance() {
            Some(InstanceRef::Named(_) | InstanceRef::This) if own != other => {
                let name = self.model.schedule(other).name.as_str();
                let message = format!(
                    "`{name}` has one instance of each date; leave `instance` out, it names another of the own schedule"
                );
                self.problem(path().field("instance"), message, None);
            }
            Some(InstanceRef::Named(name)) => self.instance_exists(own, name, path, "instance"),
            Some(InstanceRef::All | InstanceRef::This) | None => {}
        }
        if let Some(name) = each.successor_instance() {
            self.instance_exists(own, name, path, "successor_instance");
        }
        self.problems.len() == before
    }

    fn instance_exists(
        &mut self,
        schedule: ScheduleId,
        wanted: &InstanceName,
        path: &dyn Fn() -> Path,
        field: &str,
    ) {
        let schedule = self.model.schedule(schedule);
        let known = || schedule.instances.iter().filter_map(Instance::name);
        if known().any(|name| name == wanted) {
            return;
        }
        let name = schedule.name.as_str();
        let near = nearest(wanted.as_str(), known().map(InstanceName::as_str))
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let message = if known().next().is_none() {
            format!("the schedule `{name}` has no named instances")
        } else {
            format!("the schedule `{name}` has no instance `{}`{near}", wanted.as_str())
        };
        self.problem(path().field(field), message, None);
    }

    fn target(
        &mut self,
        schedule: ScheduleId,
        each: &JobDependency,
        path: &dyn Fn() -> Path,
    ) -> Option<Target> {
        let (_, definition) = self.definitions.schedules.get_index(schedule.0 as usize)?;
        let wanted = each.job().as_str();
        if matches!(each, JobDependency::Conflict(conflict) if conflict.job_name_like) {
            let like = |id: &JobId| is_name_like(self.model.job_name(*id).as_str(), wanted);
            let jobs: Vec<JobId> =
                self.model.schedule(schedule).jobs.clone().map(JobId).filter(like).collect();
            self.model.alike.push(jobs.into());
            return Some(Target::Like(super::make::number(self.model.alike.len() - 1)));
        }
        if let Some(place) = definition.jobs.get_index_of(wanted) {
            let first = self.model.schedule(schedule).jobs.start;
            return Some(Target::One(JobId(first + super::make::number(place))));
        }
        let near = self
            .has_time_for(definition.jobs.len())
            .then(|| nearest(wanted, definition.jobs.keys().map(AsRef::as_ref)))
            .flatten()
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let name = self.model.schedule(schedule).name.as_str();
        let message = format!("the schedule `{name}` has no job `{wanted}`{near}");
        let missing = Path::default().field("schedules").field(name).field("jobs").field(wanted);
        self.problem(path().field("job"), message, Some(missing));
        None
    }

    fn no_schedule(&mut self, name: &str, path: Path) {
        let near = self
            .has_time_for(self.model.schedule_names().count())
            .then(|| nearest(name, self.model.schedule_names()))
            .flatten()
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let missing = Path::default().field("schedules").field(name);
        self.problem(
            path.field("schedule"),
            format!("no schedule `{name}` is defined{near}"),
            Some(missing),
        );
    }

    /// Whether so many names may still be compared with a wrong one. 100,000 wrong names would otherwise each be
    /// compared with every name that there is.
    fn has_time_for(&self, names: usize) -> bool {
        names.saturating_mul(self.problems.len()) < COMPARISONS_MAX
    }

    fn problem(&mut self, path: Path, message: String, missing: Option<Path>) {
        self.problems.push(Problem { path, message, missing });
    }
}
