//! The edges of daily jobs: within a build, to jobs that are there already, to jobs that are not there yet, and from jobs
//! that have waited for those of this build.

mod all_days;

use std::collections::{BTreeSet, HashMap};

use jiff::ToSpan;
use scheduler_core::dependency::{
    Answer, Condition, Edge as Rule, EdgeKind, Found, OffsetRule, settle,
};
use scheduler_core::job::Job;
use scheduler_core::model::{Instance, ScheduleId};
use scheduler_core::plan::{DailyJobId, Edge, Other, Plan, Wait};
use scheduler_store::{daily_job, daily_schedule, edge};

use super::add::instance_of;
use super::place::Places;
use super::rows::here;
use crate::definitions::Loaded;
use crate::error::{Error, Result};

/// Edges that are made and stored at a time, so that those of a large day are never in memory together.
const EDGES_AT_ONCE: usize = 10_000;

/// An edge to a job that this build has not made.
struct Outward {
    /// Its place among the new edges.
    row: usize,
    rule: Option<Rule>,
    /// The dependency, where a job that is added looks for one of its own schedule.
    own: Option<u16>,
}

/// Where a job is added: dependencies within its schedule are looked up there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within {
    /// The daily schedule.
    pub(super) schedule: i64,
    /// The container that runs it.
    pub(super) parent: Option<i64>,
}

/// Makes the edges of a build; says how many of each new job are open.
pub(super) struct Edges<'p> {
    plan: &'p Plan,
    loaded: &'p Loaded,
    places: &'p Places,
    /// Where the jobs of the first schedule are added; none for a build.
    within: Option<Within>,
    /// Those to jobs that this build does not make.
    rows: Vec<edge::Edge>,
    outward: Vec<Outward>,
    /// The next number of an edge that the plan does not have, by successor.
    next: HashMap<i64, i64>,
    /// How many edges of each job are open, by its number in the plan.
    pub(super) open: Vec<i64>,
}

impl<'p> Edges<'p> {
    /// The edges as far as the plan knows them.
    pub(super) fn of(
        plan: &'p Plan,
        loaded: &'p Loaded,
        places: &'p Places,
        within: Option<Within>,
    ) -> Self {
        let open = vec![0; plan.jobs.len()];
        let mut edges = Self {
            plan,
            loaded,
            places,
            within,
            rows: Vec::new(),
            outward: Vec::new(),
            next: HashMap::new(),
            open,
        };
        for (id, _) in plan.jobs() {
            if let Some(successor) = places.job(plan, id.0) {
                for (number, each) in (0..).zip(plan.edges(id)) {
                    match here(plan, places, each.other) {
                        Some(_) => edges.open[id.0 as usize] += i64::from(rule_of(each).is_some()),
                        None => edges.add((id, successor), number, each),
                    }
                }
            }
        }
        edges
    }

    /// Adds one to a job that this build does not make.
    fn add(&mut self, (id, successor_id): (DailyJobId, i64), number: i64, each: &Edge) {
        let (job, offset) = match each.other {
            Other::Here(other) => (self.plan.job(other).job, 0),
            Other::Elsewhere { job, offset, .. } => (job, offset),
        };
        let model = &self.loaded.model;
        let schedule = model.schedule(model.job(job).schedule);
        let wanted_date = match model.offset_rule() {
            OffsetRule::Occurrence if offset != 0 => format!("{offset:+}"),
            _ => self.plan.date.saturating_add(i64::from(offset).days()).to_string(),
        };
        let row = edge::Edge {
            wanted_schedule: Some(schedule.name.as_str().to_owned()),
            wanted_job: Some(model.job_name(job).as_str().to_owned()),
            wanted_date: Some(wanted_date),
            ..row(successor_id, number, each)
        };
        let daily = self.plan.job(id);
        let is_own = self.within.is_some()
            && daily.schedule == 0
            && offset == 0
            && model.job(job).schedule == model.job(daily.job).schedule;
        let own = is_own.then_some(each.dependency);
        self.outward.push(Outward { row: self.rows.len(), rule: rule_of(each), own });
        self.open[id.0 as usize] += i64::from(row.is_open);
        self.rows.push(row);
    }

