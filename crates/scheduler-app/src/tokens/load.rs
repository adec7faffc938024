//! Loading what texts refer to.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use scheduler_core::calendar::{Calendar, Weekdays, WorkingDays};
use scheduler_core::definition::agent::Agent;
use scheduler_core::definition::{
    Job as JobDefinition, MASTER_HOLIDAY, Property, Schedule as ScheduleDefinition,
};
use scheduler_core::job::Status;
use scheduler_core::name::CalendarName;
use scheduler_core::property::{
    Current, JobFacts, JobKey, MachineFacts, ResourceUnits, ScheduleFacts, ScheduleKey,
};
use scheduler_core::schedule::Status as ScheduleStatus;
use scheduler_store::attempt::{self, Attempt};
use scheduler_store::daily_job::{self, DailyJob};
use scheduler_store::daily_schedule::{self, DailySchedule};
use scheduler_store::{agent_state, definition, limit, property};

use super::Tokens;
use super::snapshot::{Installation, Snapshot, Values};
use crate::body::frequency_use;
use crate::changes::changes;
use crate::definitions::body;
use crate::error::{Error, Result};
use crate::events::server_options;

/// What is known around a daily job.
pub(super) async fn of_job(
    tx: &mut sql::Tx<'_>,
    installation: Arc<Installation>,
    job_id: i64,
    now: Timestamp,
) -> Result<Tokens> {
    let job = one_job(tx, job_id).await?;
    let mut tokens = of_schedule(tx, installation, job.schedule_id, now).await?;
    (tokens.current.job, tokens.current.machine) = (Some(job.name), job.agent);
    Ok(tokens)
}

/// What is known around a daily schedule.
pub(super) async fn of_schedule(
    tx: &mut sql::Tx<'_>,
    installation: Arc<Installation>,
    id: i64,
    now: Timestamp,
) -> Result<Tokens> {
    let schedule = one_schedule(tx, id).await?;
    let snapshot = Snapshot { installation, ..Snapshot::default() };
    let container = match schedule.parent_job_id {
        None => None,
        Some(parent) => {
            let parent = one_job(tx, parent).await?;
            let above = one_schedule(tx, parent.schedule_id).await?;
            Some(JobKey { schedule: key_of(&above)?, name: parent.name })
        }
    };
    let definition: ScheduleDefinition = of_definition(tx, schedule.definition_id).await?;
    let working_days = working_days(tx, &definition).await?;
    let zone = schedule.time_zone.parse().map_err(|why| damaged(&schedule, why))?;
    let schedule = Some(key_of(&schedule)?);
    let current = Current { schedule, job: None, machine: None, container };
    Ok(Tokens::new(snapshot, now, zone, current, working_days))
}

/// What is known around an agent, or around nothing: it belongs to no day.
pub(super) async fn of_agent(
    tx: &mut sql::Tx<'_>,
    agent: Option<&str>,
    now: Timestamp,
) -> Result<Tokens> {
    let snapshot = Snapshot { installation: installation(tx).await?, ..Snapshot::default() };
    let options = server_options(tx).await?;
    let working_days = ordinary_days(tx).await?;
    let machine = agent.map(ToOwned::to_owned);
    let current = Current { schedule: None, job: None, machine, container: None };
    Ok(Tokens::new(snapshot, now, options.time_zone.0, current, working_days))
}

/// Loads what was asked for; false where that was nothing.
pub(super) async fn asked(tx: &mut sql::Tx<'_>, snapshot: &mut Snapshot) -> Result<bool> {
    let asked = std::mem::take(&mut *snapshot.asked.borrow_mut());
    let is_any = !asked.schedules.is_empty() || !asked.jobs.is_empty();
    for key in asked.schedules {
        let found = match named(tx, &key).await? {
            None => None,
            Some(row) => Some(schedule_facts(&row)?),
        };
        snapshot.schedules.insert(key, found);
    }
    for key in asked.jobs {
        let found = match named(tx, &key.schedule).await? {
            None => None,
            Some(schedule) => match daily_job::named(tx, schedule.id, &key.name).await? {
                None => None,
                Some(row) => Some(job_facts(tx, &row, &schedule).await?),
            },
        };
        snapshot.jobs.insert(key, found);
    }
    Ok(is_any)
}

async fn named(tx: &mut sql::Tx<'_>, key: &ScheduleKey) -> Result<Option<DailySchedule>> {
    Ok(daily_schedule::found(tx, &key.date.to_string(), &key.name).await?)
}

/// What belongs to no date.
pub(super) async fn installation(tx: &mut sql::Tx<'_>) -> Result<Arc<Installation>> {
    let mut found = Installation::default();
    for row in definition::current_of(tx, "property").await? {
        let of: Property = body(&row)?;
        let value = if of.encrypted { None } else { Some(of.value.unwrap_or_default()) };
        found.globals.insert(row.name, value);
    }
    for (_, name, value) in property::all(tx, "global").await? {
        // What was stored before it was encrypted does not count any more.
        if found.globals.get(&name) != Some(&None) {
            found.globals.insert(name, Some(value));
        }
    }
    let states = agent_state::all(tx).await?;
    for row in definition::current_of(tx, "agent").await? {
        let of: Agent = body(&row)?;
        let state = states.iter().find(|state| state.agent == row.name);
        let facts = MachineFacts {
            operator_status: state.map(|state| state.communication.clone()).unwrap_or_default(),
            network_status: state.map(|state| state.status.clone()).unwrap_or_default(),
            running_jobs: state.map_or(0, |state| u32::try_from(state.running).unwrap_or(0)),
        };
        let own = of.properties.iter().map(|(name, value)| (name.to_string(), value.clone()));
        found.machines.insert(row.name, (facts, own.collect()));
    }
    for (owner, name, value) in property::all(tx, "machine").await? {
        if let Some((_, values)) = found.machines.get_mut(&owner) {
            values.insert(name, value);
        }
    }
    found.thresholds = limit::thresholds_now(tx).await?.into_iter().collect();
    let units = |each: limit::Resource| {
        (each.resource, ResourceUnits { maximum: each.maximum, in_use: each.used })
    };
    found.resources = limit::resources_now(tx).await?.into_iter().map(units).collect();
    Ok(Arc::new(found))
}

