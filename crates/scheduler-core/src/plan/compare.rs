//! Two plans of one date, by definitions before and after a change: which daily jobs appear, vanish or move.
//!
//! It touches each job and each edge of both plans once.

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;

use super::{DailyJob, DailyJobId, Elsewhere, Other, Plan, Wait};
use crate::dependency::Condition;
use crate::frequency::BuildStatus;
use crate::model::Model;

/// A daily job that is not the same in two plans of its date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its daily schedule.
    pub schedule: String,
    /// Its name.
    pub job: String,
    /// The daily schedule in whose containers its own is, and the name of the definition of that; its own where it is in none.
    pub outermost: (String, String),
    /// The time zone of its schedule, in the plan in which it is; in the second one of both.
    pub time_zone: String,
    /// How it was before; none where it appears.
    pub before: Option<Shape>,
    /// How it is after; none where it vanishes.
    pub after: Option<Shape>,
    /// What it waits for no longer. Empty where it appears or vanishes, as the next one.
    pub no_longer: Vec<String>,
    /// What it waits for from now on: `requires Night/Load`, `after Night/Load of -1`, `conflicts with Day/Save`.
    pub newly: Vec<String>,
}

/// A daily job as far as its place in the day is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// When it may start at the earliest.
    pub start: Timestamp,
    /// When it is expected to start; none for never.
    pub expected: Option<Timestamp>,
    /// After this it is not started any more.
    pub latest: Option<Timestamp>,
    /// Its further runs.
    pub further: Vec<Timestamp>,
    /// As what it is built.
    pub status: BuildStatus,
}

/// What differs between two plans of one date, in the order of the second plan, and what is in the first one alone behind that.
pub fn compare(before: (&Model, &Plan), after: (&Model, &Plan)) -> Vec<Difference> {
    let (before, after) = (Side::of(before), Side::of(after));
    let schedules = before.places_of(&after.schedules);
    let mut met = vec![false; before.plan.jobs.len()];
    let (mut waited, mut waits) = (Vec::new(), Vec::new());
    let mut differences = Vec::new();
    for (id, job) in after.plan.jobs() {
        let name = after.plan.job_name(after.model, job);
        let place = schedules[job.schedule as usize];
        let was = place.and_then(|schedule| before.jobs.get(&(schedule, name)).copied());
        let Some(was) = was else {
            differences.push(after.difference(id, None, Some(after.shape(id))));
            continue;
        };
        met[was.0 as usize] = true;
        before.waits(was, &mut waited);
        after.waits(id, &mut waits);
        let shapes = (before.shape(was), after.shape(id));
        if waited == waits && shapes.0 == shapes.1 {
            continue;
        }
        let only = |of: &[Waits<'_>], in_other: &[Waits<'_>]| {
            let of = of.iter().filter(|each| !in_other.contains(each));
            of.map(ToString::to_string).collect()
        };
        let (no_longer, newly): (Vec<_>, Vec<_>) = (only(&waited, &waits), only(&waits, &waited));
        if shapes.0 == shapes.1 && no_longer.is_empty() && newly.is_empty() {
            // The same in another order.
            continue;
        }
        let difference = after.difference(id, Some(shapes.0), Some(shapes.1));
        differences.push(Difference { no_longer, newly, ..difference });
    }
    let gone = before.plan.jobs().filter(|(id, _)| !met[id.0 as usize]);
    differences.extend(gone.map(|(id, _)| before.difference(id, Some(before.shape(id)), None)));
    differences
}

/// One of the plans.
struct Side<'p> {
    model: &'p Model,
    plan: &'p Plan,
    /// The names of its schedules, by their numbers.
    schedules: Vec<String>,
    /// Its jobs, by the number of their schedule and their name.
    jobs: HashMap<(u32, &'p str), DailyJobId>,
}

