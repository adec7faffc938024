//! Which daily schedules of a plan are made, and the rows of those.

use std::collections::HashMap;

use indexmap::IndexMap;
use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan};
use scheduler_core::definition::Schedule as Definition;
use scheduler_core::model::{Instance, JobId, ScheduleId};
use scheduler_core::name::{PropertyName, ScheduleName};
use scheduler_core::plan::{DailyJobId, DailySchedule, Plan};
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
    /// What they are called, which may be otherwise than the plan says: one of that name was there.
    names: Vec<String>,
    /// What jobs are called that are called otherwise than the plan says, by their numbers in it.
    pub(super) job_names: HashMap<u32, String>,
    /// The container of which alone the subschedules are made, with its number; none where the whole plan is.
    within: Option<(DailyJobId, i64)>,
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

    /// The places of a plan whose first schedule is there already.
    pub(super) fn of_added(first: Place, name: &str, job_names: HashMap<u32, String>) -> Self {
        let (schedules, names) = (vec![Some(first)], vec![name.to_owned()]);
        Self { schedules, names, job_names, within: None }
    }

    /// What a daily job is called.
    pub(super) fn job_name<'n>(&'n self, loaded: &'n Loaded, plan: &Plan, number: u32) -> &'n str {
        let planned = || plan.job_name(&loaded.model, &plan.jobs[number as usize]);
        self.job_names.get(&number).map_or_else(planned, String::as_str)
    }

    /// The container of a subschedule and what that is called; none where its container is not made.
    fn inside(
        &self,
        (loaded, plan): (&Loaded, &Plan),
        schedule: &DailySchedule,
        parent: DailyJobId,
    ) -> Option<(i64, String)> {
        let id = self.container(plan, parent)?;
        let above = &self.names[plan.job(parent).schedule as usize];
        let container = self.job_name(loaded, plan, parent.0);
        Some((id, plan.subschedule_name(&loaded.model, schedule, above, container)))
    }

    /// The container of which alone the subschedules are made.
    pub(super) fn within(&self, plan: &Plan) -> Option<JobId> {
        self.within.map(|(container, _)| plan.job(container).job)
    }

    /// The number of a container whose subschedule is to be made; none where that is not.
    fn container(&self, plan: &Plan, id: DailyJobId) -> Option<i64> {
        let within = self.within.filter(|(container, _)| *container == id);
        within.map(|(_, job)| job).or_else(|| self.job(plan, id.0))
    }
}

/// Stores the rows of the daily schedules that are made: of all, or of those within one container.
pub(super) async fn places(
    tx: &mut sql::Tx<'_>,
    planned: &Planned,
    within: Option<(DailyJobId, i64)>,
    now: Timestamp,
    built: &mut Built,
) -> Result<Places> {
    let count = planned.plan.schedules.len();
    let mut places = Places {
        schedules: Vec::with_capacity(count),
        names: Vec::with_capacity(count),
        job_names: HashMap::new(),
        within,
    };
    for schedule in &planned.plan.schedules {
        let (place, name) = one(tx, planned, schedule, &places, now, built).await?;
        if let Some(place) = place {
            let jobs = schedule.jobs.len();
            built.schedules.push(BuiltSchedule { id: place.id, name: name.clone(), jobs });
        }
        places.schedules.push(place);
        places.names.push(name);
    }
    let names = sql::text_list(built.schedules.iter().map(|schedule| schedule.name.as_str()));
    outcome::clear_unbuilt(tx, &planned.request.date.to_string(), &names).await?;
    Ok(places)
}

/// Stores the rows of the daily schedules in containers that are added, with these properties, to one that is there.
pub(super) async fn below(
    tx: &mut sql::Tx<'_>,
    of: (&Loaded, &Plan),
    places: &mut Places,
    given: &Values,
    now: i64,
) -> Result<()> {
    let (loaded, plan) = of;
    for schedule in plan.schedules.iter().skip(1) {
        let inside = schedule.parent.and_then(|parent| places.inside(of, schedule, parent));
        let mut place = None;
        let mut name = String::new();
        if let Some((parent, own)) = inside {
            let new = New { name: own.clone(), parent_job_id: Some(parent), on_hold: false };
            let mut all = properties(plan, loaded, schedule)?;
            if schedule.parent.is_some_and(|parent| plan.job(parent).schedule == 0) {
                // A container gives its own to its subschedule.
                all.extend(given.clone());
            }
            let row = row(of, schedule, &new, all, now)?;
            (place, name) = (Some(store(tx, of, schedule, &row).await?), own);
        }
        places.schedules.push(place);
        places.names.push(name);
    }
    Ok(())
}