fn schedule_facts(row: &DailySchedule) -> Result<(ScheduleFacts, Values)> {
    let category =
        ScheduleStatus::from_description(&row.status).map(|status| status.category().name());
    let facts = ScheduleFacts {
        master_name: row.schedule.clone(),
        id: u64::try_from(row.id).unwrap_or(0),
        instance: 1,
        status: row.status.clone(),
        status_category: category.unwrap_or_default().to_owned(),
    };
    Ok((facts, values(&row.properties, row)?))
}

async fn job_facts(
    tx: &mut sql::Tx<'_>,
    row: &DailyJob,
    schedule: &DailySchedule,
) -> Result<(JobFacts, Values)> {
    let definition: JobDefinition = of_definition(tx, row.definition_id).await?;
    let of_schedule: ScheduleDefinition = of_definition(tx, schedule.definition_id).await?;
    let of = frequency_use(&definition, &of_schedule, row.use_index);
    let last = attempt::of_jobs(tx, &sql::id_list([row.id])).await?.pop();
    let at = |get: fn(&Attempt) -> Option<i64>| {
        let micros = last.as_ref().and_then(get)?;
        sql::from_micros("attempt", "started_at", micros).ok()
    };
    let category = Status::from_description(&row.status).map(|status| status.category().name());
    let seconds = |minutes: u16| u32::from(minutes) * 60;
    let max_run = changes(row)?.max_run_minutes.or_else(|| of.map(|of| of.max_run_minutes));
    let facts = JobFacts {
        master_name: row.job.clone(),
        id: u64::try_from(row.id).unwrap_or(0),
        status: row.status.clone(),
        status_category: category.unwrap_or_default().to_owned(),
        termination: last.as_ref().and_then(|last| Some(last.code?.to_string())),
        frequency: of.map(|of| of.frequency.to_string()),
        department: definition.department.as_ref().map(ToString::to_string),
        machine: row.agent.clone(),
        estimated_run_s: of.map(|of| seconds(of.estimated_run_minutes)),
        max_run_s: max_run.map(seconds).filter(|seconds| *seconds > 0),
        started_at: at(|last| last.started_at),
        ended_at: at(|last| last.ended_at),
        restart_step: None,
        start_command: None,
        arrived_file: None,
    };
    Ok((facts, values(&row.properties, schedule)?))
}

async fn working_days(tx: &mut sql::Tx<'_>, of: &ScheduleDefinition) -> Result<WorkingDays> {
    let mut holidays: Vec<_> = of.holidays.iter().map(Calendar::date_set).collect();
    let master = of.use_master_holiday.then_some(MASTER_HOLIDAY);
    let additional = of.additional_holidays.as_ref().map(CalendarName::as_str);
    for name in master.into_iter().chain(additional) {
        if let Some(row) = definition::current_one(tx, "calendar", "", name).await? {
            holidays.push(body::<Calendar>(&row)?.date_set());
        }
    }
    Ok(WorkingDays::new(of.workdays, &holidays))
}

/// The working days of the installation: Monday to Friday without the holidays of all.
async fn ordinary_days(tx: &mut sql::Tx<'_>) -> Result<WorkingDays> {
    let master = definition::current_one(tx, "calendar", "", MASTER_HOLIDAY).await?;
    let holidays = master.map(|row| Ok::<_, Error>(body::<Calendar>(&row)?.date_set()));
    Ok(WorkingDays::new(Weekdays::MON_TO_FRI, &holidays.transpose()?))
}

async fn of_definition<T: serde::de::DeserializeOwned>(tx: &mut sql::Tx<'_>, id: i64) -> Result<T> {
    let row = definition::by_ids(tx, &sql::id_list([id])).await?.into_iter().next();
    body(&row.ok_or_else(|| Error::Stored {
        what: format!("definition {id}"),
        why: "it is not there".to_owned(),
    })?)
}

async fn one_job(tx: &mut sql::Tx<'_>, id: i64) -> Result<DailyJob> {
    let found = daily_job::by_ids(tx, &sql::id_list([id])).await?.into_iter().next();
    found.ok_or_else(|| Error::Unknown {
        what: "daily job",
        name: id.to_string(),
        hint: String::new(),
    })
}

async fn one_schedule(tx: &mut sql::Tx<'_>, id: i64) -> Result<DailySchedule> {
    let found = daily_schedule::by_ids(tx, &sql::id_list([id])).await?.into_iter().next();
    found.ok_or_else(|| Error::Unknown {
        what: "daily schedule",
        name: id.to_string(),
        hint: String::new(),
    })
}

fn key_of(schedule: &DailySchedule) -> Result<ScheduleKey> {
    let date: Date = schedule.date.parse().map_err(|why| damaged(schedule, why))?;
    Ok(ScheduleKey { date, name: schedule.name.clone() })
}

fn values(text: &str, of: &DailySchedule) -> Result<Values> {
    serde_json::from_str(text).map_err(|why| damaged(of, why))
}

fn damaged(schedule: &DailySchedule, why: impl std::fmt::Display) -> Error {
    Error::Stored { what: format!("daily schedule {}", schedule.id), why: why.to_string() }
}