    /// The edges between jobs that this build makes.
    fn inner(&self) -> impl Iterator<Item = edge::Edge> {
        let made =
            self.plan.jobs().filter_map(|(id, _)| Some((id, self.places.job(self.plan, id.0)?)));
        made.flat_map(move |(id, successor)| {
            let all = (0..).zip(self.plan.edges(id));
            all.filter_map(move |(number, each)| {
                let (_, other) = here(self.plan, self.places, each.other)?;
                Some(edge::Edge { predecessor_id: Some(other), ..row(successor, number, each) })
            })
        })
    }

    /// Looks for the jobs that this build has not made.
    pub(super) async fn look(&mut self, tx: &mut sql::Tx<'_>) -> Result<()> {
        if self.outward.is_empty() {
            return Ok(());
        }
        self.find_occurrences(tx).await?;
        let wanted: serde_json::Value = self
            .outward
            .iter()
            .map(|each| {
                let row = &self.rows[each.row];
                serde_json::json!([each.row, row.wanted_schedule, row.wanted_job, row.wanted_date])
            })
            .collect();
        let found = daily_job::find(tx, &wanted.to_string()).await?;
        let found = self.within_own(tx, found).await?;
        // Whoever ends one of them does it before, or sees these edges.
        let ids: BTreeSet<i64> = found.iter().map(|(_, id, _)| *id).collect();
        let locked = daily_job::lock(tx, &sql::id_list(ids)).await?;
        let lives: HashMap<i64, String> =
            locked.into_iter().map(|job| (job.id, job.life)).collect();
        let mut by_row: HashMap<i64, Vec<(i64, String)>> = HashMap::new();
        for (row, id, _) in found {
            if let Some(life) = lives.get(&id) {
                by_row.entry(row).or_default().push((id, life.clone()));
            }
        }
        let numbers = self.numbers();
        for each in std::mem::take(&mut self.outward) {
            let jobs =
                by_row.remove(&i64::try_from(each.row).unwrap_or(i64::MAX)).unwrap_or_default();
            self.settle(&each, &jobs, &numbers)?;
        }
        Ok(())
    }

    /// Of the jobs that were found for one that is added those that its dependencies within its schedule mean: the ones of the
    /// same daily schedule, or of instances that a dependency names.
    async fn within_own(
        &self,
        tx: &mut sql::Tx<'_>,
        found: Vec<(i64, i64, i64)>,
    ) -> Result<Vec<(i64, i64, i64)>> {
        let Some(within) = self.within else { return Ok(found) };
        let own: HashMap<i64, u16> = self
            .outward
            .iter()
            .filter_map(|each| Some((i64::try_from(each.row).ok()?, each.own?)))
            .collect();
        let meant = found.iter().filter(|(row, ..)| own.contains_key(row));
        let schedules: BTreeSet<i64> = meant.map(|(_, _, schedule)| *schedule).collect();
        let schedules = daily_schedule::by_ids(tx, &sql::id_list(schedules)).await?;
        let schedules: HashMap<i64, &daily_schedule::DailySchedule> =
            schedules.iter().map(|schedule| (schedule.id, schedule)).collect();
        let is_meant = |(row, _, schedule): &(i64, i64, i64)| {
            let Some(dependency) = own.get(row) else { return true };
            schedules.get(schedule).is_some_and(|other| self.reaches(within, *dependency, other))
        };
        Ok(found.into_iter().filter(is_meant).collect())
    }

    /// Whether a dependency of an added job is about a daily schedule of its own schedule.
    fn reaches(
        &self,
        within: Within,
        dependency: u16,
        other: &daily_schedule::DailySchedule,
    ) -> bool {
        let Some(schedule) = self.plan.schedules.first() else { return false };
        let model = &self.loaded.model;
        let Some(job) = self.plan.jobs.get(schedule.jobs.start as usize) else { return false };
        let instance = instance_of(model, schedule.id, &other.name);
        let instance = instance
            .and_then(|number| model.schedule(schedule.id).instances.get(number as usize))
            .and_then(Instance::name);
        let dependency = &model.dependencies(job.job)[usize::from(dependency)];
        let is_same = other.id == within.schedule;
        let is_near = if dependency.leaves_instance() {
            other.parent_job_id == within.parent
        } else {
            is_same
        };
        is_near && dependency.reaches(is_same, instance)
    }

