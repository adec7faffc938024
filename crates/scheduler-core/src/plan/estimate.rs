//! Last step: when each job is expected to start and end, from its own time, from what it waits for and from how
//! long things are expected to run. Slots of agents, thresholds and resources are not part of it.
//!
//! Most jobs are defined after those that they wait for: one pass in the order of the definitions settles them. What is
//! left is settled over a graph of what is left.

use super::times::seconds;
use super::{DailyJobId, Elsewhere, Other, Past, Plan, Seconds, Wait};

/// What is left to settle.
pub(super) struct Estimate<'p> {
    past: &'p Past,
    containers: Containers,
    open: Vec<u32>,
}

impl<'p> Estimate<'p> {
    pub(super) fn of(plan: &Plan, past: &'p Past) -> Self {
        Self { past, containers: Containers::of(plan), open: Vec::new() }
    }

    /// Settles a job that has its edges, where that can be done already.
    pub(super) fn linked(&mut self, plan: &mut Plan, job: u32) {
        // Nearly every job: one look at each of its edges.
        if let Some(start) = plain_start(plan, &self.containers, job) {
            set(plan, job, start);
            return;
        }
        let can_settle = waits_for_nothing_open(plan, &self.containers, job);
        if !(can_settle && settle(plan, self.past, job)) {
            self.open.push(job);
        }
    }

    /// Settles the rest.
    pub(super) fn finish(self, plan: &mut Plan) {
        let Self { past, containers, mut open } = self;
        open.extend(containers.jobs..containers.len());
        if !open.is_empty() {
            settle_over_graph(plan, past, &containers, &open);
        }
    }
}

/// When a job starts that waits only for jobs of the plan which have their ends and contain nothing.
fn plain_start(plan: &Plan, containers: &Containers, id: u32) -> Option<Seconds> {
    let job = &plan.jobs[id as usize];
    if plan.schedules[job.schedule as usize].parent.is_some() {
        return None;
    }
    let mut start = job.start;
    for edge in plan.edges(DailyJobId(id)) {
        let Other::Here(DailyJobId(other)) = edge.other else { return None };
        if edge.wait == Wait::Conflict {
            continue;
        }
        let end = end(plan, other);
        if end == Seconds::NONE || containers.is_one(other) {
            return None;
        }
        start = start.max(end);
    }
    Some(start)
}

/// The end of a job; none also while it is not connected.
fn end(plan: &Plan, id: u32) -> Seconds {
    plan.linked.get(id as usize).map_or(Seconds::NONE, |linked| linked.end)
}

/// Whether everything that a job waits for has its expected end.
fn waits_for_nothing_open(plan: &Plan, containers: &Containers, id: u32) -> bool {
    let is_settled = |other: u32| end(plan, other) != Seconds::NONE && !containers.is_one(other);
    let job = &plan.jobs[id as usize];
    let parent = plan.schedules[job.schedule as usize].parent;
    predecessors(plan, id).all(is_settled)
        && parent
            .is_none_or(|DailyJobId(parent)| plan.linked[parent as usize].start != Seconds::NONE)
}

/// The jobs of the plan for whose end a job waits.
fn predecessors(plan: &Plan, id: u32) -> impl Iterator<Item = u32> {
    plan.edges(DailyJobId(id)).iter().filter_map(|edge| match (edge.other, edge.wait) {
        (Other::Here(DailyJobId(other)), Wait::Requires(_) | Wait::After(_)) => Some(other),
        (Other::Here(_), Wait::Conflict) | (Other::Elsewhere { .. }, _) => None,
    })
}

/// Computes one job's times, if it does not wait for ever; everything of the plan that it waits for has been computed.
fn settle(plan: &mut Plan, past: &Past, id: u32) -> bool {
    let Some(others) = ends_elsewhere(plan, past, id) else { return false };
    let job = &plan.jobs[id as usize];
    let parent = plan.schedules[job.schedule as usize].parent;
    let of_parent =
        parent.map_or(Seconds::NONE, |DailyJobId(parent)| plan.linked[parent as usize].start);
    let ends = predecessors(plan, id).map(|other| plan.linked[other as usize].end);
    let start = ends.fold(job.start.max(of_parent).max(others), Ord::max);
    set(plan, id, start);
    true
}

/// Gives a job its times, by its start.
fn set(plan: &mut Plan, id: u32, start: Seconds) {
    let minutes = u32::from(plan.jobs[id as usize].estimated_minutes);
    let last = plan.further(id as usize).last().copied().unwrap_or(start).max(start);
    let linked = &mut plan.linked[id as usize];
    (linked.start, linked.end) = (start, last.later(minutes));
}

/// The last end of what a job waits for beyond the plan, as far as it is known; none where one of them never ends.
fn ends_elsewhere(plan: &Plan, past: &Past, id: u32) -> Option<Seconds> {
    let mut last = Seconds::NONE;
    for edge in plan.edges(DailyJobId(id)) {
        let Other::Elsewhere { job, offset, what } = edge.other else { continue };
        match (what, edge.wait) {
            (_, Wait::Conflict)
            | (Elsewhere::NotBuilt, Wait::After(_))
            | (Elsewhere::NotKnown | Elsewhere::Later, _) => {}
            (Elsewhere::NotBuilt, Wait::Requires(_)) | (Elsewhere::NeverEnds, _) => return None,
            (Elsewhere::Ends, _) => {
                let (_, end) = past.find(plan.date, job, offset);
                last = last.max(end.map_or(Seconds::NONE, |end| seconds(plan.origin, end)));
            }
        }
    }
    Some(last)
}

