//! Second step: dependencies of the type Excludes take jobs off the day (`opcon-domain 1.6`).
//!
//! They are applied in the order of the definitions, and a job that has itself been removed removes nothing. So of two
//! jobs that exclude each other the first stays.

use std::collections::HashMap;

use super::Excluded;
use super::select::{SelectedJob, SelectedSchedule, Selection};
use crate::model::{Dependency, Instance, JobId, Kind, Model, Work};
use crate::name::InstanceName;

pub(super) fn exclude(model: &Model, selection: &mut Selection) -> Vec<Excluded> {
    let places = places(selection);
    let mut excluded = Vec::new();
    for schedule in 0..selection.schedules.len() {
        remove_inside(model, selection, schedule, &mut excluded);
        for number in 0..selection.schedules[schedule].jobs.len() {
            apply(model, selection, &places, (schedule, number), &mut excluded);
        }
    }
    // Containers that were removed after their subschedules had been looked at.
    for schedule in 0..selection.schedules.len() {
        remove_inside(model, selection, schedule, &mut excluded);
    }
    excluded
}

/// Removes what one job excludes.
fn apply(
    model: &Model,
    selection: &mut Selection,
    places: &HashMap<JobId, Vec<(usize, usize)>>,
    (schedule, number): (usize, usize),
    excluded: &mut Vec<Excluded>,
) {
    let SelectedJob { job: by, use_index, .. } = selection.schedules[schedule].jobs[number];
    let own = instance_name(model, &selection.schedules[schedule]);
    // A job may remove its own container, and all of its schedule with it.
    let is_removed = |selection: &Selection| {
        selection.schedules[schedule].jobs[number].excluded_by.is_some()
            || selection.is_inside_removed(schedule)
    };
    let is_meant = |each: &&Dependency| {
        each.kind == Kind::Excludes && each.applies_to(usize::from(use_index), own)
    };
    for dependency in model.dependencies(by).iter().filter(is_meant) {
        for target in model.targets(dependency) {
            let same_schedule = model.job(*target).schedule == model.job(by).schedule;
            for (of, place) in places.get(target).into_iter().flatten() {
                let (this, other) = (&selection.schedules[schedule], &selection.schedules[*of]);
                let is_meant = !same_schedule
                    || this.parent == other.parent
                        && dependency.reaches(*of == schedule, instance_name(model, other));
                let is_itself = (*of, *place) == (schedule, number);
                if is_removed(selection) || is_itself || !is_meant {
                    continue;
                }
                remove(selection, (*of, *place), by, excluded);
            }
        }
    }
}

fn remove(
    selection: &mut Selection,
    (schedule, place): (usize, usize),
    by: JobId,
    excluded: &mut Vec<Excluded>,
) {
    let containers = selection.containers(schedule);
    let instance = selection.schedules[schedule].instance;
    let job = &mut selection.schedules[schedule].jobs[place];
    if job.excluded_by.is_none() {
        job.excluded_by = Some(by);
        excluded.push(Excluded { job: job.job, by, containers, instance });
    }
}

/// The name of a named instance.
fn instance_name<'m>(model: &'m Model, schedule: &SelectedSchedule) -> Option<&'m InstanceName> {
    model.schedule(schedule.id).instances.get(schedule.instance as usize).and_then(Instance::name)
}

/// Where the selected jobs are: schedule and place.
fn places(selection: &Selection) -> HashMap<JobId, Vec<(usize, usize)>> {
    let mut places: HashMap<JobId, Vec<(usize, usize)>> = HashMap::new();
    for (number, schedule) in selection.schedules.iter().enumerate() {
        for (place, job) in schedule.jobs.iter().enumerate() {
            places.entry(job.job).or_default().push((number, place));
        }
    }
    places
}

/// The subschedule of a removed container goes with it. Containers come before what is in them, so one pass reaches
/// those within others.
fn remove_inside(
    model: &Model,
    selection: &mut Selection,
    schedule: usize,
    excluded: &mut Vec<Excluded>,
) {
    let Some(by) = selection.container_of(schedule).and_then(|container| container.excluded_by)
    else {
        return;
    };
    debug_assert!(
        selection.container_of(schedule).is_some_and(|container| {
            matches!(model.job(container.job).work, Work::Container(_))
        }),
        "only containers have subschedules"
    );
    for place in 0..selection.schedules[schedule].jobs.len() {
        remove(selection, (schedule, place), by, excluded);
    }
}