    /// An offset that counts occurrences leads to a date that the daily jobs know.
    async fn find_occurrences(&mut self, tx: &mut sql::Tx<'_>) -> Result<()> {
        let date = self.plan.date.to_string();
        for each in &self.outward {
            let row = &mut self.rows[each.row];
            let offset = row.wanted_date.as_deref().and_then(|text| text.strip_prefix('-'));
            let number = offset.and_then(|number| number.parse::<i64>().ok());
            if let (Some(number), Some(schedule), Some(job)) =
                (number, &row.wanted_schedule, &row.wanted_job)
                && let Some(found) =
                    daily_job::occurrence_before(tx, schedule, job, &date, number).await?
            {
                row.wanted_date = Some(found);
            }
        }
        Ok(())
    }

    /// Where each new job is in the plan, by its number.
    fn numbers(&self) -> HashMap<i64, u32> {
        let jobs = self.plan.jobs().map(|(DailyJobId(number), _)| number);
        jobs.filter_map(|number| Some((self.places.job(self.plan, number)?, number))).collect()
    }

    fn settle(
        &mut self,
        each: &Outward,
        jobs: &[(i64, String)],
        numbers: &HashMap<i64, u32>,
    ) -> Result<()> {
        let first = self.rows[each.row].clone();
        let successor = numbers.get(&first.successor_id).map_or(0, |number| *number as usize);
        if jobs.is_empty() {
            let is_open =
                each.rule.is_some_and(|rule| settle(rule, Found::Absent) != Answer::Satisfied);
            self.open[successor] -= i64::from(first.is_open) - i64::from(is_open);
            self.rows[each.row].is_open = is_open;
            return Ok(());
        }
        for (number, (id, life)) in jobs.iter().enumerate() {
            let is_open = match each.rule {
                Some(rule) => is_open_by(rule, life)?,
                None => false,
            };
            let row = edge::Edge {
                predecessor_id: Some(*id),
                is_open,
                wanted_schedule: None,
                wanted_job: None,
                wanted_date: None,
                ..first.clone()
            };
            if number == 0 {
                self.open[successor] -= i64::from(first.is_open) - i64::from(is_open);
                self.rows[each.row] = row;
            } else {
                // One of several instances or copies: it gets an edge of its own, behind the others.
                let next = self.next.entry(first.successor_id).or_insert_with(|| {
                    let daily = DailyJobId(u32::try_from(successor).unwrap_or(u32::MAX));
                    i64::try_from(self.plan.edges(daily).len()).unwrap_or(i64::MAX)
                });
                let number = *next;
                *next += 1;
                self.open[successor] += i64::from(is_open);
                self.rows.push(edge::Edge { number, ..row });
            }
        }
        Ok(())
    }

    /// Stores the edges; the jobs are there.
    pub(super) async fn insert(self, tx: &mut sql::Tx<'_>) -> Result<()> {
        let mut conflicts: Vec<i64> = Vec::new();
        let mut all = self.inner().chain(self.rows.iter().cloned());
        loop {
            let rows: Vec<edge::Edge> = all.by_ref().take(EDGES_AT_ONCE).collect();
            if rows.is_empty() {
                break;
            }
            edge::insert(tx, &rows).await?;
            let both = |row: &edge::Edge| row.predecessor_id.into_iter().chain([row.successor_id]);
            conflicts.extend(rows.iter().filter(|row| rule(row).is_none()).flat_map(both));
        }
        Ok(daily_job::mark_conflicts(tx, &sql::id_list(conflicts)).await?)
    }
}

/// A planned edge as it is stored, without the job to which it leads.
fn row(successor_id: i64, number: i64, each: &Edge) -> edge::Edge {
    let rule = rule_of(each);
    let kind = match each.wait {
        Wait::Requires(_) => "requires",
        Wait::After(_) => "after",
        Wait::Conflict => "conflict",
    };
    edge::Edge {
        successor_id,
        number,
        predecessor_id: None,
        kind: kind.to_owned(),
        condition: condition_word(rule.map(|rule| rule.condition)),
        is_open: rule.is_some(),
        wanted_schedule: None,
        wanted_job: None,
        wanted_date: None,
    }
}

