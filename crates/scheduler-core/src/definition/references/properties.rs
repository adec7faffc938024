//! Properties: their names and values (`opcon-domain 1.9`).

use indexmap::IndexMap;

use super::lookup::Lookup;
use super::texts;
use crate::definition::agent::Connection;
use crate::definition::{Instances, Job, Property};
use crate::name::PropertyName;
use crate::path::Path;
use crate::property::{
    PropertyValue, global_name_fault, global_value_fault, instance_name_fault, is_date_name,
};
use crate::text_value::read;

/// All but those of jobs.
pub(super) fn check(lookup: &mut Lookup<'_>) {
    let definitions = lookup.definitions;
    for (name, property) in definitions.properties.iter() {
        let path = || Path::default().field("properties").field(name.as_str());
        global(lookup, name, property, &path);
    }
    for (name, agent) in definitions.agents.iter() {
        let path = Path::default().field("agents").field(name.as_str());
        bag(lookup, &agent.properties, &path.field("properties"));
        if let Connection::AsyscoAmt(settings) = &agent.connection {
            let path = || path.field("connection").field("asysco_amt").field("batch_server_url");
            texts::text(lookup, &settings.batch_server_url, &path);
        }
    }
    for (name, schedule) in definitions.schedules.iter() {
        let path = Path::default().field("schedules").field(name.as_str());
        bag(lookup, &schedule.properties, &path.field("properties"));
        if let Some(Instances::Properties(of)) = &schedule.instances {
            sets(lookup, of, &path.field("instances").field("properties"));
        }
    }
}

/// The properties of a job and of its copies.
pub(super) fn of_job(lookup: &mut Lookup<'_>, job: &Job, path: &Path) {
    bag(lookup, &job.properties, &path.field("properties"));
    sets(lookup, &job.instances, &path.field("instances"));
}

fn global(
    lookup: &mut Lookup<'_>,
    name: &PropertyName,
    property: &Property,
    path: &dyn Fn() -> Path,
) {
    if let Some(fault) = global_name_fault(name.as_str()) {
        lookup.problem(path(), fault);
    }
    let is_date = is_date_name(name.as_str());
    if property.encrypted && is_date {
        let message = format!(
            "`{}` is the format of a date or time, which is never encrypted",
            name.as_str()
        );
        lookup.problem(path().field("encrypted"), message);
    }
    let Some(value) = &property.value else { return };
    if property.encrypted {
        let message = "the value of an encrypted property does not belong into a file, where everybody can read it: leave \
                       `value` out, and set it on the server";
        return lookup.problem(path().field("encrypted"), message);
    }
    let path = || path().field("value");
    match global_value_fault(name.as_str(), value) {
        Some(fault) => lookup.problem(path(), fault),
        // What stands in brackets in a date format is text.
        None if is_date => long(lookup, value, &path),
        None => self::value(lookup, value, &path),
    }
}

fn sets(lookup: &mut Lookup<'_>, sets: &[IndexMap<PropertyName, String>], path: &Path) {
    for (index, set) in sets.iter().enumerate() {
        bag(lookup, set, &path.index(index));
    }
}

fn bag(lookup: &mut Lookup<'_>, properties: &IndexMap<PropertyName, String>, path: &Path) {
    for (name, value) in properties {
        let path = || path.field(name.as_str());
        if let Some(fault) = instance_name_fault(name.as_str()) {
            lookup.problem(path(), fault);
        }
        self::value(lookup, value, &path);
    }
}

fn value(lookup: &mut Lookup<'_>, value: &str, path: &dyn Fn() -> Path) {
    long(lookup, value, path);
    texts::text(lookup, value, path);
}

fn long(lookup: &mut Lookup<'_>, value: &str, path: &dyn Fn() -> Path) {
    if let Err(bad) = read::<PropertyValue>(value) {
        lookup.problem(path(), bad.message);
    }
}