/// What the plan does not say of a new daily schedule.
struct New {
    name: String,
    parent_job_id: Option<i64>,
    on_hold: bool,
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
    let of = (&**loaded, plan);
    let mut all = properties(plan, loaded, schedule)?;
    let new = match schedule.parent {
        // Only what is in one container is made.
        None if places.within.is_some() => {
            return Ok((None, plan.schedule_name(&loaded.model, schedule)));
        }
        Some(parent) => match places.inside(of, schedule, parent) {
            // Its container is not made.
            None => return Ok((None, plan.schedule_name(&loaded.model, schedule))),
            Some((id, name)) => New { name, parent_job_id: Some(id), on_hold: false },
        },
        None => {
            planned.given.add_to(&mut all);
            let mut name = planned.given.name(loaded, schedule)?;
            let way = planned.way(schedule.id, now);
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
            New { name, parent_job_id: None, on_hold: way.on_hold }
        }
    };
    let row = row(of, schedule, &new, all, sql::to_micros(now))?;
    Ok((Some(store(tx, of, schedule, &row).await?), new.name))
}

/// Stores a daily schedule and reserves the numbers of its jobs.
async fn store(
    tx: &mut sql::Tx<'_>,
    (loaded, plan): (&Loaded, &Plan),
    schedule: &DailySchedule,
    row: &NewDailySchedule,
) -> Result<Place> {
    let id = daily_schedule::insert(tx, row).await?;
    if schedule.parent.is_none()
        && let Some(at) = delete_at(loaded, schedule.id, plan.date)
    {
        daily_schedule::set_delete_at(tx, id, at).await?;
    }
    let count = i64::try_from(schedule.jobs.len()).unwrap_or(i64::MAX);
    let first_job = server_state::reserve_jobs(tx, count).await?;
    Ok(Place { id, first_job })
}

/// When a daily schedule is deleted: so many days after its date, at midnight on its clock. A subschedule goes with its
/// container.
pub(super) fn delete_at(loaded: &Loaded, schedule: ScheduleId, date: Date) -> Option<i64> {
    let of = loaded.model.schedule(schedule);
    let days = loaded.definitions.schedules.get(of.name.as_str())?.auto_delete_days?;
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
    (loaded, plan): (&Loaded, &Plan),
    schedule: &DailySchedule,
    new: &New,
    properties: Values,
    now: i64,
) -> Result<NewDailySchedule> {
    let of = loaded.model.schedule(schedule.id);
    let life = Schedule::built(new.on_hold, new.parent_job_id.is_some());
    let start_at = sql::to_micros(schedule.start);
    let is_waiting = life.status() == Status::WaitToStart;
    Ok(NewDailySchedule {
        date: plan.date.to_string(),
        schedule: of.name.as_str().to_owned(),
        name: new.name.clone(),
        definition_id: loaded
            .schedule_id(of.name.as_str())
            .ok_or_else(|| not_defined(of.name.as_str()))?,
        time_zone: of.zone.name().to_owned(),
        parent_job_id: new.parent_job_id,
        start_at,
        life: serde_json::to_string(&life).unwrap_or_default(),
        status: life.status().description().to_owned(),
        open_jobs: i64::try_from(schedule.jobs.len()).unwrap_or(i64::MAX),
        due_at: is_waiting.then_some(start_at),
        properties: serde_json::to_string(&properties).unwrap_or_default(),
        built_at: now,
    })
}

pub(super) fn not_defined(schedule: &str) -> Error {
    Error::Stored {
        what: format!("the schedule `{schedule}`"),
        why: "it has no definition".to_owned(),
    }
}

/// Names and values of properties.
pub(super) type Values = IndexMap<String, String>;

/// The properties of its definition, over them those of the container job that runs it (`opcon-domain`, scopes of properties), and
/// over them those that make it one of several instances.
fn properties(plan: &Plan, loaded: &Loaded, schedule: &DailySchedule) -> Result<Values> {
    let name = loaded.model.schedule(schedule.id).name.as_str();
    let definition: &Definition =
        loaded.definitions.schedules.get(name).ok_or_else(|| not_defined(name))?;
    let text = |(name, value): (&PropertyName, &String)| (name.to_string(), value.clone());
    let mut all: Values = definition.properties.iter().map(text).collect();
    if let Some(parent) = schedule.parent {
        let container = &plan.jobs[parent.0 as usize];
        if let Some(definition) = loaded.job(container.job) {
            let own = rows::properties(definition, container.copy);
            all.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
    }
    if let Some(Instance::Properties(own)) = plan.instance(&loaded.model, schedule) {
        all.extend(own.iter().map(text));
    }
    Ok(all)
}
