//! Starts: a job starts only when everything that its definition asks for is there.

use jiff::Timestamp;
use scheduler_core::job::State;
use serde_json::Value;

use super::predecessors::{conflicts, unmet};
use super::{Checked, Step};
use crate::mirror::DailyJob;

pub(super) fn check(step: &Step<'_>) -> Checked {
    for place in &step.changes.attempts {
        let Some(job) = step.mirror.jobs.get(&place.0) else { continue };
        one(step, job, *place).map_err(|why| {
            format!("{} was started as attempt {}: {why}", step.mirror.shown(place.0), place.1)
        })?;
    }
    Ok(())
}

fn one(step: &Step<'_>, job: &DailyJob, (id, number): (i64, i64)) -> Checked {
    let before = step.changes.jobs.get(&id).and_then(Option::as_ref).unwrap_or(job);
    for earlier in step.mirror.attempts_of(id).filter(|each| each.number < number) {
        if earlier.ended_at.is_none() && earlier.ending.is_none() {
            return Err(format!("attempt {} of it is not over", earlier.number));
        }
    }
    if step.was_paused && step.mirror.is_paused {
        return Err("all starts are stopped".to_owned());
    }
    schedule(step, job)?;
    agent(step, job, (id, number))?;
    resources(step, (id, number))?;
    let is_forced = before.life.is_forced || job.life.is_forced;
    if is_forced && step.forced.contains(&id) {
        return Ok(());
    }
    if is_forced {
        return Err("by force, for which nobody has asked".to_owned());
    }
    times(step, before)?;
    if let Some(why) = unmet(step.mirror, Some(step.changes), job) {
        return Err(why);
    }
    if matches!(job.life.state, State::Live(_))
        && let Some(other) = conflicts(step.mirror, job)
    {
        // One that was started by force runs beside whatever it likes.
        if !step.forced.contains(&other) {
            return Err(format!("{} runs, and they may not together", step.mirror.shown(other)));
        }
    }
    thresholds(step, job)
}

fn schedule(step: &Step<'_>, job: &DailyJob) -> Checked {
    let id = job.row.schedule_id;
    let now = step.mirror.schedules.get(&id).map(|each| each.life.is_in_process());
    let before = step.changes.schedules.get(&id).and_then(Option::as_ref);
    let before = before.map(|each| each.life.is_in_process());
    // It may have begun and ended within the step.
    if now == Some(true) || before == Some(true) || step.changes.schedules.contains_key(&id) {
        return Ok(());
    }
    Err("its schedule is not in process".to_owned())
}

fn times(step: &Step<'_>, before: &DailyJob) -> Checked {
    let not_before = before.life.not_before.map(Timestamp::as_microsecond);
    let earliest = not_before.unwrap_or(before.row.start_at);
    if step.now < earliest {
        return Err(format!("its time is {earliest}, and it is {}", step.now));
    }
    let is_bound = before.life.attempts == 0 && not_before.is_none();
    if is_bound && before.row.latest_start.is_some_and(|latest| step.now > latest) {
        return Err("its latest start has passed".to_owned());
    }
    Ok(())
}

/// The agent may be used, is one of those on which the job may run, and has no more jobs than it may have.
fn agent(step: &Step<'_>, job: &DailyJob, place: (i64, i64)) -> Checked {
    let Some(attempt) = step.mirror.attempts.get(&place).filter(|each| !each.agent.is_empty())
    else {
        return Ok(());
    };
    let name = &attempt.agent;
    let on: Value = job
        .row
        .runs_on
        .as_ref()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or(Value::Null);
    let is_named = on["agents"].as_array().is_some_and(|all| all.iter().any(|each| each == name));
    let group = on["least_tasked"].as_str().and_then(|group| step.mirror.groups.get(group));
    if !is_named && !group.is_some_and(|all| all.contains(name)) {
        return Err(format!("on {name}, where it may not run"));
    }
    let is_usable = |state: &crate::notes::AgentRow| {
        state.communication == "full" && state.status == "communicating"
    };
    let now = step.mirror.agents.get(name).is_some_and(is_usable);
    let before = step.changes.agents.get(name).is_some_and(is_usable);
    if !now && !before {
        return Err(format!("on {name}, which cannot be used"));
    }
    let max_of = |all: &std::collections::BTreeMap<String, Value>| {
        all.get(name).map(|agent| agent["max_jobs"].as_u64().unwrap_or(0))
    };
    let maxima = [max_of(&step.mirror.agent_definitions), max_of(&step.changes.agent_definitions)];
    let running = running_on(step, name);
    // One of the two counted when it was started.
    let fits = |max: u64| max == 0 || running <= max;
    if maxima.into_iter().flatten().any(fits) {
        return Ok(());
    }
    Err(format!("{running} jobs run on {name}, which may have {maxima:?}"))
}

fn running_on(step: &Step<'_>, agent: &str) -> u64 {
    let runs =
        |job: &&DailyJob| job.life.live().is_some() && job.row.agent.as_deref() == Some(agent);
    step.mirror.jobs.values().filter(runs).count() as u64
}

/// Jobs that run have no more units of a resource than there are.
fn resources(step: &Step<'_>, place: (i64, i64)) -> Checked {
    let taken = |text: &Option<String>| -> std::collections::BTreeMap<String, i64> {
        text.as_ref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    let Some(attempt) = step.mirror.attempts.get(&place) else { return Ok(()) };
    for name in taken(&attempt.resources).keys() {
        let mut used = 0;
        for (id, job) in &step.mirror.jobs {
            let Some(live) = job.life.live() else { continue };
            let attempt = step.mirror.attempts.get(&(*id, i64::from(live.attempt)));
            used +=
                attempt.map_or(0, |each| taken(&each.resources).get(name).copied().unwrap_or(0));
        }
        let maximum = |row: &crate::notes::ResourceRow| row.maximum;
        let now = step.mirror.resources.get(name).map_or(0, maximum);
        let before = step.changes.resources.get(name).map_or(0, maximum);
        if used > now.max(before) {
            return Err(format!("jobs have {used} units of {name}, of which there are {now}"));
        }
    }
    Ok(())
}

fn thresholds(step: &Step<'_>, job: &DailyJob) -> Checked {
    let all = step.mirror.definition_of(job)["thresholds"].as_array().cloned().unwrap_or_default();
    for each in &all {
        let (Some(name), Some(wanted)) = (each["threshold"].as_str(), each["value"].as_i64())
        else {
            continue;
        };
        let now = step.mirror.thresholds.get(name).copied().unwrap_or(0);
        let seen = step.changes.thresholds.get(name).into_iter().flatten();
        if !seen.chain([&now]).any(|value| *value >= wanted) {
            return Err(format!("the threshold {name} is {now} and not {wanted} or more"));
        }
    }
    Ok(())
}
