//! Definitions as rows, one for each named thing, and back. Jobs have rows of their own, since a schedule may have a hundred
//! thousand of them.

use indexmap::IndexMap;
use scheduler_core::definition::{Definitions, Job, Named, Schedule};
use scheduler_store::definition::{Definition, NewDefinition};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Result};

/// The kind of row of the options, of which there is one without a name.
pub(super) const OPTIONS: &str = "options";
/// The kind of row of a schedule.
pub(super) const SCHEDULE: &str = "schedule";
/// The kind of row of a job.
pub(super) const JOB: &str = "job";
/// The kind of row of an agent.
pub(super) const AGENT: &str = "agent";

/// The kind of row of a threshold.
pub(super) const THRESHOLD: &str = "threshold";
/// The kind of row of a resource.
pub(super) const RESOURCE: &str = "resource";

/// Calls a macro with each kind of definitions that is one row each: the word and the field.
macro_rules! simple_kinds {
    ($each:ident) => {
        $each!("calendar", calendars);
        $each!("frequency", frequencies);
        $each!(AGENT, agents);
        $each!("machine_group", machine_groups);
        $each!("batch_user", batch_users);
        $each!("property", properties);
        $each!(THRESHOLD, thresholds);
        $each!(RESOURCE, resources);
        $each!(super::NOTIFICATION_GROUP, notifications);
        $each!("department", departments);
        $each!("access_code", access_codes);
        $each!("role", roles);
    };
}

/// Definitions as rows.
pub(super) fn to_rows(mut definitions: Definitions) -> Vec<NewDefinition> {
    let mut rows = Vec::new();
    if let Some(options) = &definitions.options {
        rows.push(row(OPTIONS, "", "", 0, options));
    }
    macro_rules! add {
        ($kind:expr, $field:ident) => {
            for (place, (name, value)) in (0..).zip(definitions.$field.iter()) {
                rows.push(row($kind, "", name.as_str(), place, value));
            }
        };
    }
    simple_kinds!(add);
    for (place, (name, schedule)) in (0..).zip(definitions.schedules.iter_mut()) {
        let jobs = std::mem::take(&mut schedule.jobs);
        rows.push(row(SCHEDULE, "", name.as_str(), place, schedule));
        for (place, (job, value)) in (0..).zip(jobs.iter()) {
            rows.push(row(JOB, name.as_str(), job.as_str(), place, value));
        }
    }
    rows
}

fn row(
    kind: &'static str,
    parent: &str,
    name: &str,
    place: i64,
    value: &impl Serialize,
) -> NewDefinition {
    let mut body = serde_json::to_value(value).unwrap_or(Value::Null);
    strip(&mut body);
    NewDefinition {
        kind,
        parent: parent.to_owned(),
        name: name.to_owned(),
        place,
        body: body.to_string(),
    }
}

/// Takes away what is there for nothing: absent values.
fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Rows as definitions. The rows are in the order of kind, parent and place.
pub(super) fn from_rows(rows: &[Definition]) -> Result<Definitions> {
    let mut all = Definitions::default();
    let mut jobs: IndexMap<&str, Named<_, Job>> = IndexMap::new();
    for row in rows {
        macro_rules! take {
            ($kind:expr, $field:ident) => {
                if row.kind == $kind {
                    all.$field.insert(name(row)?, body(row)?);
                    continue;
                }
            };
        }
        simple_kinds!(take);
        match row.kind.as_str() {
            OPTIONS => all.options = Some(body(row)?),
            SCHEDULE => {
                all.schedules.insert(name(row)?, body::<Schedule>(row)?);
            }
            JOB => {
                jobs.entry(row.parent.as_str()).or_default().insert(name(row)?, body(row)?);
            }
            other => {
                return Err(stored(row, format!("there is no kind `{other}`")));
            }
        }
    }
    for (schedule, jobs) in jobs {
        if let Some(schedule) = all.schedules.get_mut(schedule) {
            schedule.jobs = jobs;
        }
    }
    Ok(all)
}

fn name<T: DeserializeOwned>(row: &Definition) -> Result<T> {
    serde_json::from_value(Value::from(row.name.as_str())).map_err(|error| stored(row, error))
}

/// The definition that a row holds.
pub(crate) fn body<T: DeserializeOwned>(row: &Definition) -> Result<T> {
    serde_json::from_str(&row.body).map_err(|error| stored(row, error))
}

fn stored(row: &Definition, why: impl std::fmt::Display) -> Error {
    let Definition { id, kind, name, .. } = row;
    Error::Stored { what: format!("definition {id} (the {kind} `{name}`)"), why: why.to_string() }
}
