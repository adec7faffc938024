//! Instances of schedules and copies of jobs: each has a name of its own.

use std::collections::HashSet;

use core_kit::text::shown;
use indexmap::IndexMap;

use super::lookup::{Kind, Lookup};
use crate::definition::{Instances, Job, RunsOn, Schedule};
use crate::name::PropertyName;
use crate::path::Path;

/// Instances of a schedule at most: as many as a machine group has agents.
const INSTANCES_MAX: usize = 2_048;

pub(super) fn of_schedule(lookup: &mut Lookup<'_>, schedule: &Schedule, path: &Path) {
    let Some(instances) = &schedule.instances else { return };
    let path = path.field("instances");
    if !schedule.multi_instance {
        let message = "only a schedule with `multi_instance: true` has instances";
        lookup.problem(path.clone(), message);
    }
    match instances {
        Instances::MachineGroup(group) => {
            let groups = &lookup.definitions.machine_groups;
            lookup.find(groups, Kind::MachineGroup, group.as_str(), &path.field("machine_group"));
        }
        Instances::Properties(of) => {
            let path = path.field("properties");
            how_many(lookup, of.len(), &path);
            sets(lookup, of, &path);
        }
        Instances::Named(names) => {
            let path = path.field("named");
            how_many(lookup, names.len(), &path);
            each_once(lookup, names.iter().map(AsRef::as_ref), &path);
        }
    }
}

fn how_many(lookup: &mut Lookup<'_>, count: usize, path: &Path) {
    if !(1..=INSTANCES_MAX).contains(&count) {
        let message = format!("{count} instances are given; expected 1 to {INSTANCES_MAX}");
        lookup.problem(path.clone(), message);
    }
}

pub(super) fn of_job(lookup: &mut Lookup<'_>, schedule: &Schedule, job: &Job, path: &Path) {
    copies(lookup, job, path);
    let Some(Instances::Named(known)) = &schedule.instances else {
        if job.only_instances.is_some() || !job.except_instances.is_empty() {
            let field =
                if job.only_instances.is_some() { "only_instances" } else { "except_instances" };
            lookup.problem(path.field(field), "the schedule has no named instances");
        }
        return;
    };
    let only = job.only_instances.iter().flatten().map(|name| ("only_instances", name));
    let except = job.except_instances.iter().map(|name| ("except_instances", name));
    for (field, name) in only.chain(except).filter(|(_, name)| !known.contains(name)) {
        let near = lookup.hints.question(name.as_str(), known.iter().map(AsRef::as_ref));
        lookup.problem(
            path.field(field),
            format!("the schedule has no instance `{}`{near}", name.as_str()),
        );
    }
}

/// What a job is copied by: its sets of properties or a group of agents. No source says what both would mean, so both
/// are refused.
fn copies(lookup: &mut Lookup<'_>, job: &Job, path: &Path) {
    let path = path.field("instances");
    if !job.instances.is_empty() && matches!(job.runs_on, Some(RunsOn::EachOf(_))) {
        let message = "the job has a copy for each agent already, by `runs_on: { each_of: … }`: it cannot have one for \
                       each set of properties too; put it into a subschedule, or leave one of them out";
        lookup.problem(path.clone(), message);
    }
    sets(lookup, &job.instances, &path);
}

/// Sets of properties, each named after its first value.
fn sets(lookup: &mut Lookup<'_>, sets: &[IndexMap<PropertyName, String>], path: &Path) {
    for (index, _) in sets.iter().enumerate().filter(|(_, set)| set.is_empty()) {
        lookup.problem(path.index(index), "give at least one property: its value is the name");
    }
    let names = sets.iter().map(|set| set.values().next().map_or("", String::as_str));
    each_once(lookup, names, path);
}

/// What is there twice would be built twice under one name. Empty names have their own problem.
pub(super) fn each_once<'n>(
    lookup: &mut Lookup<'_>,
    names: impl Iterator<Item = &'n str>,
    path: &Path,
) {
    let mut seen = HashSet::new();
    for (index, name) in names.enumerate() {
        if !name.is_empty() && !seen.insert(name) {
            lookup.problem(path.index(index), format!("`{}` is there already", shown(name)));
        }
    }
}
