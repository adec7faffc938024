//! What a forecast shows of its days.

use std::collections::HashMap;

use scheduler_core::model::{JobId, Model, PlannedSchedule, ScheduleId};
use scheduler_core::plan::{DailyJob, DailySchedule, Excluded, Plan};

use crate::planning::arguments::ForecastArguments;
use crate::planning::find::{DailyName, Finder, FoundJob, FoundSchedule};

/// What is shown.
#[derive(Debug)]
pub(super) enum Scope {
    /// Everything.
    All,
    /// These jobs only.
    Jobs(HashMap<JobId, Vec<FoundJob>>),
    /// These schedules only, with what is in their containers.
    Schedules(Vec<FoundSchedule>),
}

impl Scope {
    /// What a command line asks for.
    ///
    /// # Errors
    /// A name is none, or that of several jobs.
    pub(super) fn of(arguments: &ForecastArguments, model: &Model) -> anyhow::Result<Self> {
        if arguments.job.is_empty() && arguments.schedule.is_empty() {
            return Ok(Self::All);
        }
        let finder = Finder::new(model);
        if arguments.job.is_empty() {
            let found = arguments.schedule.iter().map(|name| finder.schedule(name));
            return found.collect::<anyhow::Result<_>>().map(Self::Schedules);
        }
        let mut jobs: HashMap<JobId, Vec<FoundJob>> = HashMap::new();
        for name in &arguments.job {
            let found = finder.job(name)?;
            jobs.entry(found.id).or_default().push(found);
        }
        Ok(Self::Jobs(jobs))
    }

    /// Whether a job is asked for, or one of its copies.
    pub(super) fn has_job(&self, job: JobId) -> bool {
        match self {
            Self::Jobs(jobs) => jobs.contains_key(&job),
            Self::All | Self::Schedules(_) => true,
        }
    }

    /// Whether a job of a day is asked for, as far as its schedule does not matter.
    pub(super) fn has_daily(&self, model: &Model, plan: &Plan, daily: &DailyJob) -> bool {
        let Self::Jobs(jobs) = self else { return true };
        jobs.get(&daily.job).into_iter().flatten().any(|found| {
            found.copy.is_none_or(|copy| copy == daily.copy)
                && is_named(model, plan, plan.schedule_of(daily), found.daily.as_ref())
        })
    }

    /// Whether a schedule of a day or one around it is asked for.
    pub(super) fn has(&self, model: &Model, plan: &Plan, schedule: &DailySchedule) -> bool {
        let Self::Schedules(asked) = self else { return true };
        let mut around = Some(schedule);
        while let Some(schedule) = around {
            let is_it = |found: &FoundSchedule| {
                found.id == schedule.id && is_named(model, plan, schedule, found.daily.as_ref())
            };
            if asked.iter().any(is_it) {
                return true;
            }
            around = schedule.parent.map(|parent| plan.schedule_of(plan.job(parent)));
        }
        false
    }

    /// Whether a job that was removed is asked for: itself, or its schedule or one around it. Of which instance of a
    /// schedule it was removed is not known, so it is shown for each.
    pub(super) fn has_excluded(&self, model: &Model, plan: &Plan, excluded: &Excluded) -> bool {
        let is_plain = |each: &Excluded, daily: Option<&DailyName>| {
            daily.is_none_or(|daily| plan.schedule_of_excluded(model, each) == daily.plain)
        };
        match self {
            Self::All => true,
            Self::Jobs(jobs) => {
                let mut found = jobs.get(&excluded.job).into_iter().flatten();
                found.any(|found| is_plain(excluded, found.daily.as_ref()))
            }
            Self::Schedules(asked) => {
                // Itself in its containers, the innermost of them in the others, and so on.
                let chain = [&excluded.containers[..], &[excluded.job]].concat();
                (0..chain.len()).any(|at| {
                    let schedule = model.job(chain[at]).schedule;
                    let containers = chain[..at].to_vec();
                    let each = Excluded { job: chain[at], containers, ..excluded.clone() };
                    let mut found = asked.iter().filter(|found| found.id == schedule);
                    found.any(|found| is_plain(&each, found.daily.as_ref()))
                })
            }
        }
    }

    /// Whether a schedule that is in no other is asked for by itself.
    pub(super) fn asks(&self, schedule: ScheduleId) -> bool {
        match self {
            Self::Schedules(_) => self.names(schedule),
            Self::All | Self::Jobs(_) => true,
        }
    }

    /// Whether a schedule is asked for by its name.
    pub(super) fn names(&self, schedule: ScheduleId) -> bool {
        matches!(self, Self::Schedules(asked) if asked.iter().any(|found| found.id == schedule))
    }

    /// The schedules that are asked for or hold a job that is; none for all.
    pub(super) fn schedules(&self, model: &Model) -> Option<Vec<ScheduleId>> {
        match self {
            Self::All => None,
            Self::Jobs(jobs) => Some(jobs.keys().map(|job| model.job(*job).schedule).collect()),
            Self::Schedules(asked) => Some(asked.iter().map(|found| found.id).collect()),
        }
    }

    /// The schedules that are in no other and can have rows, as far as that is known without their containers.
    pub(super) fn tops<'m>(
        &self,
        model: &'m Model,
    ) -> impl Iterator<Item = (ScheduleId, &'m PlannedSchedule)> {
        let only = self
            .schedules(model)
            .filter(|only| only.iter().all(|id| !model.schedule(*id).is_subschedule));
        let tops = model.schedules().filter(|(_, schedule)| !schedule.is_subschedule);
        tops.filter(move |(id, _)| only.as_ref().is_none_or(|only| only.contains(id)))
    }
}

fn is_named(
    model: &Model,
    plan: &Plan,
    schedule: &DailySchedule,
    daily: Option<&DailyName>,
) -> bool {
    daily.is_none_or(|daily| plan.schedule_name(model, schedule) == daily.name)
}
