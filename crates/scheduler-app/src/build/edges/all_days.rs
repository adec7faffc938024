//! Conflicts on all days: an edge to each day of the other job that is still open. A conflict counts both ways, so it is the
//! day that is built later which has the edge, whichever of the two names the other.

use std::collections::{BTreeMap, BTreeSet};

use scheduler_core::model::{Instance, JobId, Kind, Model};
use scheduler_core::plan::{DailyJob, DailyJobId, Plan};
use scheduler_store::{daily_job, edge};

use super::Edges;
use crate::error::Result;

impl Edges<'_> {
    /// Adds the edges to jobs of other days.
    pub(in crate::build) async fn add_all_days(&mut self, tx: &mut sql::Tx<'_>) -> Result<()> {
        let model = &self.loaded.model;
        let named = named_by(model);
        if named.is_empty() {
            return Ok(());
        }
        let date = self.plan.date.to_string();
        let mut open: BTreeMap<JobId, Vec<i64>> = BTreeMap::new();
        for (id, daily) in self.plan.jobs() {
            let Some(successor) = self.places.job(self.plan, id.0) else { continue };
            let Some(conflict) = named.get(&daily.job) else { continue };
            let mut others = BTreeSet::new();
            for job in own(model, self.plan, daily).chain(conflict.iter().copied()) {
                if let std::collections::btree_map::Entry::Vacant(entry) = open.entry(job) {
                    let schedule = model.schedule(model.job(job).schedule).name.as_str();
                    let name = model.job_name(job).as_str();
                    entry.insert(daily_job::of_other_days(tx, schedule, name, &date).await?);
                }
                others.extend(&open[&job]);
            }
            for other in others {
                self.add_conflict(id, successor, other);
            }
        }
        Ok(())
    }

    fn add_conflict(&mut self, id: DailyJobId, successor: i64, other: i64) {
        let number = self
            .next
            .entry(successor)
            .or_insert_with(|| i64::try_from(self.plan.edges(id).len()).unwrap_or(i64::MAX));
        self.rows.push(edge::Edge {
            successor_id: successor,
            number: *number,
            predecessor_id: Some(other),
            kind: "conflict".to_owned(),
            condition: String::new(),
            is_open: false,
            wanted_schedule: None,
            wanted_job: None,
            wanted_date: None,
        });
        *number += 1;
    }
}

/// For each job that has to do with a conflict on all days, the other jobs that name it.
fn named_by(model: &Model) -> BTreeMap<JobId, BTreeSet<JobId>> {
    let mut named: BTreeMap<JobId, BTreeSet<JobId>> = BTreeMap::new();
    for (id, _) in model.jobs() {
        let all_days = |kind: Kind| matches!(kind, Kind::Conflict { all_days: true });
        for dependency in model.dependencies(id).iter().filter(|each| all_days(each.kind)) {
            named.entry(id).or_default();
            for target in model.targets(dependency).iter().filter(|target| **target != id) {
                named.entry(*target).or_default().insert(id);
            }
        }
    }
    named
}

/// The jobs beside which a daily job may not run on any day.
fn own<'m>(
    model: &'m Model,
    plan: &Plan,
    daily: &DailyJob,
) -> impl Iterator<Item = JobId> + use<'m> {
    let instance = plan.instance(model, plan.schedule_of(daily)).and_then(Instance::name);
    let index = usize::from(daily.use_index);
    let counts: Vec<JobId> = model
        .dependencies(daily.job)
        .iter()
        .filter(|each| matches!(each.kind, Kind::Conflict { all_days: true }))
        .filter(|each| each.applies_to(index, instance))
        .flat_map(|each| model.targets(each).iter().copied())
        .collect();
    counts.into_iter()
}
