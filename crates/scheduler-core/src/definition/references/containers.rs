//! Schedules in schedules: none contains itself, and they are not too deep in each other. A build would not end
//! otherwise, and leaves out what is deeper.

use std::collections::BTreeSet;

use super::Lookup;
use crate::definition::Definitions;
use crate::definition::run::Run;
use crate::loops::loops;
use crate::path::Path;
use crate::plan::CONTAINERS_DEEP_MAX;

pub(super) fn check(lookup: &mut Lookup<'_>) {
    let definitions = lookup.definitions;
    let inside: Vec<Vec<Inside>> =
        (0..definitions.schedules.len()).map(|schedule| inside(definitions, schedule)).collect();
    let next = |from: usize| inside[from].iter().map(|inside| inside.schedule).collect();
    let found = loops(inside.len(), next);
    for way in &found {
        let (from, to) = (way[0], way.get(1).unwrap_or(&way[0]));
        let names = way.iter().chain([&from]).map(|schedule| name(definitions, *schedule));
        let names = names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" contains ");
        if let Some(inside) = inside[from].iter().find(|inside| inside.schedule == *to) {
            let message = format!("a schedule cannot contain itself: {names}");
            lookup.problem(path(definitions, from, inside.job), message);
        }
    }
    // How deep a loop is has no answer.
    if found.is_empty() {
        too_deep(lookup, &inside);
    }
}

/// A container job of a schedule and what it contains, by their numbers.
struct Inside {
    job: usize,
    schedule: usize,
}

fn inside(definitions: &Definitions, schedule: usize) -> Vec<Inside> {
    let jobs = definitions.schedules[schedule].jobs.values().enumerate();
    jobs.filter_map(|(job, definition)| match &definition.run {
        Run::Container(run) => {
            let schedule = definitions.schedules.get_index_of(run.schedule.as_str())?;
            Some(Inside { job, schedule })
        }
        Run::NullJob
        | Run::AmtBatchJob(_)
        | Run::AmtScript(_)
        | Run::AmtConnector(_)
        | Run::Command(_)
        | Run::PlugIn(_) => None,
    })
    .collect()
}

fn too_deep(lookup: &mut Lookup<'_>, inside: &[Vec<Inside>]) {
    let definitions = lookup.definitions;
    let schedules = definitions.schedules.values().enumerate();
    let top = schedules.filter(|(_, schedule)| !schedule.subschedule).map(|(number, _)| number);
    let mut level: BTreeSet<usize> = top.collect();
    for _ in 0..CONTAINERS_DEEP_MAX {
        let next = level.iter().flat_map(|from| inside[*from].iter().map(|each| each.schedule));
        level = next.collect();
    }
    for schedule in level {
        for Inside { job, .. } in &inside[schedule] {
            let message = format!(
                "`{}` lies in {CONTAINERS_DEEP_MAX} containers already, one in the other: what this one contains would not be built",
                name(definitions, schedule)
            );
            lookup.problem(path(definitions, schedule, *job), message);
        }
    }
}

fn name(definitions: &Definitions, schedule: usize) -> &str {
    definitions.schedules.get_index(schedule).map_or("", |(name, _)| name.as_str())
}

fn path(definitions: &Definitions, schedule: usize, job: usize) -> Path {
    let jobs = &definitions.schedules[schedule].jobs;
    let job = jobs.get_index(job).map_or("", |(name, _)| name.as_str());
    let path = Path::default().field("schedules").field(name(definitions, schedule));
    path.field("jobs").field(job).field("run").field("container").field("schedule")
}