impl<'p> Side<'p> {
    fn of((model, plan): (&'p Model, &'p Plan)) -> Self {
        let schedules = plan.schedules.iter();
        let schedules = schedules.map(|schedule| plan.schedule_name(model, schedule)).collect();
        let key =
            |(id, job): (DailyJobId, &'p DailyJob)| ((job.schedule, plan.job_name(model, job)), id);
        Self { model, plan, schedules, jobs: plan.jobs().map(key).collect() }
    }

    /// Where schedules of these names are.
    fn places_of(&self, names: &[String]) -> Vec<Option<u32>> {
        let own: HashMap<&str, u32> = self.schedules.iter().map(String::as_str).zip(0..).collect();
        names.iter().map(|name| own.get(name.as_str()).copied()).collect()
    }

    fn shape(&self, id: DailyJobId) -> Shape {
        let job = self.plan.job(id);
        Shape {
            start: self.plan.start(job),
            expected: self.plan.expected_start(id),
            latest: self.plan.latest_start(job),
            further: self.plan.further_times(id).collect(),
            status: job.status,
        }
    }

    /// What a job waits for, in an order that both plans have.
    fn waits<'s>(&'s self, id: DailyJobId, waits: &mut Vec<Waits<'s>>) {
        waits.clear();
        waits.extend(self.plan.edges(id).iter().map(|edge| match edge.other {
            Other::Here(other) => {
                let job = self.plan.job(other);
                let schedule = self.schedules[job.schedule as usize].as_str();
                let job = self.plan.job_name(self.model, job);
                Waits { wait: edge.wait, schedule, job, offset: 0, is_built: true }
            }
            Other::Elsewhere { job, offset, what } => {
                let schedule = self.model.schedule(self.model.job(job).schedule).name.as_str();
                let (job, is_built) =
                    (self.model.job_name(job).as_str(), what != Elsewhere::NotBuilt);
                Waits { wait: edge.wait, schedule, job, offset, is_built }
            }
        }));
        waits.sort_unstable_by_key(|each| (each.schedule, each.job, each.offset));
    }

    fn difference(
        &self,
        id: DailyJobId,
        before: Option<Shape>,
        after: Option<Shape>,
    ) -> Difference {
        let job = self.plan.job(id);
        let of = self.plan.schedule_of(job);
        let (mut outermost, mut number) = (of, job.schedule);
        while let Some(container) = outermost.parent {
            number = self.plan.job(container).schedule;
            outermost = &self.plan.schedules[number as usize];
        }
        let definition = self.model.schedule(outermost.id).name.as_str().to_owned();
        Difference {
            schedule: self.schedules[job.schedule as usize].clone(),
            job: self.plan.job_name(self.model, job).to_owned(),
            outermost: (self.schedules[number as usize].clone(), definition),
            time_zone: self.model.schedule(of.id).zone.name().to_owned(),
            before,
            after,
            no_longer: Vec::new(),
            newly: Vec::new(),
        }
    }
}

/// Something that a job waits for.
#[derive(Debug, PartialEq, Eq)]
struct Waits<'s> {
    wait: Wait,
    schedule: &'s str,
    job: &'s str,
    offset: i16,
    is_built: bool,
}

impl fmt::Display for Waits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Waits { wait, schedule, job, offset, is_built } = self;
        let (verb, condition) = match wait {
            Wait::Requires(condition) => ("requires", Some(condition)),
            Wait::After(condition) => ("after", Some(condition)),
            Wait::Conflict => ("conflicts with", None),
        };
        write!(f, "{verb} {schedule}/{job}")?;
        if *offset != 0 {
            write!(f, " of {offset:+}")?;
        }
        match condition {
            Some(Condition::Failed) => write!(f, " failed")?,
            Some(Condition::IgnoreExitCode) => write!(f, " ended")?,
            Some(Condition::FinishedOk) | None => {}
        }
        if *is_built { Ok(()) } else { write!(f, " (not built)") }
    }
}
