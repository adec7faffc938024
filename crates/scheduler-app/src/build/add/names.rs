//! What jobs that are added are called, and which ended ones they replace (`opcon-domain 1.2`).

use std::collections::{HashMap, HashSet};

use scheduler_core::definition::{Job as Definition, RunsOn};
use scheduler_core::job::instance_name::{Copy, instance_name};
use scheduler_core::model::Copies;
use scheduler_core::name::AgentName;
use scheduler_store::daily_job::DailyJob;

use super::Adding;
use crate::error::{Error, Result};
use crate::removal::life;

/// The names of new jobs, and the jobs that go for them.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By the number of each in the plan.
    pub(super) names: HashMap<u32, String>,
    /// Daily jobs that have ended and are replaced.
    pub(super) replaced: Vec<i64>,
}

impl Adding {
    /// The definition of the job.
    pub(super) fn definition(&self) -> Result<&Definition> {
        self.loaded.job(self.chosen.job).ok_or_else(|| Error::Stored {
            what: format!("the job `{}`", self.request.job),
            why: "it has no definition".to_owned(),
        })
    }

    /// The jobs that are added to the schedule itself, by their numbers in the plan.
    pub(super) fn added(&self) -> std::ops::Range<u32> {
        self.plan.schedules.first().map_or(0..0, |schedule| schedule.jobs.clone())
    }

    /// Names the new jobs beside those that are there.
    ///
    /// # Errors
    /// [`Error::Refused`] for a job that is there, has not ended and may be there once only.
    pub(super) fn names(&self, existing: &[DailyJob]) -> Result<Names> {
        let definition = self.definition()?;
        let master = self.loaded.model.job_name(self.chosen.job);
        let mut taken: HashSet<&str> = existing.iter().map(|row| row.name.as_str()).collect();
        let mut made: HashSet<String> = HashSet::new();
        let mut found = Names::default();
        for number in self.added() {
            let copy = self.copy_of(definition, number);
            if !definition.allow_multi_instance {
                let by_others = |name: &str| {
                    let mut others = existing.iter().filter(|row| row.job != master.as_str());
                    others.any(|row| row.name == name)
                };
                let wanted = instance_name(master, copy, by_others).map_err(no_name)?;
                for row in self.once_only(existing, &wanted) {
                    self.must_have_ended(row)?;
                    found.replaced.push(row.id);
                    taken.remove(row.name.as_str());
                }
            }
            let is_taken = |name: &str| taken.contains(name) || made.contains(name);
            let name = instance_name(master, copy, is_taken).map_err(no_name)?;
            made.insert(name.clone());
            found.names.insert(number, name);
        }
        Ok(found)
    }

    /// What distinguishes a job from its copies.
    fn copy_of<'s>(&'s self, definition: &'s Definition, number: u32) -> Copy<'s> {
        let copy = self.plan.jobs[number as usize].copy as usize;
        let agent = match &definition.runs_on {
            Some(RunsOn::EachOf(group)) => {
                let group = self.loaded.definitions.machine_groups.get(group.as_str());
                group.and_then(|group| group.agents.get(copy))
            }
            _ => None,
        };
        let first = |set: Option<&'s indexmap::IndexMap<_, String>>| set?.values().next();
        let first_value = match definition.instances.as_slice() {
            // Without copies, properties distinguish one that may be there more than once.
            [] if definition.allow_multi_instance => first(Some(&self.chosen.given)),
            [] => None,
            _ if !self.chosen.given.is_empty() => first(Some(&self.chosen.given)),
            sets => first(sets.get(copy)),
        };
        let machine = agent.map(AgentName::as_str);
        Copy { first_value: first_value.map(String::as_str), machine }
    }

    /// The jobs in whose place a job comes that may be there once only: all of its name, or the same copy.
    fn once_only<'e>(
        &self,
        existing: &'e [DailyJob],
        wanted: &'e str,
    ) -> impl Iterator<Item = &'e DailyJob> + use<'e> {
        let job = self.loaded.model.job(self.chosen.job);
        let is_one = matches!(job.copies(), Copies::One);
        let master = self.request.job.clone();
        existing.iter().filter(move |row| row.job == master && (is_one || row.name == wanted))
    }

    fn must_have_ended(&self, row: &DailyJob) -> Result<()> {
        if life(row)?.ending().is_some() {
            return Ok(());
        }
        Err(Error::Refused(format!(
            "`{}/{}` is there already and is `{}`; a job that has not ended is added once more only where its definition says \
             allow_multi_instance: true",
            self.request.schedule, row.name, row.status
        )))
    }
}

fn no_name(why: scheduler_core::job::instance_name::NoName) -> Error {
    Error::Refused(why.to_string())
}
