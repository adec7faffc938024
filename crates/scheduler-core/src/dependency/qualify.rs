//! The tests that a waiting job must pass, in their order (`opcon-domain 1.6`).

use jiff::Timestamp;

use crate::job::{Qualification, Reason};

/// Why a job is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To start it.
    Start,
    /// To skip it: neither its latest start nor a machine matters.
    Skip,
    /// It was started by force: only its schedule, the time of its next try and a machine matter.
    Forced,
}

/// What a job is tested against. What costs something to find out is asked only when everything before it
/// holds.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The time.
    pub now: Timestamp,
    /// Why it is tested.
    pub purpose: Purpose,
    /// Whether its schedule is in process.
    pub is_schedule_in_process: bool,
    /// Its latest start, if it has one that counts
    /// ([`crate::job::Job::is_bound_by_latest_start`]).
    pub latest_start: Option<Timestamp>,
    /// Its start by its start offset.
    pub start: Timestamp,
    /// A time before which it does not start ([`crate::job::Job::not_before`]): it stands instead of
    /// the start offset.
    pub not_before: Option<Timestamp>,
    /// Edges to predecessors that are not satisfied.
    pub open_predecessors: u32,
    /// Jobs that run and with which it has a conflict.
    pub running_conflicts: u32,
    /// Whether its thresholds have their values and its resources their units.
    pub are_thresholds_and_resources_met: &'a dyn Fn() -> bool,
    /// Whether its expressions are true. One that cannot be evaluated is not.
    pub are_expressions_true: &'a dyn Fn() -> bool,
    /// Whether a machine can take it.
    pub has_machine: &'a dyn Fn() -> bool,
}

/// The tests in their order; the first that fails gives the answer.
pub fn qualify(facts: &Facts<'_>) -> Qualification {
    let waits = Qualification::Waiting;
    let is_start = facts.purpose == Purpose::Start;
    let is_forced = facts.purpose == Purpose::Forced;
    if !facts.is_schedule_in_process {
        return waits(Reason::Qualifying);
    }
    if is_start && facts.latest_start.is_some_and(|latest| facts.now > latest) {
        return Qualification::Missed;
    }
    let start = if is_forced { facts.not_before } else { facts.not_before.or(Some(facts.start)) };
    if start.is_some_and(|start| facts.now < start) {
        return waits(Reason::StartTime);
    }
    if !is_forced && facts.open_predecessors > 0 {
        return waits(Reason::JobDependency);
    }
    if !is_forced && facts.running_conflicts > 0 {
        return waits(Reason::JobConflict);
    }
    if !is_forced && !(facts.are_thresholds_and_resources_met)() {
        return waits(Reason::ThresholdOrResource);
    }
    if !is_forced && !(facts.are_expressions_true)() {
        return waits(Reason::Expression);
    }
    if facts.purpose != Purpose::Skip && !(facts.has_machine)() {
        return waits(Reason::Machine);
    }
    Qualification::Qualified
}
