//! Jobs that are added to a daily schedule: it has more of them, those that have waited for them get them, and a completed one
//! goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use scheduler_core::definition::{Job as JobDefinition, Schedule as ScheduleDefinition};
use scheduler_core::dependency::{InstanceRef, JobDependency};
use scheduler_core::job::State;
use scheduler_core::name::{InstanceName, JobName, ScheduleName};
use scheduler_core::schedule::{Category, Event as ScheduleEvent, Status};
use scheduler_store::daily_job;
use scheduler_store::edge::{self, Edge};

use super::Work;
use crate::build::rule;
use crate::error::{Error, Result};

/// New jobs of a daily schedule.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    /// The date.
    pub(crate) date: String,
    /// The schedule of which it is one.
    pub(crate) schedule: String,
    /// The daily schedule.
    pub(crate) id: i64,
    /// Its instance, where that has a name.
    pub(crate) instance: Option<InstanceName>,
    /// The new daily jobs of each job.
    pub(crate) jobs: BTreeMap<String, Vec<i64>>,
}

impl Work<'_, '_> {
    /// The definition with which a schedule was built.
    pub(crate) async fn schedule_definition(&mut self, id: i64) -> Result<Arc<ScheduleDefinition>> {
        self.bodies.clone().schedule(self.tx, id).await
    }

    /// A schedule has so many open jobs more.
    pub(crate) async fn grow(&mut self, id: i64, jobs: i64) -> Result<()> {
        let schedule = self.load_schedule(id).await?.ok_or_else(|| Error::Unknown {
            what: "daily schedule",
            name: id.to_string(),
            hint: String::new(),
        })?;
        schedule.row.open_jobs += jobs;
        schedule.is_changed = true;
        Ok(())
    }

    /// Says to a schedule that jobs were added. One that is opened by that below one that is held is held, too.
    pub(crate) async fn tell_of_added(&mut self, id: i64, event: ScheduleEvent) -> Result<()> {
        self.schedule(id, event);
        let Some(schedule) = self.load_schedule(id).await? else { return Ok(()) };
        let Some(container) = schedule.row.parent_job_id else { return Ok(()) };
        self.load_jobs([container]).await?;
        let Some(above) = self.jobs.get(&container).map(|job| job.row.schedule_id) else {
            return Ok(());
        };
        let above = self.load_schedule(above).await?.map(|above| above.life.status());
        if above.map(Status::category) == Some(Category::Held) {
            self.schedule(id, ScheduleEvent::ParentHeld);
        }
        Ok(())
    }

    /// Gives jobs that have waited for new jobs their predecessors.
    pub(crate) async fn adopt(&mut self, made: &Made) -> Result<()> {
        let waiting = edge::wanted(self.tx, &made.schedule, &made.date).await?;
        self.load_jobs(waiting.iter().map(|row| row.successor_id)).await?;
        for row in waiting {
            let job = row.wanted_job.clone().unwrap_or_default();
            let Some(ids) = made.jobs.get(&job) else { continue };
            if !self.is_meant(&row, &job, made).await? {
                continue;
            }
            let others: Vec<i64> =
                ids.iter().copied().filter(|id| *id != row.successor_id).collect();
            if let Some((first, more)) = others.split_first() {
                let waits = rule(&row).is_some();
                edge::fill(self.tx, row.successor_id, row.number, *first, waits).await?;
                self.count_edge(row.successor_id, i64::from(waits) - i64::from(row.is_open));
                self.wait_for(&row, more).await?;
            }
            if rule(&row).is_none() {
                daily_job::mark_conflicts(self.tx, &sql::id_list(others)).await?;
            }
        }
        Ok(())
    }

