//! Jobs that a dependency has taken off their day: each of their planned instants has its outcome.

use std::collections::HashSet;

use scheduler_core::model::{Model, ScheduleId};
use scheduler_core::plan::{Excluded, Plan};
use scheduler_store::outcome::{self, Outcome};

use super::place::Places;
use crate::definitions::Loaded;
use crate::error::Result;

/// Stores the outcomes of jobs that were excluded from daily schedules that are made.
pub(super) async fn store(
    tx: &mut sql::Tx<'_>,
    loaded: &Loaded,
    plan: &Plan,
    places: &Places,
    now: i64,
) -> Result<()> {
    let made: HashSet<ScheduleId> = plan
        .schedules
        .iter()
        .zip(&places.schedules)
        .filter(|(schedule, place)| schedule.parent.is_none() && place.is_some())
        .map(|(schedule, _)| schedule.id)
        .collect();
    // The outermost schedule is the one that is built or is there already. Of what is built in one container alone it is that.
    let within = places.within(plan);
    let is_made = |each: &&Excluded| {
        let outermost = each.containers.first().unwrap_or(&each.job);
        made.contains(&loaded.model.job(*outermost).schedule)
            || within.is_some_and(|container| each.containers.contains(&container))
    };
    let excluded = plan.excluded.iter().filter(is_made);
    let outcomes: Vec<Outcome> =
        excluded.flat_map(|each| outcomes(&loaded.model, plan, each, now)).collect();
    Ok(outcome::put(tx, &outcomes).await?)
}

/// The outcomes of a job that was excluded.
pub(crate) fn outcomes(model: &Model, plan: &Plan, excluded: &Excluded, now: i64) -> Vec<Outcome> {
    let by = model.job(excluded.by);
    let by = format!(
        "`{}/{}` excludes it",
        model.schedule(by.schedule).name.as_str(),
        model.job_name(excluded.by).as_str()
    );
    let schedule = plan.daily_schedule_of_excluded(model, excluded);
    let (names, instants) = plan.instants_of_excluded(model, excluded);
    let of = |name: &str, at| Outcome {
        date: plan.date.to_string(),
        schedule: schedule.clone(),
        job: name.to_owned(),
        planned_at: at,
        outcome: "excluded".to_owned(),
        reason: by.clone(),
        at: now,
        job_id: 0,
        attempt: None,
    };
    let each = |name: &&str| -> Vec<Outcome> {
        instants.iter().map(|at| of(name, sql::to_micros(*at))).collect()
    };
    names.iter().flat_map(each).collect()
}
