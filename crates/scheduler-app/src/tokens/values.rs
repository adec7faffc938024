//! Setting the values of properties.

use indexmap::IndexMap;
use scheduler_core::property::{JobKey, Place, ScheduleKey, Target};
use scheduler_store::daily_schedule::DailySchedule;
use scheduler_store::{daily_job, daily_schedule, definition, property};

use crate::error::{Error, Result};
use crate::properties::is_encrypted;

type Values = IndexMap<String, String>;

/// Sets a property. `may_be_new` says whether one that is not there is made.
///
/// # Errors
/// [`Error::Unknown`] where the property, or what it belongs to, is not there.
pub(crate) async fn set(
    tx: &mut sql::Tx<'_>,
    target: &Target,
    value: &str,
    may_be_new: bool,
) -> Result<()> {
    let name = target.name.as_str();
    let exists = |found: bool| {
        if found || may_be_new { Ok(()) } else { Err(unknown("property", name)) }
    };
    match &target.place {
        Place::Global => {
            must_be_plain(tx, name).await?;
            exists(is_global(tx, name).await?)?;
            Ok(property::set(tx, "global", "", name, value).await?)
        }
        Place::Machine(agent) => {
            let found = definition::current_one(tx, "agent", "", agent).await?;
            if found.is_none() {
                return Err(unknown("agent", agent));
            }
            Ok(property::set(tx, "machine", agent, name, value).await?)
        }
        Place::Schedule(key) => {
            change_schedule(tx, key, |values| {
                exists(values.contains_key(name))?;
                values.insert(name.to_owned(), value.to_owned());
                Ok(())
            })
            .await
        }
        Place::Job(key) => {
            change_job(tx, key, |values| {
                exists(values.contains_key(name))?;
                values.insert(name.to_owned(), value.to_owned());
                Ok(())
            })
            .await
        }
        Place::Thresholds | Place::Resources => Err(unknown("property", name)),
    }
}

/// Takes a property away. One that is in the definitions has the value again that it has there.
///
/// # Errors
/// [`Error::Unknown`] where it is not there.
pub(crate) async fn remove(tx: &mut sql::Tx<'_>, target: &Target) -> Result<()> {
    let name = target.name.as_str();
    let missing = || unknown("property", name);
    match &target.place {
        Place::Global => {
            must_be_plain(tx, name).await?;
            if !is_global(tx, name).await? {
                return Err(missing());
            }
            Ok(property::remove(tx, "global", "", name).await?)
        }
        Place::Machine(agent) => Ok(property::remove(tx, "machine", agent, name).await?),
        Place::Schedule(key) => {
            change_schedule(tx, key, |values| {
                values.shift_remove(name).map(|_| ()).ok_or_else(missing)
            })
            .await
        }
        Place::Job(key) => {
            change_job(tx, key, |values| values.shift_remove(name).map(|_| ()).ok_or_else(missing))
                .await
        }
        Place::Thresholds | Place::Resources => Err(missing()),
    }
}

/// Who can read an event could read the value in it.
async fn must_be_plain(tx: &mut sql::Tx<'_>, name: &str) -> Result<()> {
    if is_encrypted(tx, name).await? {
        return Err(Error::Refused(format!(
            "the property `{name}` is encrypted: no event can change it; use `ringmaster property set`"
        )));
    }
    Ok(())
}

async fn is_global(tx: &mut sql::Tx<'_>, name: &str) -> Result<bool> {
    let is_defined = definition::current_one(tx, "property", "", name).await?.is_some();
    let values = property::all(tx, "global").await?;
    Ok(is_defined || values.iter().any(|(_, each, _)| each == name))
}

async fn schedule(tx: &mut sql::Tx<'_>, key: &ScheduleKey) -> Result<DailySchedule> {
    let found = daily_schedule::named(tx, &key.date.to_string(), &key.name).await?;
    found.ok_or_else(|| unknown("daily schedule", &format!("{}/{}", key.date, key.name)))
}

async fn change_schedule(
    tx: &mut sql::Tx<'_>,
    key: &ScheduleKey,
    change: impl FnOnce(&mut Values) -> Result<()>,
) -> Result<()> {
    let row = schedule(tx, key).await?;
    let changed = changed(&row.properties, &row.name, change)?;
    Ok(daily_schedule::set_properties(tx, row.id, &changed).await?)
}

async fn change_job(
    tx: &mut sql::Tx<'_>,
    key: &JobKey,
    change: impl FnOnce(&mut Values) -> Result<()>,
) -> Result<()> {
    let schedule = schedule(tx, &key.schedule).await?;
    let found = daily_job::named(tx, schedule.id, &key.name).await?;
    let row = found.ok_or_else(|| unknown("daily job", &key.name))?;
    let changed = changed(&row.properties, &row.name, change)?;
    Ok(daily_job::set_properties(tx, row.id, &changed).await?)
}

fn changed(text: &str, of: &str, change: impl FnOnce(&mut Values) -> Result<()>) -> Result<String> {
    let damaged = |why: serde_json::Error| Error::Stored {
        what: format!("properties of `{of}`"),
        why: why.to_string(),
    };
    let mut values: Values = serde_json::from_str(text).map_err(damaged)?;
    change(&mut values)?;
    Ok(serde_json::to_string(&values).unwrap_or_default())
}

fn unknown(what: &'static str, name: &str) -> Error {
    Error::Unknown { what, name: name.to_owned(), hint: String::new() }
}