    /// Whether what waits for a job of a schedule means one in that daily schedule: jobs of the same schedule mean the one in
    /// theirs, unless their dependency names others.
    async fn is_meant(&mut self, row: &Edge, job: &str, made: &Made) -> Result<bool> {
        let Some(successor) = self.jobs.get(&row.successor_id) else { return Ok(false) };
        let (schedule, definition) = (successor.row.schedule_id, Arc::clone(&successor.definition));
        let own = self.load_schedule(schedule).await?.map(|own| own.row.schedule.clone());
        let is_same = schedule == made.id;
        Ok(own.as_deref() != Some(made.schedule.as_str())
            || reaches(&definition, (&made.schedule, job), is_same, made.instance.as_ref()))
    }

    /// More jobs for which the successor of an edge waits as it waits by that.
    async fn wait_for(&mut self, row: &Edge, others: &[i64]) -> Result<()> {
        if others.is_empty() {
            return Ok(());
        }
        let waits = rule(row).is_some();
        let all = edge::of(self.tx, row.successor_id).await?;
        let last = all.into_iter().map(|edge| edge.number).max().unwrap_or(0);
        let new = |(next, id): (i64, &i64)| Edge {
            number: next,
            predecessor_id: Some(*id),
            is_open: waits,
            wanted_schedule: None,
            wanted_job: None,
            wanted_date: None,
            ..row.clone()
        };
        let new: Vec<Edge> = (last + 1..).zip(others).map(new).collect();
        edge::insert(self.tx, &new).await?;
        for _ in new.iter().filter(|_| waits) {
            self.count_edge(row.successor_id, 1);
        }
        Ok(())
    }

    /// Jobs that wait for copies of a job in a daily schedule wait for its new ones as well: all that exist at that moment count
    /// (`opcon-domain 1.6`). Those that have not started do.
    pub(crate) async fn wait_too(
        &mut self,
        schedule_id: i64,
        job: &str,
        first: i64,
        count: i64,
    ) -> Result<()> {
        let new: Vec<i64> = (first..first + count).collect();
        let all = daily_job::of_schedule(self.tx, schedule_id).await?;
        let siblings = all.iter().filter(|row| row.job == job && !new.contains(&row.id));
        let siblings = sql::id_list(siblings.map(|row| row.id));
        let edges = edge::from(self.tx, &siblings).await?;
        self.load_jobs(edges.iter().map(|edge| edge.successor_id)).await?;
        let mut seen = BTreeSet::new();
        for row in edges {
            let key = (row.successor_id, row.kind.clone(), row.condition.clone());
            let waits = self.jobs.get(&row.successor_id).is_some_and(|job| {
                let state = job.life.state;
                !matches!(state, State::UnderConstruction | State::Live(_) | State::Ended { .. })
            });
            // The new ones know of each other, and of those before them, by edges of their own.
            if new.contains(&row.successor_id) || !waits || !seen.insert(key) {
                continue;
            }
            self.wait_for(&row, &new).await?;
            if rule(&row).is_none() {
                daily_job::mark_conflicts(self.tx, &sql::id_list(new.iter().copied())).await?;
            }
        }
        Ok(())
    }
}

/// Whether a job's dependencies on another one of its own schedule mean the one in a daily schedule, which is its own or an
/// instance beside it.
fn reaches(
    definition: &JobDefinition,
    (schedule, job): (&str, &str),
    is_same: bool,
    other: Option<&InstanceName>,
) -> bool {
    let is_about = |name: &JobName, of: Option<&ScheduleName>, is_like: bool| {
        of.is_none_or(|of| of.as_str() == schedule) && (is_like || name.as_str() == job)
    };
    definition.depends_on.iter().any(|each| {
        let (about, instance) = match each {
            JobDependency::Requires(of) | JobDependency::After(of) => {
                (is_about(&of.job, of.schedule.as_ref(), false), of.instance.as_ref())
            }
            JobDependency::Conflict(of) => {
                let about = is_about(&of.job, of.schedule.as_ref(), of.job_name_like);
                (about, of.instance.as_ref())
            }
            JobDependency::Excludes(_) => return false,
        };
        about
            && match instance {
                None | Some(InstanceRef::This) => is_same,
                Some(InstanceRef::All) => true,
                Some(InstanceRef::Named(name)) => other == Some(name),
            }
    })
}
