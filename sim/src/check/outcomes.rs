//! Run or reason: every planned instant of a job that is over has its outcome.

use scheduler_core::job::State;

use super::{Checked, Step};
use crate::mirror::DailyJob;

pub(super) fn check(step: &Step<'_>) -> Checked {
    for job in &step.changes.removed {
        all(step, job, "gone")?;
    }
    for id in step.changes.jobs.keys() {
        let Some(job) = step.mirror.jobs.get(id) else { continue };
        if matches!(job.life.state, State::Ended { .. }) {
            all(step, job, "over")?;
        }
    }
    for (id, before) in &step.changes.schedules {
        let is_over = |each: &crate::mirror::DailySchedule| each.row.completed_at.is_some();
        let is_new = step.mirror.schedules.get(id).is_some_and(is_over)
            && !before.as_ref().is_some_and(is_over);
        if is_new {
            for job in step.mirror.jobs.values().filter(|job| job.row.schedule_id == *id) {
                all(step, job, "in a schedule that is completed")?;
            }
        }
    }
    Ok(())
}

fn all(step: &Step<'_>, job: &DailyJob, how: &str) -> Checked {
    let known = step.mirror.outcomes.get(&job.row.id);
    let is_missing = |at: &&i64| !known.is_some_and(|known| known.contains_key(*at));
    match job.instants.iter().find(is_missing) {
        None => Ok(()),
        Some(at) => Err(format!(
            "run or reason: `{}` (job {}, {:?}) is {how} and its instant {at} has no outcome",
            job.row.name,
            job.row.id,
            job.life.status()
        )),
    }
}
