//! Listing.

use indexmap::IndexMap;
use scheduler_core::definition::Property;
use scheduler_core::definition::agent::Agent;
use scheduler_core::property::{JobKey, Place, ScheduleKey, Target};
use scheduler_store::daily_schedule::DailySchedule;
use scheduler_store::{daily_job, daily_schedule, definition, property, secret};

use super::privilege;
use crate::definitions::body;
use crate::error::{Error, Result};
use crate::{App, Caller};

/// A property with its value as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyEntry {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: PropertyValue,
    /// Whether the definitions have it.
    pub is_defined: bool,
    /// Whether its value was set here, so that it may be another one than that of the definitions.
    pub is_set: bool,
}

impl PropertyEntry {
    /// Its value, where it is not encrypted.
    pub(super) fn clear(self) -> Option<String> {
        match self.value {
            PropertyValue::Clear(value) => Some(value),
            PropertyValue::Hidden | PropertyValue::Missing => None,
        }
    }

    /// Whether there is a value that can be taken away. A day has its own; elsewhere that of the definitions stays.
    pub(super) fn can_be_deleted(&self, place: &Place) -> bool {
        self.is_set || matches!(place, Place::Schedule(_) | Place::Job(_))
    }
}

/// A value, as far as it may be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PropertyValue {
    /// It is not encrypted.
    Clear(String),
    /// It is encrypted, and there is one.
    Hidden,
    /// It is encrypted, and none was set yet.
    Missing,
}

/// The properties of a place: those of the definitions in their order, then those that only this place has, by name.
///
/// # Errors
/// [`Error::Forbidden`], or [`Error::Unknown`] where there is no such place.
pub async fn list(app: &App, caller: &Caller, place: &Place) -> Result<Vec<PropertyEntry>> {
    caller.must("list properties", &[privilege(place)])?;
    let place = place.clone();
    app.db().read(move |tx| Box::pin(async move { entries(tx, &place).await })).await
}

/// The value of a property that is not encrypted; none where it is not there.
pub(super) async fn value_of(tx: &mut sql::Tx<'_>, target: &Target) -> Result<Option<String>> {
    let found = entry_of(tx, target).await?;
    Ok(found.and_then(PropertyEntry::clear))
}

/// A property as it is listed; none where it is not there.
pub(super) async fn entry_of(
    tx: &mut sql::Tx<'_>,
    target: &Target,
) -> Result<Option<PropertyEntry>> {
    let all = entries(tx, &target.place).await?;
    Ok(all.into_iter().find(|each| each.name == target.name))
}

async fn entries(tx: &mut sql::Tx<'_>, place: &Place) -> Result<Vec<PropertyEntry>> {
    match place {
        Place::Global => global(tx).await,
        Place::Machine(agent) => of_agent(tx, agent).await,
        Place::Schedule(key) => daily(&schedule(tx, key).await?.properties, &key.name),
        Place::Job(key) => {
            let JobKey { schedule: of, name } = key;
            let schedule = schedule(tx, of).await?;
            let job = daily_job::named(tx, schedule.id, name).await?;
            let job =
                job.ok_or_else(|| unknown("daily job", format!("{}/{}/{name}", of.date, of.name)))?;
            daily(&job.properties, name)
        }
        Place::Thresholds | Place::Resources => Err(Error::Refused(
            "thresholds and resources are no properties; they have commands of their own"
                .to_owned(),
        )),
    }
}

async fn global(tx: &mut sql::Tx<'_>) -> Result<Vec<PropertyEntry>> {
    let mut values = values(tx, "global", "").await?;
    let secrets = secret::of_kind(tx, secret::PROPERTY).await?;
    let mut all = Vec::new();
    for row in definition::current_of(tx, "property").await? {
        let of: Property = body(&row)?;
        let set = values.shift_remove(&row.name);
        all.push(if of.encrypted {
            let has_value = secrets.iter().any(|secret| secret.name == row.name);
            PropertyEntry {
                name: row.name,
                value: if has_value { PropertyValue::Hidden } else { PropertyValue::Missing },
                is_defined: true,
                is_set: has_value,
            }
        } else {
            plain(row.name, Some(of.value.unwrap_or_default()), set)
        });
    }
    all.extend(values.into_iter().map(|(name, value)| plain(name, None, Some(value))));
    Ok(all)
}

async fn of_agent(tx: &mut sql::Tx<'_>, agent: &str) -> Result<Vec<PropertyEntry>> {
    let row = definition::current_one(tx, "agent", "", agent).await?;
    let of: Agent = body(&row.ok_or_else(|| unknown("agent", agent.to_owned()))?)?;
    let mut values = values(tx, "machine", agent).await?;
    let mut all = Vec::new();
    for (name, value) in of.properties {
        let set = values.shift_remove(name.as_str());
        all.push(plain(name.to_string(), Some(value), set));
    }
    all.extend(values.into_iter().map(|(name, value)| plain(name, None, Some(value))));
    Ok(all)
}

/// Those of a day have their values from the build, and no others behind them.
fn daily(text: &str, of: &str) -> Result<Vec<PropertyEntry>> {
    let values: IndexMap<String, String> = serde_json::from_str(text).map_err(|why| {
        Error::Stored { what: format!("properties of `{of}`"), why: why.to_string() }
    })?;
    Ok(values.into_iter().map(|(name, value)| plain(name, Some(value), None)).collect())
}

fn plain(name: String, defined: Option<String>, set: Option<String>) -> PropertyEntry {
    let (is_defined, is_set) = (defined.is_some(), set.is_some());
    let value = PropertyValue::Clear(set.or(defined).unwrap_or_default());
    PropertyEntry { name, value, is_defined, is_set }
}

async fn values(
    tx: &mut sql::Tx<'_>,
    scope: &str,
    owner: &str,
) -> Result<IndexMap<String, String>> {
    let all = property::all(tx, scope).await?.into_iter();
    Ok(all.filter(|(of, _, _)| of == owner).map(|(_, name, value)| (name, value)).collect())
}

async fn schedule(tx: &mut sql::Tx<'_>, key: &ScheduleKey) -> Result<DailySchedule> {
    let all = daily_schedule::of_date(tx, &key.date.to_string()).await?;
    let found = all.into_iter().find(|schedule| schedule.name == key.name);
    found.ok_or_else(|| unknown("daily schedule", format!("{}/{}", key.date, key.name)))
}

fn unknown(what: &'static str, name: String) -> Error {
    Error::Unknown { what, name, hint: String::new() }
}