/// The jobs that contain a schedule. Each is two points of the graph: its start, for which it has its own number, and
/// its end, with a number after those of all jobs.
struct Containers {
    all: Vec<Container>,
    jobs: u32,
}

struct Container {
    job: u32,
    schedule: usize,
}

impl Containers {
    fn of(plan: &Plan) -> Self {
        let schedules = plan.schedules.iter().enumerate();
        let with_parent = schedules.filter_map(|(number, schedule)| {
            schedule.parent.map(|DailyJobId(job)| Container { job, schedule: number })
        });
        let mut all: Vec<Container> = with_parent.collect();
        all.sort_by_key(|container| container.job);
        Self { all, jobs: super::create::number(plan.jobs.len()) }
    }

    fn is_one(&self, job: u32) -> bool {
        !self.all.is_empty()
            && self.all.binary_search_by_key(&job, |container| container.job).is_ok()
    }

    /// The points at which a job has ended: several where its subschedule has several instances.
    fn ends(&self, job: u32) -> impl Iterator<Item = u32> {
        let from = self.all.partition_point(|container| container.job < job);
        let to = self.all.partition_point(|container| container.job <= job);
        let own = (from == to).then_some(job);
        own.into_iter().chain((from..to).map(|number| self.jobs + super::create::number(number)))
    }

    /// All points.
    fn len(&self) -> u32 {
        self.jobs + super::create::number(self.all.len())
    }
}

/// Settles the points that are open. What waits for ever, in a loop or behind one, stays open.
fn settle_over_graph(plan: &mut Plan, past: &Past, containers: &Containers, open: &[u32]) {
    let Graph { first, next, mut waiting } = Graph::of(plan, containers, open);
    let is_ready = |(_, id): &(usize, &u32)| waiting[**id as usize] == 0;
    let mut ready: Vec<u32> = open.iter().enumerate().filter(is_ready).map(|(_, id)| *id).collect();
    // The last one first: its successors are near it in memory.
    while let Some(id) = ready.pop() {
        match id.checked_sub(containers.jobs) {
            // What waits for it stays open too.
            None if !settle(plan, past, id) => continue,
            None => {}
            Some(number) => settle_container(plan, &containers.all[number as usize]),
        }
        for successor in &next[first[id as usize] as usize..first[id as usize + 1] as usize] {
            let count = &mut waiting[*successor as usize];
            *count -= 1;
            if *count == 0 {
                ready.push(*successor);
            }
        }
    }
    unsettle_containers(plan, containers, &waiting);
}

/// A container with something inside that waits for ever starts and does not end.
fn unsettle_containers(plan: &mut Plan, containers: &Containers, waiting: &[u32]) {
    for (number, container) in (containers.jobs..).zip(&containers.all) {
        if waiting[number as usize] != 0 {
            plan.linked[container.job as usize].end = Seconds::NONE;
        }
    }
}

/// A container ends when all jobs of its subschedule have.
fn settle_container(plan: &mut Plan, container: &Container) {
    let jobs = plan.schedules[container.schedule].jobs.clone();
    let end = plan.linked[jobs.start as usize..jobs.end as usize].iter().map(|job| job.end).max();
    let linked = &mut plan.linked[container.job as usize];
    linked.end = linked.end.max(end.unwrap_or(Seconds::NONE));
}

/// Which open points wait for which. Lists of all points lie in one array: `next[first[id]..first[id + 1]]` wait for
/// `id`.
struct Graph {
    first: Vec<u32>,
    next: Vec<u32>,
    /// For how many open points each one waits.
    waiting: Vec<u32>,
}

impl Graph {
    fn of(plan: &Plan, containers: &Containers, open: &[u32]) -> Self {
        let len = containers.len() as usize;
        let mut is_open = vec![false; len];
        for id in open {
            is_open[*id as usize] = true;
        }
        let (mut first, mut waiting) = (vec![0; len + 1], vec![0; len]);
        each(plan, containers, &is_open, |predecessor, successor| {
            first[predecessor as usize + 1] += 1;
            waiting[successor as usize] += 1;
        });
        for id in 0..len {
            first[id + 1] += first[id];
        }
        let mut filled = first.clone();
        let mut next = vec![0; first[len] as usize];
        each(plan, containers, &is_open, |predecessor, successor| {
            let place = &mut filled[predecessor as usize];
            next[*place as usize] = successor;
            *place += 1;
        });
        Self { first, next, waiting }
    }
}

/// Calls `link` with each pair of open points of which the second waits for the first.
fn each(plan: &Plan, containers: &Containers, is_open: &[bool], mut link: impl FnMut(u32, u32)) {
    let mut link = |predecessor: u32, successor: u32| {
        if is_open[predecessor as usize] && is_open[successor as usize] {
            link(predecessor, successor);
        }
    };
    for successor in (0..containers.jobs).filter(|id| is_open[*id as usize]) {
        for predecessor in predecessors(plan, successor) {
            containers.ends(predecessor).for_each(|end| link(end, successor));
        }
    }
    for (number, container) in (containers.jobs..).zip(&containers.all) {
        let jobs = plan.schedules[container.schedule].jobs.clone();
        link(container.job, number);
        for job in jobs {
            link(container.job, job);
            containers.ends(job).for_each(|end| link(end, number));
        }
    }
}
