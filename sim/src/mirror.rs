//! What is stored, as the notes of the database tell it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Result;
use scheduler_core::job::{Ending, Job};
use scheduler_core::schedule::Schedule;
use serde_json::Value;

use crate::notes::{
    AgentRow, AttemptRow, JobRow, Note, OutcomeRow, ResourceRow, Row, ScheduleRow, parse,
};

/// A daily job.
#[derive(Debug, Clone)]
pub(crate) struct DailyJob {
    pub(crate) row: JobRow,
    pub(crate) life: Job,
    /// Its planned instants.
    pub(crate) instants: Vec<i64>,
}

/// A daily schedule.
#[derive(Debug, Clone)]
pub(crate) struct DailySchedule {
    pub(crate) row: ScheduleRow,
    pub(crate) life: Schedule,
}

/// A definition of a job, as it was written.
pub(crate) type Definition = Value;

/// Date, schedule and job.
pub(crate) type Name = (String, String, String);

/// Everything that is stored and looked at.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    /// The last note that was read.
    pub(crate) last: i64,
    pub(crate) jobs: BTreeMap<i64, DailyJob>,
    /// Daily jobs by their schedule and job.
    places: HashMap<(i64, String), BTreeSet<i64>>,
    pub(crate) schedules: BTreeMap<i64, DailySchedule>,
    pub(crate) attempts: BTreeMap<(i64, i64), AttemptRow>,
    /// What became of instants, by the number of the daily job.
    pub(crate) outcomes: HashMap<i64, BTreeMap<i64, String>>,
    /// Outcomes of instants for which nothing was built, by date and schedule.
    pub(crate) unbuilt: BTreeMap<(String, String), BTreeSet<(String, i64)>>,
    pub(crate) build_days: BTreeMap<(String, String), (String, i64)>,
    pub(crate) agents: BTreeMap<String, AgentRow>,
    pub(crate) thresholds: BTreeMap<String, i64>,
    pub(crate) resources: BTreeMap<String, ResourceRow>,
    pub(crate) is_paused: bool,
    /// Definitions of jobs by their numbers.
    pub(crate) definitions: HashMap<i64, Definition>,
    /// The current definitions of agents.
    pub(crate) agent_definitions: BTreeMap<String, Value>,
    /// The current definitions of machine groups.
    pub(crate) groups: BTreeMap<String, Vec<String>>,
    /// Jobs that are gone, with how each was when it went, where it had ended.
    pub(crate) gone: HashMap<Name, Ending>,
    /// Every daily job that ever was.
    pub(crate) known: BTreeSet<Name>,
}

/// What one step has changed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Daily jobs as they were before; none for new ones.
    pub(crate) jobs: BTreeMap<i64, Option<DailyJob>>,
    /// Daily jobs that are gone.
    pub(crate) removed: Vec<DailyJob>,
    /// Daily schedules as they were before.
    pub(crate) schedules: BTreeMap<i64, Option<DailySchedule>>,
    /// New attempts.
    pub(crate) attempts: Vec<(i64, i64)>,
    /// Attempts that are over now and were not.
    pub(crate) over: Vec<(i64, i64)>,
    /// Every value that a threshold had.
    pub(crate) thresholds: BTreeMap<String, Vec<i64>>,
    /// Units of resources before.
    pub(crate) resources: BTreeMap<String, ResourceRow>,
    /// Agents as they were before.
    pub(crate) agents: BTreeMap<String, AgentRow>,
    /// Definitions of agents before.
    pub(crate) agent_definitions: BTreeMap<String, Value>,
}

impl Mirror {
    /// Takes up notes, in their order.
    pub(crate) fn take(&mut self, notes: Vec<Note>) -> Result<Changes> {
        let mut changes = Changes::default();
        for note in notes {
            self.last = note.id;
            match note.row {
                Row::Job(row) => self.job(row, note.is_delete, &mut changes)?,
                Row::Schedule(row) => self.schedule(row, note.is_delete, &mut changes)?,
                Row::Attempt(row) => self.attempt(row, note.is_delete, &mut changes),
                Row::Outcome(row) => self.outcome(row, note.is_delete),
                Row::Agent(row) => {
                    let name = row.agent.clone();
                    let before = if note.is_delete {
                        self.agents.remove(&name)
                    } else {
                        self.agents.insert(name.clone(), row)
                    };
                    if let Some(before) = before {
                        changes.agents.entry(name).or_insert(before);
                    }
                }
                Row::Threshold { threshold, value } => {
                    let before = self.thresholds.insert(threshold.clone(), value);
                    let all = changes.thresholds.entry(threshold).or_default();
                    all.extend(before.into_iter().chain([value]));
                }
                Row::Resource(row) => {
                    let name = row.resource.clone();
                    if let Some(before) = self.resources.insert(name.clone(), row) {
                        changes.resources.entry(name).or_insert(before);
                    }
                }
                Row::Server { is_paused } => self.is_paused = is_paused,
                Row::Definition(row) => self.definition(row, &mut changes)?,
                Row::BuildDay(row) => {
                    self.build_days.insert((row.date, row.schedule), (row.what, row.instants));
                }
            }
        }
        Ok(changes)
    }