/// What a planned edge asks of its predecessor; none for a conflict.
fn rule_of(each: &Edge) -> Option<Rule> {
    match each.wait {
        Wait::Requires(condition) => Some(Rule { kind: EdgeKind::Requires, condition }),
        Wait::After(condition) => Some(Rule { kind: EdgeKind::After, condition }),
        Wait::Conflict => None,
    }
}

/// Whether an edge to a job is open, by the job's life.
pub(crate) fn is_open_by(rule: Rule, life: &str) -> Result<bool> {
    let job: Job = serde_json::from_str(life).map_err(|error| Error::Stored {
        what: "a daily job".to_owned(),
        why: error.to_string(),
    })?;
    let found = job.ending().map_or(Found::NotEnded, Found::Ended);
    Ok(settle(rule, found) != Answer::Satisfied)
}

/// The condition, as the definitions write it; empty for a conflict.
fn condition_word(condition: Option<Condition>) -> String {
    match condition {
        None => "",
        Some(Condition::FinishedOk) => "finished_ok",
        Some(Condition::Failed) => "failed",
        Some(Condition::IgnoreExitCode) => "ignore_exit_code",
    }
    .to_owned()
}

/// What an edge that is stored asks of its predecessor; none for a conflict.
pub(crate) fn rule(row: &edge::Edge) -> Option<Rule> {
    let kind = match row.kind.as_str() {
        "requires" => EdgeKind::Requires,
        "after" => EdgeKind::After,
        _ => return None,
    };
    let condition = match row.condition.as_str() {
        "failed" => Condition::Failed,
        "ignore_exit_code" => Condition::IgnoreExitCode,
        _ => Condition::FinishedOk,
    };
    Some(Rule { kind, condition })
}

/// Gives jobs that have waited for jobs of these schedules on a date their predecessors.
pub(super) async fn adopt(
    tx: &mut sql::Tx<'_>,
    plan: &Plan,
    loaded: &Loaded,
    places: &Places,
) -> Result<()> {
    let (date, model) = (plan.date.to_string(), &loaded.model);
    let made = plan.schedules.iter().zip(&places.schedules).filter(|(_, place)| place.is_some());
    let schedules: BTreeSet<ScheduleId> = made.map(|(schedule, _)| schedule.id).collect();
    for schedule in schedules {
        let waiting = edge::wanted(tx, model.schedule(schedule).name.as_str(), &date).await?;
        if waiting.is_empty() {
            continue;
        }
        let mut made: HashMap<&str, Vec<i64>> = HashMap::new();
        for (DailyJobId(number), job) in plan.jobs() {
            if model.job(job.job).schedule == schedule
                && let Some(id) = places.job(plan, number)
            {
                made.entry(model.job_name(job.job).as_str()).or_default().push(id);
            }
        }
        for row in waiting {
            let job = row.wanted_job.clone().unwrap_or_default();
            let Some(ids) = made.get(job.as_str()) else { continue };
            take(tx, row, ids).await?;
        }
    }
    Ok(())
}

/// A job that was not there is: the edge to it is open until it has ended.
async fn take(tx: &mut sql::Tx<'_>, row: edge::Edge, ids: &[i64]) -> Result<()> {
    let waits = rule(&row).is_some();
    let was_open = row.is_open;
    let last = edge::of(tx, row.successor_id).await?.into_iter().map(|edge| edge.number).max();
    let mut next = last.unwrap_or(0) + 1;
    let mut more = 0;
    for (place, id) in ids.iter().filter(|id| **id != row.successor_id).enumerate() {
        if place == 0 {
            edge::fill(tx, row.successor_id, row.number, *id, waits).await?;
            more += i64::from(waits) - i64::from(was_open);
        } else {
            let new = edge::Edge {
                number: next,
                predecessor_id: Some(*id),
                is_open: waits,
                wanted_schedule: None,
                wanted_job: None,
                wanted_date: None,
                ..row.clone()
            };
            edge::insert(tx, &[new]).await?;
            next += 1;
            more += i64::from(waits);
        }
    }
    if !waits {
        daily_job::mark_conflicts(tx, &sql::id_list(ids.iter().copied())).await?;
    }
    if more != 0 {
        daily_job::count_edges(tx, row.successor_id, more).await?;
    }
    Ok(())
}
