//! `ringmaster forecast`.

mod ical;
mod json;
mod names;
mod rows;
mod table;
mod waits;

use std::io::{self, BufWriter};

use anyhow::bail;
use core_kit::nearest;
use kit::ExitCode;
use scheduler_core::model::{JobId, Model, PlannedSchedule, ScheduleId};
use scheduler_core::plan::{DailySchedule, Days, Excluded, Plan, Wanted};
use scheduler_core::time::Day;

use super::arguments::{ForecastArguments, ForecastFormat};
use super::load::Loaded;
use rows::{Row, rows};

/// What is shown.
#[derive(Debug, Clone, Copy)]
struct Scope {
    /// One job only.
    job: Option<JobId>,
    /// One schedule only, with what is in its containers.
    schedule: Option<ScheduleId>,
}

impl Scope {
    fn has_job(&self, job: JobId) -> bool {
        self.job.is_none_or(|only| only == job)
    }

    /// Whether a schedule of a day or one around it is asked for.
    fn has(&self, plan: &Plan, schedule: &DailySchedule) -> bool {
        let Some(only) = self.schedule else { return true };
        let mut around = Some(schedule);
        while let Some(schedule) = around {
            if schedule.id == only {
                return true;
            }
            around = schedule.parent.map(|parent| plan.schedule_of(plan.job(parent)));
        }
        false
    }

    /// Whether a job that was removed is asked for: itself, or its schedule or one around it.
    fn has_excluded(&self, model: &Model, excluded: &Excluded) -> bool {
        let schedules = excluded.containers.iter().chain([&excluded.job]);
        let mut schedules = schedules.map(|job| model.job(*job).schedule);
        self.has_job(excluded.job)
            && self.schedule.is_none_or(|only| schedules.any(|schedule| schedule == only))
    }

    /// The schedules that are in no other and can have rows, as far as that is known without their containers.
    fn tops(self, model: &Model) -> impl Iterator<Item = (ScheduleId, &PlannedSchedule)> {
        let of_job = self.job.map(|job| model.job(job).schedule);
        let only = self.schedule.or(of_job).filter(|id| !model.schedule(*id).is_subschedule);
        let tops = model.schedules().filter(|(_, schedule)| !schedule.is_subschedule);
        tops.filter(move |(id, _)| only.is_none_or(|only| only == *id))
    }
}

/// Where rows are written to, a date after the other.
trait Printer {
    fn row(&mut self, row: &Row<'_>) -> io::Result<()>;
    fn end(self: Box<Self>) -> io::Result<()>;
}

/// Shows every planned run.
pub(crate) fn forecast(arguments: &ForecastArguments) -> anyhow::Result<ExitCode> {
    let loaded = Loaded::read_right(&arguments.definitions.path)?;
    let first = arguments.span.from.unwrap_or_else(|| loaded.today());
    let model = &loaded.model;
    let job = arguments.job.as_deref().map(|name| find_job(model, name)).transpose()?;
    let schedule =
        arguments.schedule.as_ref().map(|name| find_schedule(model, name.as_str())).transpose()?;
    let scope = Scope { job, schedule };
    let out = BufWriter::new(io::stdout().lock());
    let printer: Box<dyn Printer> = match arguments.output {
        ForecastFormat::Table => Box::new(table::Table::new(model, &scope, out)),
        ForecastFormat::Json => Box::new(json::Lines::new(out)),
        ForecastFormat::Ical => Box::new(ical::Calendar::new(out)),
    };
    end(print(model, first, arguments.span.days, &scope, printer)?)
}

fn print(
    model: &Model,
    first: Day,
    days: u32,
    scope: &Scope,
    mut printer: Box<dyn Printer + '_>,
) -> anyhow::Result<io::Result<()>> {
    let progress = super::progress::days(days, "forecasting");
    // Whole days, whatever is shown of them: jobs of other schedules are waited for, and exclude some of these.
    let mut built = Days::new(model, first.0, Wanted::All)?;
    for _ in 0..days {
        let plan = built.next_day()?;
        for row in rows(model, plan, scope) {
            if let Err(error) = printer.row(&row) {
                return Ok(Err(error));
            }
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(printer.end())
}

/// A reader that has seen enough (`| head`) is no failure.
fn end(written: io::Result<()>) -> anyhow::Result<ExitCode> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::Success),
    }
}

/// A job by its name, or by schedule and name.
fn find_job(model: &Model, name: &str) -> anyhow::Result<JobId> {
    let full = |id: JobId| {
        format!(
            "{}/{}",
            model.schedule(model.job(id).schedule).name.as_str(),
            model.job(id).name.as_str()
        )
    };
    let found: Vec<JobId> = model
        .jobs()
        .filter(|(id, job)| job.name.as_str() == name || full(*id) == name)
        .map(|(id, _)| id)
        .collect();
    match found[..] {
        [job] => Ok(job),
        [] => {
            let names: Vec<String> = model
                .jobs()
                .flat_map(|(id, job)| [job.name.as_str().to_owned(), full(id)])
                .collect();
            let near = nearest(name, names.iter().map(String::as_str))
                .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            bail!("there is no job `{name}`{near}")
        }
        _ => {
            let names: Vec<String> = found.iter().take(5).map(|id| full(*id)).collect();
            bail!(
                "{} jobs are called `{name}`: name the schedule too, as in {}",
                found.len(),
                names.join(", ")
            )
        }
    }
}

fn find_schedule(model: &Model, name: &str) -> anyhow::Result<ScheduleId> {
    model.schedule_named(name).ok_or_else(|| {
        let near = nearest(name, model.schedule_names())
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        anyhow::anyhow!("there is no schedule `{name}`{near}")
    })
}
