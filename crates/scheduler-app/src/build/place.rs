//! Which daily schedules of a plan are made, and the rows of those.

use indexmap::IndexMap;
use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan};
use scheduler_core::definition::Schedule as Definition;
use scheduler_core::name::ScheduleName;
use scheduler_core::plan::{DailySchedule, Plan};
use scheduler_core::schedule::build::{Outcome, build_over};
use scheduler_core::schedule::instance_name::instance_name;
use scheduler_core::schedule::{Schedule, Status};
use scheduler_store::daily_schedule::{self, NewDailySchedule};
use scheduler_store::{outcome, server_state};

use super::{Built, BuiltSchedule, Planned, Request, Way, rows};
use crate::definitions::Loaded;
use crate::error::{Error, Result};
use crate::removal::{Gone, remove};

/// What became of the daily schedules of a plan, in its order: the number of its row and of its first job; none for one
/// that is not made.
pub(super) struct Places {
    pub(super) schedules: Vec<Option<Place>>,
}

/// Where a daily schedule is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) id: i64,
    pub(super) first_job: i64,
}

impl Places {
    /// The number of a daily job; none where it is not made.
    pub(super) fn job(&self, plan: &Plan, number: u32) -> Option<i64> {
        let schedule = plan.jobs[number as usize].schedule as usize;
        let first = plan.schedules[schedule].jobs.start;
        self.schedules[schedule].map(|place| place.first_job + i64::from(number - first))
    }
}

/// Stores the rows of the daily schedules that are made.
pub(super) async fn places(
    tx: &mut sql::Tx<'_>,
    planned: &Planned,
    now: Timestamp,
    built: &mut Built,
) -> Result<Places> {
    let mut places = Places { schedules: Vec::with_capacity(planned.plan.schedules.len()) };
    for schedule in &planned.plan.schedules {
        let (place, name) = one(tx, planned, schedule, &places, now, built).await?;
        if let Some(place) = place {
            let jobs = schedule.jobs.len();
            built.schedules.push(BuiltSchedule { id: place.id, name: name.clone(), jobs });
        }
        places.schedules.push(place);
    }
    let names = sql::text_list(built.schedules.iter().map(|schedule| schedule.name.as_str()));
    outcome::clear_unbuilt(tx, &planned.request.date.to_string(), &names).await?;
    Ok(places)
}

async fn one(
    tx: &mut sql::Tx<'_>,
    planned: &Planned,
    schedule: &DailySchedule,
    places: &Places,
    now: Timestamp,
    built: &mut Built,
) -> Result<(Option<Place>, String)> {
    let Planned { loaded, plan, request, .. } = planned;
    let mut on_hold = false;
    let mut name = plan.schedule_name(&loaded.model, schedule);
    let parent_job_id = match schedule.parent {
        None => None,
        Some(parent) => match places.job(plan, parent.0) {
            // Its container is not made.
            None => return Ok((None, name)),
            Some(id) => Some(id),
        },
    };
    if parent_job_id.is_none() {
        let way = planned.way(schedule.id, now);
        on_hold = way.on_hold;
        let existing = daily_schedule::named(tx, &request.date.to_string(), &name).await?;
        match over(planned, schedule, existing.as_ref(), way)? {
            Outcome::Build => {}
            Outcome::Replace => {
                if let Some(existing) = existing {
                    remove(tx, &existing, Gone::Replaced, now).await?;
                }
            }
            Outcome::NewInstance => name = new_name(tx, request, &name).await?,
            Outcome::Leave(why) => {
                built.left.push((name.clone(), why));
                return Ok((None, name));
            }
        }
    }
    let new = row(planned, schedule, &name, parent_job_id, on_hold, sql::to_micros(now))?;
    let id = daily_schedule::insert(tx, &new).await?;
    if let Some(at) = delete_at(loaded, schedule, request.date) {
        daily_schedule::set_delete_at(tx, id, at).await?;
    }
    let count = i64::try_from(schedule.jobs.len()).unwrap_or(i64::MAX);
    let first_job = server_state::reserve_jobs(tx, count).await?;
    Ok((Some(Place { id, first_job }), name))
}

