//! Nothing is lost: in a world in which everything works, and after nothing more happens, no job waits for nothing, and no
//! attempt is left for which nobody cares.

use std::collections::BTreeMap;

use jiff::Timestamp;
use scheduler_core::job::State;
use serde_json::Value;

use super::predecessors::{conflicts, unmet};
use super::{Checked, key};
use crate::link::Link;
use crate::mirror::{DailyJob, Mirror};

/// Looks for jobs that could start and do not, and for such as run no more and do not end.
pub(crate) fn lost(mirror: &Mirror, link: &Link, instance: &str, now: i64) -> Checked {
    for (id, job) in &mirror.jobs {
        match job.life.state {
            State::Live(live) => {
                let attempt = (*id, i64::from(live.attempt));
                let Some(row) = mirror.attempts.get(&attempt) else { continue };
                if row.agent.is_empty() || is_disabled(mirror, &row.agent) {
                    continue;
                }
                if !link.is_running(&key(instance, *id, attempt.1)) {
                    return Err(format!(
                        "lost: {} runs, and its task does not; wanted is {:?}",
                        mirror.shown(*id),
                        row.wanted
                    ));
                }
            }
            State::Waiting { .. } | State::Ready | State::ToBeSkipped => {
                if waits_for_nothing(mirror, job, now) {
                    return Err(format!(
                        "lost: {} could start and does not; due is {:?}, waits for {:?}, open edges {}, \
                         not before {:?}, depends on {} {:?}",
                        mirror.shown(*id),
                        job.row.due_at,
                        job.row.waits_for,
                        job.row.open_edges,
                        job.life.not_before,
                        mirror.definition_of(job)["depends_on"],
                        super::predecessors::shown(mirror, job)
                    ));
                }
            }
            State::UnderConstruction => {
                return Err(format!("lost: {} is under construction", mirror.shown(*id)));
            }
            State::Ended { is_processing: true, .. } => {
                return Err(format!("lost: the events of {} are not performed", mirror.shown(*id)));
            }
            State::Held { .. } | State::Ended { .. } => {}
        }
    }
    Ok(())
}

fn waits_for_nothing(mirror: &Mirror, job: &DailyJob, now: i64) -> bool {
    let Some(schedule) = mirror.schedules.get(&job.row.schedule_id) else { return false };
    if mirror.is_paused || !schedule.life.is_in_process() {
        return false;
    }
    let not_before = job.life.not_before.map(Timestamp::as_microsecond);
    let is_skip = matches!(job.life.state, State::ToBeSkipped);
    // One that was started by force and is to be skipped after all waits for everything again.
    let is_forced = job.life.is_forced && !is_skip;
    let earliest = match (is_forced, not_before) {
        (true, at) => at.unwrap_or(i64::MIN),
        (false, at) => at.unwrap_or(job.row.start_at),
    };
    if now < earliest {
        return false;
    }
    if !is_forced {
        if unmet(mirror, None, job).is_some() || conflicts(mirror, job).is_some() {
            return false;
        }
        if !limits_are_free(mirror, job) {
            return false;
        }
    }
    is_skip || has_agent(mirror, job)
}

/// An agent that an operator has disabled is not asked what has become of its tasks.
fn is_disabled(mirror: &Mirror, agent: &str) -> bool {
    mirror.agents.get(agent).is_some_and(|state| state.communication == "disabled")
}

fn limits_are_free(mirror: &Mirror, job: &DailyJob) -> bool {
    let definition = mirror.definition_of(job);
    let list = |name: &str| definition[name].as_array().cloned().unwrap_or_default();
    let is_met = |each: &Value| {
        let name = each["threshold"].as_str().unwrap_or_default();
        mirror.thresholds.get(name).copied().unwrap_or(0) >= each["value"].as_i64().unwrap_or(0)
    };
    let is_free = |each: &Value| {
        let name = each["resource"].as_str().unwrap_or_default();
        let Some(resource) = mirror.resources.get(name) else { return false };
        // One that waits for all of it keeps others away: who may pass it is its own business.
        let is_kept = resource.lock_job_id.is_some_and(|owner| owner != job.row.id);
        let free = resource.maximum - resource.used;
        !is_kept
            && match each["take"]["units"].as_i64() {
                Some(units) => units <= free,
                None => resource.maximum > 0 && resource.used == 0,
            }
    };
    list("thresholds").iter().all(is_met) && list("resources").iter().all(is_free)
}

fn has_agent(mirror: &Mirror, job: &DailyJob) -> bool {
    let Some(text) = &job.row.runs_on else { return true };
    if mirror.definition_of(job)["run"].get("plug_in").is_none() {
        return true;
    }
    let on: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let named = on["agents"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let group = on["least_tasked"].as_str().and_then(|name| mirror.groups.get(name));
    let mut all = named.chain(group.into_iter().flatten().map(String::as_str));
    all.any(|name| {
        let max =
            mirror.agent_definitions.get(name).map_or(0, |of| of["max_jobs"].as_i64().unwrap_or(0));
        mirror.agents.get(name).is_some_and(|state| {
            state.communication == "full"
                && state.status == "communicating"
                && (max == 0 || state.running < max)
        })
    })
}

/// Looks, after all tasks have ended, for attempts for which something is still to be done, and for tasks that nobody has
/// told to be forgotten.
pub(crate) fn cared_for(mirror: &Mirror, link: &Link, instance: &str) -> Checked {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for row in mirror.attempts.values() {
        if let Some(wanted) = &row.wanted {
            *left.entry(wanted).or_default() += 1;
        }
    }
    if let Some((wanted, count)) = left.first_key_value() {
        let of = mirror.attempts.values().find(|row| row.wanted.as_deref() == Some(wanted));
        let of = of.map(|row| (row.job_id, row.number));
        return Err(format!("left: {count} attempts want {wanted} for ever, such as {of:?}"));
    }
    for task in link.fake.tasks() {
        let is_known = crate::link::short(&task)
            .split_once('-')
            .and_then(|(job, number)| Some((job.parse().ok()?, number.parse().ok()?)))
            .is_some_and(|place: (i64, i64)| mirror.attempts.contains_key(&place));
        if !is_known || !task.as_str().contains(instance) {
            return Err(format!("left: nobody knows the task {task} of the agents"));
        }
    }
    Ok(())
}
