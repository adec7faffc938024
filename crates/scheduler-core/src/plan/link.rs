//! Fourth step: the edges of the day.

use super::{
    DailyJobId, EDGES_MAX, Edge, Elsewhere, Linked, Other, Past, Place, Plan, Seconds, TooLarge,
    Wait,
};
use crate::model::{Dependency, Instance, JobId, Kind, Model, ScheduleId};
use crate::name::InstanceName;

/// Connects each job and calls `linked` with its number when it is.
pub(super) fn link(
    model: &Model,
    plan: &mut Plan,
    past: &Past,
    mut linked: impl FnMut(&mut Plan, u32),
) -> Result<(), TooLarge> {
    let here = by_schedule(model, plan);
    plan.edges.reserve(model.dependencies_len());
    plan.linked.reserve(plan.jobs.len());
    for number in 0..plan.jobs.len() {
        let mut edges = std::mem::take(&mut plan.edges);
        let first = super::create::number(edges.len());
        plan.linked.push(Linked { edges: first, start: Seconds::NONE, end: Seconds::NONE });
        let daily = &plan.jobs[number];
        let index = usize::from(daily.use_index);
        let own = instance_name(model, plan, daily.schedule);
        for (dependency, each) in (0..).zip(model.dependencies(daily.job)) {
            if let Some(wait) = wait(each).filter(|_| each.applies_to(index, own)) {
                for target in model.targets(each) {
                    if each.offset != 0 {
                        let (what, _) = past.find(plan.date, *target, each.offset);
                        let other = Other::Elsewhere { job: *target, offset: each.offset, what };
                        edges.push(Edge { other, wait, dependency });
                        continue;
                    }
                    add(model, plan, &here, number, (dependency, each), *target, wait, &mut edges);
                    if edges.len() > EDGES_MAX {
                        return Err(TooLarge { date: plan.date, what: "edges", max: EDGES_MAX });
                    }
                }
            }
        }
        plan.edges = edges;
        linked(plan, super::create::number(number));
    }
    Ok(())
}

fn wait(dependency: &Dependency) -> Option<Wait> {
    match dependency.kind {
        Kind::Requires(condition) => Some(Wait::Requires(condition)),
        Kind::After(condition) => Some(Wait::After(condition)),
        Kind::Conflict { .. } => Some(Wait::Conflict),
        // Done when the day was selected.
        Kind::Excludes => None,
    }
}

/// The numbers of the plan's schedules, by definition.
fn by_schedule(model: &Model, plan: &Plan) -> Vec<Vec<u32>> {
    let mut numbers = vec![Vec::new(); model.schedules().len()];
    for (number, schedule) in (0..).zip(&plan.schedules) {
        let ScheduleId(id) = schedule.id;
        numbers[id as usize].push(number);
    }
    numbers
}

#[expect(clippy::too_many_arguments, reason = "the parts of one loop's body")]
fn add(
    model: &Model,
    plan: &Plan,
    here: &[Vec<u32>],
    successor: usize,
    (number, dependency): (u16, &Dependency),
    target: JobId,
    wait: Wait,
    edges: &mut Vec<Edge>,
) {
    let daily = &plan.jobs[successor];
    let of = model.job(target).schedule;
    let own = plan.schedules[daily.schedule as usize].id == of;
    let before = edges.len();
    let mut add_from = |schedule: u32| {
        let Place { first, count } = plan.schedules[schedule as usize].place(model, target);
        let copies = first..first + count;
        for id in copies.filter(|id| *id as usize != successor) {
            edges.push(Edge { other: Other::Here(DailyJobId(id)), wait, dependency: number });
        }
    };
    if own && !dependency.leaves_instance() {
        add_from(daily.schedule);
    } else {
        let parent = plan.schedules[daily.schedule as usize].parent;
        let counts = |schedule: u32| {
            let is_same = schedule == daily.schedule;
            plan.schedules[schedule as usize].parent == parent
                && dependency.reaches(is_same, instance_name(model, plan, schedule))
        };
        let schedules = here[of.0 as usize].iter();
        schedules.filter(|schedule| !own || counts(**schedule)).for_each(|each| add_from(*each));
    }
    if edges.len() == before {
        let other = Other::Elsewhere { job: target, offset: 0, what: Elsewhere::NotBuilt };
        edges.push(Edge { other, wait, dependency: number });
    }
}

/// The name of a named instance.
fn instance_name<'m>(model: &'m Model, plan: &Plan, schedule: u32) -> Option<&'m InstanceName> {
    plan.instance(model, &plan.schedules[schedule as usize]).and_then(Instance::name)
}
