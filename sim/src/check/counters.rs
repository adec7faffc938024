//! Everything that is counted step by step is what a count of everything gives.

use std::collections::BTreeMap;

use scheduler_core::job::{Ending, Job, State};

use super::Checked;
use crate::mirror::Mirror;

/// Looks at all of them.
pub(crate) fn counters(mirror: &Mirror) -> Checked {
    let mut running: BTreeMap<&str, i64> = BTreeMap::new();
    let mut used: BTreeMap<String, i64> = BTreeMap::new();
    let mut open: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for (id, job) in &mirror.jobs {
        let counts = open.entry(job.row.schedule_id).or_default();
        counts.0 += i64::from(!has_ended(&job.life));
        counts.1 += i64::from(has_failed(&job.life));
        let Some(live) = job.life.live() else { continue };
        if let Some(agent) = &job.row.agent {
            *running.entry(agent).or_default() += 1;
        }
        let attempt = mirror.attempts.get(&(*id, i64::from(live.attempt)));
        let units = attempt.and_then(|each| each.resources.as_ref());
        let units: Option<BTreeMap<String, i64>> =
            units.and_then(|text| serde_json::from_str(text).ok());
        for (name, units) in units.into_iter().flatten() {
            *used.entry(name).or_default() += units;
        }
    }
    for (name, agent) in &mirror.agents {
        let count = running.get(name.as_str()).copied().unwrap_or(0);
        if agent.running != count {
            return Err(format!("{name} counts {} jobs and has {count}", agent.running));
        }
    }
    for (name, resource) in &mirror.resources {
        let count = used.get(name).copied().unwrap_or(0);
        if resource.used != count {
            return Err(format!("{name} counts {} units, and jobs have {count}", resource.used));
        }
    }
    for (id, schedule) in &mirror.schedules {
        let count = open.get(id).copied().unwrap_or((0, 0));
        let row = &schedule.row;
        if (row.open_jobs, row.failed_jobs) != count {
            return Err(format!(
                "{}/{} counts {} open and {} failed jobs, and has {count:?}",
                row.date, row.name, row.open_jobs, row.failed_jobs
            ));
        }
    }
    Ok(())
}

/// Whether a job holds its schedule up no more: one that missed its start does.
fn has_ended(life: &Job) -> bool {
    life.ending().is_some_and(|ending| ending != Ending::MissedStartTime)
}

fn has_failed(life: &Job) -> bool {
    matches!(
        life.state,
        State::Ended {
            ending: Ending::Failed(_) | Ending::UnderReview(_),
            is_processing: false,
            ..
        }
    )
}