/// When a daily schedule is deleted: so many days after its date, at midnight on its clock. A subschedule goes with its
/// container.
fn delete_at(loaded: &Loaded, schedule: &DailySchedule, date: Date) -> Option<i64> {
    let of = loaded.model.schedule(schedule.id);
    let days = loaded.definitions.schedules.get(of.name.as_str())?.auto_delete_days?;
    if schedule.parent.is_some() {
        return None;
    }
    let day = date.saturating_add(i64::from(days).days());
    Some(sql::to_micros(of.zone.first_instant(day.to_datetime(Time::midnight()))?))
}

fn over(
    planned: &Planned,
    schedule: &DailySchedule,
    existing: Option<&daily_schedule::DailySchedule>,
    way: Way,
) -> Result<Outcome> {
    let status = existing.map(|existing| {
        Status::from_description(&existing.status).ok_or_else(|| Error::Stored {
            what: format!("daily schedule {}", existing.id),
            why: format!("there is no status `{}`", existing.status),
        })
    });
    let is_multi = planned.loaded.model.schedule(schedule.id).is_multi_instance;
    Ok(build_over(status.transpose()?, is_multi, way.overwrite))
}

/// A name for one more instance.
async fn new_name(tx: &mut sql::Tx<'_>, request: &Request, name: &str) -> Result<String> {
    let date = request.date.to_string();
    let taken: Vec<String> =
        daily_schedule::of_date(tx, &date).await?.into_iter().map(|each| each.name).collect();
    let none = |why: &dyn std::fmt::Display| Error::Stored {
        what: format!("the day {date}"),
        why: format!("no name for one more `{name}`: {why}"),
    };
    let schedule = name.parse::<ScheduleName>().map_err(|why| none(&why))?;
    instance_name(&schedule, None, |name| taken.iter().any(|each| each == name))
        .map_err(|why| none(&why))
}

fn row(
    planned: &Planned,
    schedule: &DailySchedule,
    name: &str,
    parent_job_id: Option<i64>,
    on_hold: bool,
    now: i64,
) -> Result<NewDailySchedule> {
    let Planned { loaded, plan, request, .. } = planned;
    let of = loaded.model.schedule(schedule.id);
    let unknown = || Error::Stored {
        what: format!("the schedule `{}`", of.name.as_str()),
        why: "it has no definition".to_owned(),
    };
    let definition: &Definition =
        loaded.definitions.schedules.get(of.name.as_str()).ok_or_else(unknown)?;
    let life = Schedule::built(on_hold, parent_job_id.is_some());
    let start_at = sql::to_micros(schedule.start);
    let is_waiting = life.status() == Status::WaitToStart;
    Ok(NewDailySchedule {
        date: request.date.to_string(),
        schedule: of.name.as_str().to_owned(),
        name: name.to_owned(),
        definition_id: loaded.schedule_id(of.name.as_str()).ok_or_else(unknown)?,
        time_zone: of.zone.name().to_owned(),
        parent_job_id,
        start_at,
        life: serde_json::to_string(&life).unwrap_or_default(),
        status: life.status().description().to_owned(),
        open_jobs: i64::try_from(schedule.jobs.len()).unwrap_or(i64::MAX),
        due_at: is_waiting.then_some(start_at),
        properties: properties(plan, loaded, schedule, definition),
        built_at: now,
    })
}

/// The properties of its definition, over them those of the container job that runs it (`opcon-domain`, scopes of properties), and
/// over them those that make it one of several instances.
fn properties(
    plan: &Plan,
    loaded: &Loaded,
    schedule: &DailySchedule,
    definition: &Definition,
) -> String {
    let mut all: IndexMap<&str, &str> =
        definition.properties.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if let Some(parent) = schedule.parent {
        let container = &plan.jobs[parent.0 as usize];
        if let Some(definition) = loaded.job(container.job) {
            all.extend(rows::properties(definition, container.copy));
        }
    }
    if let Some(scheduler_core::model::Instance::Properties(own)) =
        plan.instance(&loaded.model, schedule)
    {
        all.extend(own.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    }
    serde_json::to_string(&all).unwrap_or_default()
}
