//! Jobs and schedules by the names that people type: those of definitions, and those that a forecast prints.

use std::collections::HashMap;

use anyhow::bail;
use core_kit::nearest;
use scheduler_core::model::{Copies, JobId, Model, PlannedSchedule, ScheduleId, Work};

use crate::failure::NotThere;

/// Jobs that are named when several are meant.
const NAMES_MAX: usize = 5;

/// A name of one daily schedule of a definition that can have several on a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DailyName {
    /// The name, such as `Regions_NORTH` or `Night_Load_2[Branch load]`.
    pub name: String,
    /// The same without instances, as what was excluded is named: `Regions`, `Night_Load[Branch load]`.
    pub plain: String,
}

/// Schedules that are asked for by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundSchedule {
    pub id: ScheduleId,
    /// The only daily schedule of it; none for all.
    pub daily: Option<DailyName>,
}

/// Jobs that are asked for by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundJob {
    pub id: JobId,
    /// The only daily schedule in which it is meant; none for all.
    pub daily: Option<DailyName>,
    /// The number of the only copy; none for all.
    pub copy: Option<u32>,
}

/// Looks names up.
pub(super) struct Finder<'m> {
    model: &'m Model,
    /// The jobs that contain a schedule.
    above: HashMap<ScheduleId, Vec<JobId>>,
}

impl<'m> Finder<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        let mut above: HashMap<_, Vec<_>> = HashMap::new();
        for (id, job) in model.jobs() {
            if let Work::Container(Some(inside)) = job.work {
                above.entry(inside).or_default().push(id);
            }
        }
        Self { model, above }
    }

    /// A schedule by its name or that of a daily one.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn schedule(&self, name: &str) -> anyhow::Result<FoundSchedule> {
        if let Some(id) = self.model.schedule_named(name) {
            return Ok(FoundSchedule { id, daily: None });
        }
        let ids = self.model.schedules().map(|(id, _)| id);
        let mut found = ids.filter_map(|id| Some((id, self.daily(id, name)?)));
        if let Some((id, daily)) = found.next() {
            return Ok(FoundSchedule { id, daily: Some(daily) });
        }
        let names = self.model.schedules().flat_map(|(_, schedule)| names_of_schedule(schedule));
        let near = question(name, names);
        Err(NotThere(format!("there is no schedule `{name}`{near}")).into())
    }

    /// A job by its name or that of a copy, alone or after its schedule: `Load`, `Backup_LINUX1`, `Nightly/Load`,
    /// `Regions_NORTH/Load`.
    ///
    /// # Errors
    /// There is none, or there are several.
    pub(super) fn job(&self, name: &str) -> anyhow::Result<FoundJob> {
        let mut found: Vec<(FoundJob, &str)> =
            self.model.jobs().filter_map(|(id, _)| self.job_called(id, name)).collect();
        let full = |id: JobId, name: &str| format!("{}/{name}", self.schedule_of(id).name.as_str());
        match found.len() {
            1 => Ok(found.remove(0).0),
            0 => {
                let names = self.model.jobs().flat_map(|(id, _)| {
                    names_of_job(self.model, id).flat_map(move |(_, name)| {
                        let schedules = names_of_schedule(self.schedule_of(id));
                        let full = schedules.map(move |schedule| format!("{schedule}/{name}"));
                        full.chain([name.to_owned()])
                    })
                });
                let names: Vec<String> = names.collect();
                let near = question(name, names.iter().map(String::as_str));
                Err(NotThere(format!("there is no job `{name}`{near}")).into())
            }
            count => {
                let names = found.iter().take(NAMES_MAX).map(|(found, name)| full(found.id, name));
                let names = names.collect::<Vec<_>>().join(", ");
                bail!("{count} jobs are called `{name}`: name the schedule too, as in {names}")
            }
        }
    }

    /// Whether a job is called like this, and by which of its names.
    fn job_called(&self, id: JobId, wanted: &str) -> Option<(FoundJob, &'m str)> {
        names_of_job(self.model, id).find_map(|(copy, name)| {
            let before = wanted.strip_suffix(name)?;
            let daily = match before.strip_suffix('/') {
                None if before.is_empty() => None,
                None => return None,
                Some(schedule) if self.schedule_of(id).name.as_str() == schedule => None,
                Some(schedule) => Some(self.daily(self.model.job(id).schedule, schedule)?),
            };
            Some((FoundJob { id, daily, copy }, name))
        })
    }

    /// The daily schedule of a definition that has a name.
    fn daily(&self, id: ScheduleId, name: &str) -> Option<DailyName> {
        let plain = self.plain(id, name)?;
        Some(DailyName { name: name.to_owned(), plain })
    }

    /// The name of a daily schedule without instances; none where the schedule has no daily one of that name. A name in a
    /// container has the container's before it, so it becomes shorter on the way out.
    fn plain(&self, id: ScheduleId, name: &str) -> Option<String> {
        let schedule = self.model.schedule(id);
        let of = schedule.name.as_str();
        names_of_schedule(schedule).find_map(|own| {
            if name == own && !schedule.is_subschedule {
                return Some(of.to_owned());
            }
            let outside = name.strip_suffix(']')?.strip_suffix(own)?.strip_suffix('[')?;
            self.above.get(&id)?.iter().find_map(|container| {
                names_of_job(self.model, *container).find_map(|(_, job)| {
                    let around = outside.strip_suffix(job)?.strip_suffix('_')?;
                    let around = self.plain(self.model.job(*container).schedule, around)?;
                    let container = self.model.job_name(*container).as_str();
                    Some(format!("{around}_{container}[{of}]"))
                })
            })
        })
    }

    fn schedule_of(&self, job: JobId) -> &'m PlannedSchedule {
        self.model.schedule(self.model.job(job).schedule)
    }
}

/// The name of a schedule, then those of its instances.
fn names_of_schedule(schedule: &PlannedSchedule) -> impl Iterator<Item = &str> {
    std::iter::once(schedule.name.as_str())
        .chain(schedule.instance_names.iter().map(String::as_str))
}

/// The name of a job, then those of its copies with their numbers.
fn names_of_job(model: &Model, job: JobId) -> impl Iterator<Item = (Option<u32>, &str)> {
    let copies = match model.job(job).copies() {
        Copies::One => &[][..],
        Copies::Each(names) => &names[..],
    };
    let copies = (0..).map(Some).zip(copies.iter().map(String::as_str));
    std::iter::once((None, model.job_name(job).as_str())).chain(copies)
}

fn question<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    nearest(name, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
