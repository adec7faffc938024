//! First step: which jobs a day has, by their frequencies.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::rc::Rc;

use jiff::civil::Date;

use super::{Added, CONTAINERS_DEEP_MAX, DAILY_JOBS_MAX, NOT_DEFINED, TooLarge, Wanted};
use crate::frequency::{Choice, choose};
use crate::model::{Copies, Instance, JobId, Model, PlannedJob, ScheduleId, Work};
use crate::schedule::ad_hoc::is_ad_hoc;

/// The jobs of a day before anything has been made of them.
#[derive(Default)]
pub(super) struct Selection {
    pub schedules: Vec<SelectedSchedule>,
}

pub(super) struct SelectedSchedule {
    pub id: ScheduleId,
    pub instance: u32,
    /// The job that contains it.
    pub parent: Option<Parent>,
    pub jobs: Vec<SelectedJob>,
}

/// A container among the selected jobs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Parent {
    /// Its schedule, by its number among those that were selected.
    pub schedule: usize,
    /// Its place in the `jobs` of that.
    pub place: usize,
    /// It.
    pub job: JobId,
    /// Its place among the copies that are made of the job: each copy has a subschedule of its own.
    pub copy: u32,
}

impl Selection {
    /// The job that contains a schedule.
    pub(super) fn container_of(&self, schedule: usize) -> Option<&SelectedJob> {
        let Parent { schedule, place, .. } = self.schedules[schedule].parent?;
        Some(&self.schedules[schedule].jobs[place])
    }

    /// The containers around a schedule, the outermost first.
    pub(super) fn containers(&self, mut schedule: usize) -> Vec<JobId> {
        let mut containers = Vec::new();
        while let Some(parent) = self.schedules[schedule].parent {
            containers.push(parent.job);
            schedule = parent.schedule;
        }
        containers.reverse();
        containers
    }

    /// Whether a container around a schedule has been removed.
    pub(super) fn is_inside_removed(&self, mut schedule: usize) -> bool {
        while let Some(Parent { schedule: around, place, .. }) = self.schedules[schedule].parent {
            if self.schedules[around].jobs[place].excluded_by.is_some() {
                return true;
            }
            schedule = around;
        }
        false
    }
}

#[derive(Clone)]
pub(super) struct SelectedJob {
    pub job: JobId,
    pub use_index: u16,
    pub excluded_by: Option<JobId>,
}

/// A subschedule that is still to be added.
struct Open {
    id: ScheduleId,
    parent: Parent,
    depth: usize,
}

/// Gives the schedules of a day to `each`, one after the other, subschedules after those of their containers.
pub(super) fn select(
    model: &Model,
    date: Date,
    wanted: Wanted<'_>,
    each: impl FnMut(SelectedSchedule) -> Result<(), TooLarge>,
) -> Result<(), TooLarge> {
    let mut selector = Selector {
        model,
        date,
        each,
        only_copy: wanted.only_copy(),
        schedules: 0,
        open: VecDeque::new(),
        jobs: 0,
        inside: HashMap::new(),
    };
    match wanted {
        Wanted::All => {
            for (id, _) in model.schedules().filter(|(_, schedule)| !schedule.is_subschedule) {
                selector.top(id)?;
            }
        }
        Wanted::Only(ids) => ids.iter().try_for_each(|id| selector.top(*id))?,
        Wanted::Instance { schedule, instance } => selector.instance(schedule, instance)?,
        Wanted::Added(added) => selector.added(added)?,
    }
    while let Some(Open { id, parent, depth }) = selector.open.pop_front() {
        let lists = selector.inside(id);
        for (instance, jobs) in lists.iter().enumerate() {
            let instance = super::create::number(instance);
            selector.add((id, instance), Some(parent), depth, jobs.clone())?;
        }
    }
    Ok(())
}

struct Selector<'m, F> {
    model: &'m Model,
    date: Date,
    each: F,
    /// The job of which one copy only is made, and which one.
    only_copy: Option<(JobId, u32)>,
    /// How many there were.
    schedules: usize,
    open: VecDeque<Open>,
    /// Daily jobs, also of what is still open: a day that becomes too large is refused before it is one.
    jobs: usize,
    /// The jobs of each instance of a subschedule, the same in every container.
    inside: HashMap<ScheduleId, Rc<[Vec<SelectedJob>]>>,
}

