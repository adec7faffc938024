//! How the schedules and jobs of a day are called (`opcon-domain 1.2`).

use super::{DailyJob, DailySchedule, Excluded, Plan};
use crate::model::{Copies, JobId, Model};
use crate::schedule::instance_name::{NoName, subschedule_name};

impl Plan {
    /// The name of a daily schedule: `Nightly`, `Regions_NORTH`, `Day_Load[Branch]`. One in containers of long names can
    /// be longer than a daily schedule may be; a build refuses it, and it has its name here all the same.
    pub fn schedule_name(&self, model: &Model, schedule: &DailySchedule) -> String {
        let Some(parent) = schedule.parent else { return own_name(model, schedule).to_owned() };
        let container = self.job(parent);
        let above = self.schedule_name(model, self.schedule_of(container));
        self.subschedule_name(model, schedule, &above, self.job_name(model, container))
    }

    /// The name of a daily schedule in a container of that name, in a daily schedule of that name: those that are there may be
    /// called otherwise than the plan calls them.
    pub fn subschedule_name(
        &self,
        model: &Model,
        schedule: &DailySchedule,
        above: &str,
        container: &str,
    ) -> String {
        match subschedule_name(above, container, own_name(model, schedule)) {
            Ok(name) | Err(NoName::TooLong { name, .. } | NoName::TooMany(name)) => name,
        }
    }

    /// The schedule in which a job that was removed would have been, without the instances of schedules on the way.
    pub fn schedule_of_excluded(&self, model: &Model, excluded: &Excluded) -> String {
        let name = |job: JobId| model.schedule(model.job(job).schedule).name.as_str();
        let all = excluded.containers.iter().chain([&excluded.job]);
        let mut jobs = all.copied();
        let first = jobs.next().map_or("", name).to_owned();
        jobs.zip(&excluded.containers).fold(first, |above, (inside, container)| {
            let container = model.job_name(*container).as_str();
            match subschedule_name(&above, container, name(inside)) {
                Ok(name) | Err(NoName::TooLong { name, .. } | NoName::TooMany(name)) => name,
            }
        })
    }

    /// The daily schedule in which a job that was removed would have been, with its instance; those around it are without theirs.
    pub fn daily_schedule_of_excluded(&self, model: &Model, excluded: &Excluded) -> String {
        let plain = self.schedule_of_excluded(model, excluded);
        let of = model.schedule(model.job(excluded.job).schedule);
        let Some(own) = of.instance_names.get(excluded.instance as usize) else { return plain };
        let Some((container, above)) = excluded.containers.split_last() else {
            return own.clone();
        };
        let around = Excluded { job: *container, containers: above.to_vec(), ..excluded.clone() };
        let above = self.schedule_of_excluded(model, &around);
        match subschedule_name(&above, model.job_name(*container).as_str(), own) {
            Ok(name) | Err(NoName::TooLong { name, .. } | NoName::TooMany(name)) => name,
        }
    }

    /// The name of a daily job: `Load`, `Print_LETTERS`.
    pub fn job_name<'m>(&self, model: &'m Model, job: &DailyJob) -> &'m str {
        match model.job(job.job).copies() {
            Copies::One => model.job_name(job.job).as_str(),
            Copies::Each(names) => &names[job.copy as usize],
        }
    }
}

/// The name of a schedule or of its instance, without what contains it.
fn own_name<'m>(model: &'m Model, schedule: &DailySchedule) -> &'m str {
    let of = model.schedule(schedule.id);
    let own = of.instance_names.get(schedule.instance as usize);
    own.map_or(of.name.as_str(), String::as_str)
}
