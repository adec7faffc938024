//! What has ended stays so, unless somebody wants it otherwise.

use scheduler_core::job::State;

use super::{Checked, Step};
use crate::mirror::DailyJob;

pub(super) fn check(step: &Step<'_>) -> Checked {
    for (id, before) in &step.changes.jobs {
        let (Some(before), Some(now)) = (before, step.mirror.jobs.get(id)) else { continue };
        let State::Ended { ending: was, at, .. } = before.life.state else { continue };
        if matches!(now.life.state, State::Ended { ending, at: then, .. } if ending == was && then == at)
        {
            continue;
        }
        if !is_wanted(step, *id, now) {
            return Err(format!(
                "{} had ended ({was:?}), and nobody has asked for more",
                step.mirror.shown(*id)
            ));
        }
    }
    Ok(())
}

fn is_wanted(step: &Step<'_>, id: i64, job: &DailyJob) -> bool {
    if step.asked == Some(id) {
        return true;
    }
    let Some(schedule) = step.mirror.schedules.get(&job.row.schedule_id) else { return false };
    // The jobs of a container go with it.
    if schedule.row.parent_job_id.is_some_and(|parent| step.changes.jobs.contains_key(&parent)) {
        return true;
    }
    let name = (schedule.row.schedule.clone(), job.row.job.clone());
    step.events.is_some_and(|events| events.contains(&name))
}