impl<F: FnMut(SelectedSchedule) -> Result<(), TooLarge>> Selector<'_, F> {
    /// The jobs of each instance of a schedule.
    fn lists(&self, id: ScheduleId) -> Vec<Vec<SelectedJob>> {
        let instances = &self.model.schedule(id).instances;
        let instances = (0..instances.len().max(1)).map(|number| instances.get(number));
        instances.map(|instance| jobs_of(self.model, id, instance, self.date)).collect()
    }

    fn inside(&mut self, id: ScheduleId) -> Rc<[Vec<SelectedJob>]> {
        if let Some(known) = self.inside.get(&id) {
            return Rc::clone(known);
        }
        let lists: Rc<[Vec<SelectedJob>]> = self.lists(id).into();
        self.inside.insert(id, Rc::clone(&lists));
        lists
    }

    /// Adds a schedule that no other contains. `AdHoc` is there when a job is added to it, and never built.
    fn top(&mut self, id: ScheduleId) -> Result<(), TooLarge> {
        if is_ad_hoc(self.model.schedule(id).name.as_str()) {
            return Ok(());
        }
        let lists = self.lists(id);
        self.count(&lists)?;
        for (instance, jobs) in lists.into_iter().enumerate() {
            self.add((id, super::create::number(instance)), None, 0, jobs)?;
        }
        Ok(())
    }

    /// Adds one instance of a schedule that no other contains.
    fn instance(&mut self, id: ScheduleId, number: Option<u32>) -> Result<(), TooLarge> {
        let schedule = self.model.schedule(id);
        if is_ad_hoc(schedule.name.as_str()) {
            return Ok(());
        }
        let instance = number.and_then(|number| schedule.instances.get(number as usize));
        let jobs = vec![jobs_of(self.model, id, instance, self.date)];
        self.count(&jobs)?;
        let number = number.unwrap_or(NOT_DEFINED);
        jobs.into_iter().try_for_each(|jobs| self.add((id, number), None, 0, jobs))
    }

    /// Adds one job of a schedule that is there, and what is in it.
    fn added(&mut self, added: Added) -> Result<(), TooLarge> {
        let Added { job, instance, use_index, .. } = added;
        let jobs = vec![vec![SelectedJob { job, use_index, excluded_by: None }]];
        self.count(&jobs)?;
        let schedule = (self.model.job(job).schedule, instance.unwrap_or(NOT_DEFINED));
        jobs.into_iter().try_for_each(|jobs| self.add(schedule, None, 0, jobs))
    }

    /// Counts the daily jobs of a schedule, and says how many there are.
    fn count(&mut self, lists: &[Vec<SelectedJob>]) -> Result<usize, TooLarge> {
        let jobs = lists.iter().flatten().map(|job| copies(self.model.job(job.job))).sum();
        self.jobs += jobs;
        if self.jobs > DAILY_JOBS_MAX {
            return Err(TooLarge { date: self.date, what: "jobs", max: DAILY_JOBS_MAX });
        }
        Ok(jobs)
    }

    fn add(
        &mut self,
        (id, instance): (ScheduleId, u32),
        parent: Option<Parent>,
        depth: usize,
        jobs: Vec<SelectedJob>,
    ) -> Result<(), TooLarge> {
        // A schedule without jobs on this date is not built.
        if jobs.is_empty() {
            return Ok(());
        }
        let schedule = self.schedules;
        self.schedules += 1;
        for (place, selected) in jobs.iter().enumerate() {
            let job = self.model.job(selected.job);
            let Work::Container(Some(id)) = job.work else { continue };
            if depth < CONTAINERS_DEEP_MAX {
                let lists = self.inside(id);
                let made = copies_made(job, selected.job, self.only_copy);
                for copy in 0..super::create::number(made.len()) {
                    if self.count(&lists)? > 0 {
                        let parent = Parent { schedule, place, job: selected.job, copy };
                        self.open.push_back(Open { id, parent, depth: depth + 1 });
                    }
                }
            }
        }
        (self.each)(SelectedSchedule { id, instance, parent, jobs })
    }
}

/// How many daily jobs a job makes.
pub(super) fn copies(job: &PlannedJob) -> usize {
    match job.copies() {
        Copies::One => 1,
        Copies::Each(names) => names.len(),
    }
}

/// The copies that are made of a job, by their numbers.
pub(super) fn copies_made(of: &PlannedJob, job: JobId, only: Option<(JobId, u32)>) -> Range<u32> {
    match only {
        Some((one, copy)) if one == job => copy..copy.saturating_add(1),
        _ => 0..super::create::number(copies(of)),
    }
}

fn jobs_of(
    model: &Model,
    id: ScheduleId,
    instance: Option<&Instance>,
    date: Date,
) -> Vec<SelectedJob> {
    let jobs = model.schedule(id).jobs.clone();
    let mut selected = Vec::with_capacity(jobs.len());
    for number in jobs {
        let id = JobId(number);
        let job = model.job(id);
        if job.is_disabled() || !is_present(job, instance) {
            continue;
        }
        if let Choice::Built(chosen) = choose(date, model.rules(id)) {
            let use_index = u16::try_from(chosen.index)
                .expect("definitions have far fewer frequencies per job");
            selected.push(SelectedJob { job: id, use_index, excluded_by: None });
        }
    }
    selected
}

/// Whether a job is in an instance of its schedule.
pub fn is_present(job: &PlannedJob, instance: Option<&Instance>) -> bool {
    let (Some(presence), Some(Instance::Named(name))) = (job.presence(), instance) else {
        return true;
    };
    presence.only.as_ref().is_none_or(|only| only.contains(name)) && !presence.except.contains(name)
}
