//! The object that a property belongs to.

use std::fmt;

use core_kit::text::shown;
use jiff::civil::Date;

use super::context::{Context, JobKey, ScheduleKey};
use super::date_offset::DateOffset;
use super::date_qualifier;
use super::reference::{Reference, split_offset};
use super::scope::Scope;

/// Where a property is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The installation.
    Global,
    /// A machine, by name.
    Machine(String),
    /// A daily schedule.
    Schedule(ScheduleKey),
    /// A daily job.
    Job(JobKey),
    /// The thresholds. Their values are no properties; the place is for lists of names.
    Thresholds,
    /// The resources, as the thresholds.
    Resources,
}

/// The object that a reference means: what it is qualified with, and what is current for the rest. None
/// for what is no object: thresholds, resources, the named instance.
pub(crate) fn place_of(
    reference: &Reference,
    context: &Context<'_>,
) -> Result<Option<Place>, String> {
    let place = match reference.scope {
        Scope::Global => Place::Global,
        Scope::Machine => Place::Machine(machine_of(reference, context)?),
        Scope::Schedule => Place::Schedule(schedule_of(reference, context)?),
        Scope::Job => Place::Job(job_of(reference, context)?),
        Scope::ParentSchedule => Place::Schedule(container(context)?.schedule),
        Scope::ParentJob => Place::Job(container(context)?),
        Scope::Threshold | Scope::ResourceMaximum | Scope::ResourceInUse | Scope::NamedInstance => {
            return Ok(None);
        }
    };
    Ok(Some(place))
}

fn machine_of(reference: &Reference, context: &Context<'_>) -> Result<String, String> {
    let written = reference.qualifier("machine").map(str::to_owned);
    let name = &reference.name;
    written
        .or_else(|| context.current_machine())
        .ok_or_else(|| format!("there is no current machine here, write MI.{name}.machine"))
}

fn schedule_of(reference: &Reference, context: &Context<'_>) -> Result<ScheduleKey, String> {
    let current = context.current.schedule.as_ref();
    let date = match reference.qualifier("date") {
        Some(text) => Some(date_of(text, context)?),
        None => current.map(|schedule| schedule.date),
    };
    let written = reference.qualifier("schedule").map(str::to_owned);
    let name = written.or_else(|| current.map(|schedule| schedule.name.clone()));
    match (date, name) {
        (Some(date), Some(name)) => Ok(ScheduleKey { date, name }),
        _ => {
            let scope = reference.scope;
            let form = [&[scope.prefix(), &reference.name][..], scope.qualifiers()].concat();
            Err(format!("there is no current schedule here, write {}", form.join(".")))
        }
    }
}

fn job_of(reference: &Reference, context: &Context<'_>) -> Result<JobKey, String> {
    let schedule = schedule_of(reference, context)?;
    let written = reference.qualifier("job").map(str::to_owned);
    let name = written.or_else(|| context.current.job.clone()).ok_or_else(|| {
        format!("there is no current job here, write JI.{}.date.schedule.job", reference.name)
    })?;
    Ok(JobKey { schedule, name })
}

fn container(context: &Context<'_>) -> Result<JobKey, String> {
    context.current.container.clone().ok_or_else(|| {
        "there is no container job above, SSI and SJI are for the jobs of a subschedule".to_owned()
    })
}

/// The date that a qualifier means: a date, or `$DATE` or `$SCHEDULE DATE`, with an offset if need be.
fn date_of(text: &str, context: &Context<'_>) -> Result<Date, String> {
    if let Some(date) = date_qualifier::parse(text) {
        return Ok(date);
    }
    let (name, offset) = split_offset(text)?;
    let date = match (name.as_str(), &context.current.schedule) {
        ("$DATE", _) => context.zone.date(context.now),
        ("$SCHEDULE DATE", Some(schedule)) => schedule.date,
        ("$SCHEDULE DATE", None) => return Err("there is no current schedule here".to_owned()),
        _ => {
            return Err(format!(
                "`{}` is no schedule date, expected one such as 2026-12-31, $DATE or $SCHEDULE DATE(-1d)",
                shown(text)
            ));
        }
    };
    let moved = |offset: DateOffset| offset.date(date, context.working_days);
    offset.map_or(Ok(date), moved).map_err(|why| why.to_string())
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => f.write_str("the installation"),
            Self::Machine(name) => write!(f, "the machine `{name}`"),
            Self::Schedule(key) => write!(f, "the schedule {key}"),
            Self::Job(key) => write!(f, "the job {key}"),
            Self::Thresholds => f.write_str("the thresholds"),
            Self::Resources => f.write_str("the resources"),
        }
    }
}