    fn job(&mut self, row: JobRow, is_delete: bool, changes: &mut Changes) -> Result<()> {
        let id = row.id;
        let name = self.name_of(&row);
        if is_delete {
            if let Some(all) = self.places.get_mut(&(row.schedule_id, row.job.clone())) {
                all.remove(&id);
            }
            if let Some(job) = self.jobs.remove(&id) {
                if let (Some(name), Some(ending)) = (name, job.life.ending()) {
                    self.gone.insert(name, ending);
                }
                changes.jobs.remove(&id);
                changes.removed.push(job);
            }
            return Ok(());
        }
        self.known.extend(name);
        self.places.entry((row.schedule_id, row.job.clone())).or_default().insert(id);
        let mut instants = vec![row.start_at];
        if let Some(further) = &row.further_runs {
            instants.extend(parse::<Vec<i64>>(further)?);
        }
        let job = DailyJob { life: parse(&row.life)?, instants, row };
        let before = self.jobs.insert(id, job);
        changes.jobs.entry(id).or_insert(before);
        Ok(())
    }

    fn schedule(&mut self, row: ScheduleRow, is_delete: bool, changes: &mut Changes) -> Result<()> {
        let id = row.id;
        if is_delete {
            self.schedules.remove(&id);
            return Ok(());
        }
        let schedule = DailySchedule { life: parse(&row.life)?, row };
        let before = self.schedules.insert(id, schedule);
        changes.schedules.entry(id).or_insert(before);
        Ok(())
    }

    fn attempt(&mut self, row: AttemptRow, is_delete: bool, changes: &mut Changes) {
        let place = (row.job_id, row.number);
        if is_delete {
            self.attempts.remove(&place);
            return;
        }
        let is_over = row.ended_at.is_some() || row.ending.is_some();
        match self.attempts.insert(place, row) {
            None => changes.attempts.push(place),
            Some(before) if before.ended_at.is_none() && before.ending.is_none() && is_over => {
                changes.over.push(place);
            }
            Some(_) => {}
        }
    }

    fn outcome(&mut self, row: OutcomeRow, is_delete: bool) {
        if row.job_id == 0 {
            let all = self.unbuilt.entry((row.date, row.schedule)).or_default();
            let instant = (row.job, row.planned_at);
            if is_delete {
                all.remove(&instant)
            } else {
                all.insert(instant)
            };
        } else if !is_delete {
            self.outcomes.entry(row.job_id).or_default().insert(row.planned_at, row.outcome);
        }
    }

    fn definition(
        &mut self,
        row: crate::notes::DefinitionRow,
        changes: &mut Changes,
    ) -> Result<()> {
        match row.kind.as_str() {
            "job" if row.until.is_none() => {
                self.definitions.insert(row.id, parse(&row.body)?);
            }
            "agent" => {
                let before = if row.until.is_none() {
                    self.agent_definitions.insert(row.name.clone(), parse(&row.body)?)
                } else {
                    self.agent_definitions.remove(&row.name)
                };
                if let Some(before) = before {
                    changes.agent_definitions.entry(row.name).or_insert(before);
                }
            }
            "machine_group" if row.until.is_none() => {
                let group: Value = parse(&row.body)?;
                let agents = group["agents"].as_array().into_iter().flatten();
                let names = agents.filter_map(|name| Some(name.as_str()?.to_owned()));
                self.groups.insert(row.name, names.collect());
            }
            _ => {}
        }
        Ok(())
    }

    fn name_of(&self, row: &JobRow) -> Option<Name> {
        let schedule = self.schedules.get(&row.schedule_id)?;
        Some((schedule.row.date.clone(), schedule.row.name.clone(), row.job.clone()))
    }

    /// What a daily job is called, for messages.
    pub(crate) fn shown(&self, id: i64) -> String {
        let Some(job) = self.jobs.get(&id) else { return format!("job {id}, which is gone") };
        let (date, schedule, _) = self.name_of(&job.row).unwrap_or_default();
        format!("{date}/{schedule}/{} (job {id}, {:?})", job.row.name, job.life.status())
    }

    /// The definition with which a daily job was built.
    pub(crate) fn definition_of(&self, job: &DailyJob) -> &Value {
        self.definitions.get(&job.row.definition_id).unwrap_or(&Value::Null)
    }

    /// The daily jobs of a job in a daily schedule: more than one where some were added.
    pub(crate) fn jobs_in(&self, schedule: i64, job: &str) -> impl Iterator<Item = &DailyJob> {
        let all = self.places.get(&(schedule, job.to_owned())).into_iter().flatten();
        all.filter_map(|id| self.jobs.get(id))
    }

    /// The daily jobs of a job in the daily schedules of a schedule and date.
    pub(crate) fn named(&self, date: &str, schedule: &str, job: &str) -> Vec<&DailyJob> {
        let is_it = |each: &&DailySchedule| each.row.date == date && each.row.schedule == schedule;
        let all = self.schedules.values().filter(is_it);
        all.flat_map(|each| self.jobs_in(each.row.id, job)).collect()
    }

    /// The attempts of a daily job, oldest first.
    pub(crate) fn attempts_of(&self, job: i64) -> impl DoubleEndedIterator<Item = &AttemptRow> {
        self.attempts.range((job, i64::MIN)..=(job, i64::MAX)).map(|(_, row)| row)
    }
}
