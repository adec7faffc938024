//! How long the names of daily schedules and jobs can be.

use std::collections::HashMap;

use scheduler_core::model::{Copies, JobId, Model, PlannedJob, PlannedSchedule, ScheduleId, Work};

use super::scope::Scope;

/// The schedule that a job contains.
pub(super) fn contained(job: &PlannedJob) -> Option<ScheduleId> {
    match job.work {
        Work::Container(inside) => inside,
        Work::Null | Work::Agent => None,
    }
}

/// How many characters the longest names have that a forecast can show.
pub(super) struct Longest {
    pub schedule: usize,
    pub job: usize,
    pub frequency: usize,
}

/// The longest names of a forecast of any day.
pub(super) fn longest(model: &Model, scope: &Scope) -> Longest {
    let mut above: HashMap<_, Vec<JobId>> = HashMap::new();
    for (id, job) in model.jobs() {
        if let Some(inside) = contained(job) {
            above.entry(inside).or_default().push(id);
        }
    }
    let mut known = HashMap::new();
    let is_shown = shown(model, scope);
    let is_shown = |id: ScheduleId| is_shown[id.0 as usize];
    let schedules = model.schedules().filter(|(id, _)| is_shown(*id));
    let schedules = schedules.map(|(id, _)| of_path(model, &above, &mut known, id));
    let jobs = || model.jobs().filter(|(id, job)| scope.has_job(*id) && is_shown(job.schedule));
    let frequencies = jobs().flat_map(|(id, _)| model.frequencies(id));
    Longest {
        schedule: schedules.max().unwrap_or(0),
        job: jobs().map(|(id, _)| of_job(model, id)).max().unwrap_or(0),
        frequency: frequencies.map(|each| chars(each.as_str())).max().unwrap_or(0),
    }
}

/// Which schedules a forecast can show: some and what they contain, those of jobs, or all.
fn shown(model: &Model, scope: &Scope) -> Vec<bool> {
    let mut is_shown = vec![false; model.schedules().len()];
    let asked = scope.schedules(model);
    if let (Scope::Jobs(_), Some(schedules)) = (scope, &asked) {
        // A job that is asked for is shown alone, also where it is a container.
        for ScheduleId(id) in schedules {
            is_shown[*id as usize] = true;
        }
        return is_shown;
    }
    let mut open = asked.unwrap_or_else(|| model.schedules().map(|(id, _)| id).collect());
    while let Some(ScheduleId(id)) = open.pop() {
        if !std::mem::replace(&mut is_shown[id as usize], true) {
            let jobs = model.schedule(ScheduleId(id)).jobs.clone();
            open.extend(jobs.filter_map(|job| contained(model.job(JobId(job)))));
        }
    }
    is_shown
}

fn of_job(model: &Model, id: JobId) -> usize {
    let copies = match model.job(id).copies() {
        Copies::One => 0,
        Copies::Each(names) => longest_of(names),
    };
    chars(model.job_name(id).as_str()).max(copies)
}

/// The longest path to a schedule through the containers in which it can be. Each schedule is measured once; one that
/// contains itself, which is a mistake, ends the way.
fn of_path(
    model: &Model,
    above: &HashMap<ScheduleId, Vec<JobId>>,
    known: &mut HashMap<ScheduleId, usize>,
    id: ScheduleId,
) -> usize {
    if let Some(known) = known.get(&id) {
        return *known;
    }
    known.insert(id, 0);
    let own = of_schedule(model.schedule(id));
    let containers = above.get(&id).into_iter().flatten();
    let outside = containers.map(|job| {
        let name = chars(model.job_name(*job).as_str());
        of_path(model, above, known, model.job(*job).schedule) + name + "_[]".len()
    });
    let len = outside.max().unwrap_or(0) + own;
    known.insert(id, len);
    len
}

fn of_schedule(schedule: &PlannedSchedule) -> usize {
    chars(schedule.name.as_str()).max(longest_of(&schedule.instance_names))
}

fn longest_of(names: &[String]) -> usize {
    names.iter().map(|name| chars(name)).max().unwrap_or(0)
}

fn chars(name: &str) -> usize {
    name.chars().count()
}
