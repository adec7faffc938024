//! Loops: jobs that wait for each other. Each is named whole.

use std::collections::{BTreeMap, HashMap};

use super::{Dates, Finding, Severity, name_of, path_of};
use crate::loops::loops;
use crate::model::{JobId, Model};
use crate::plan::{DailyJobId, Other, Plan, Wait};

/// Loops by their jobs, from the first in the order of definitions on.
#[derive(Debug, Default)]
pub(super) struct Cycles {
    found: BTreeMap<Vec<JobId>, Option<Dates>>,
}

impl Cycles {
    /// The jobs of a loop, and all that wait for one of them, have no expected start.
    pub(super) fn add(&mut self, plan: &Plan) {
        if plan.jobs().all(|(id, _)| plan.expected_start(id).is_some()) {
            return;
        }
        let points = Points::of(plan);
        for way in loops(points.is_open.len(), |point| points.next(point)) {
            Dates::add(self.found.entry(points.jobs(&way)).or_default(), plan.date);
        }
    }

    pub(super) fn findings(&self, model: &Model) -> Vec<Finding> {
        self.found
            .iter()
            .filter_map(|(jobs, dates)| Some(finding(model, jobs, (*dates)?)))
            .collect()
    }
}

/// What jobs wait for each other by: the start of each job, by its number, and the end of each container, which comes
/// after all that is in it, by its number and that of all jobs.
struct Points<'p> {
    plan: &'p Plan,
    /// The schedules in each container.
    inside: HashMap<u32, Vec<usize>>,
    /// Which points never come.
    is_open: Vec<bool>,
}

impl<'p> Points<'p> {
    fn of(plan: &'p Plan) -> Self {
        let jobs = plan.jobs.len();
        let mut is_open: Vec<bool> =
            plan.jobs().map(|(id, _)| plan.expected_start(id).is_none()).collect();
        is_open.resize(2 * jobs, false);
        let mut points = Self { plan, inside: HashMap::new(), is_open };
        // Subschedules come after the schedules of their containers: from the last on, those inside are known.
        for (number, schedule) in plan.schedules.iter().enumerate().rev() {
            let Some(DailyJobId(container)) = schedule.parent else { continue };
            points.inside.entry(container).or_default().push(number);
            let is_open = points.is_open[container as usize]
                || schedule.jobs.clone().any(|job| points.is_open[points.end(job)]);
            points.is_open[jobs + container as usize] |= is_open;
        }
        points
    }

    /// The point at which a job has ended.
    fn end(&self, job: u32) -> usize {
        let containers = if self.inside.contains_key(&job) { self.plan.jobs.len() } else { 0 };
        containers + job as usize
    }

    /// The points for which one waits, as far as they never come.
    fn next(&self, point: usize) -> Vec<usize> {
        if !self.is_open[point] {
            return Vec::new();
        }
        let mut next = match point.checked_sub(self.plan.jobs.len()) {
            None => self.before_start(point),
            Some(container) => self.before_end(container),
        };
        next.retain(|point| self.is_open[*point]);
        next
    }

    fn before_start(&self, job: usize) -> Vec<usize> {
        let Ok(id) = u32::try_from(job) else { return Vec::new() };
        let edges = self.plan.edges(DailyJobId(id)).iter();
        let by_edges = edges.filter_map(|edge| match (edge.other, edge.wait) {
            (Other::Here(DailyJobId(other)), Wait::Requires(_) | Wait::After(_)) => {
                Some(self.end(other))
            }
            (Other::Here(_), Wait::Conflict) | (Other::Elsewhere { .. }, _) => None,
        });
        let parent = self.plan.schedule_of(&self.plan.jobs[job]).parent;
        by_edges.chain(parent.map(|DailyJobId(parent)| parent as usize)).collect()
    }

    fn before_end(&self, container: usize) -> Vec<usize> {
        let schedules = u32::try_from(container).ok().and_then(|id| self.inside.get(&id));
        let jobs = schedules.into_iter().flatten().flat_map(|schedule| {
            self.plan.schedules[*schedule].jobs.clone().map(|job| self.end(job))
        });
        [container].into_iter().chain(jobs).collect()
    }

    /// The jobs of a loop. The same loop from another start is the same loop.
    fn jobs(&self, way: &[usize]) -> Vec<JobId> {
        let jobs = way.iter().map(|point| self.plan.jobs[point % self.plan.jobs.len()].job);
        let mut jobs: Vec<JobId> = jobs.collect();
        // A container that is waited for at its end and waits at its start is one job of the loop.
        jobs.dedup();
        if jobs.len() > 1 && jobs.first() == jobs.last() {
            jobs.pop();
        }
        let least = jobs.iter().enumerate().min_by_key(|(_, job)| **job).map_or(0, |(at, _)| at);
        jobs.rotate_left(least);
        jobs
    }
}

fn finding(model: &Model, jobs: &[JobId], dates: Dates) -> Finding {
    let first = jobs[0];
    let names = jobs.iter().chain([&first]).map(|job| name_of(model, *job, first));
    let way = names.collect::<Vec<_>>().join(" waits for ");
    Finding {
        severity: Severity::Error,
        path: path_of(model, first),
        message: format!("a loop, {}: {way}", dates.words()),
    }
}
