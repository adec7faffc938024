//! Two names of one kind that differ only in case: a reference could be meant for either, and people who read
//! lists would take one for the other.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use core_kit::text::shown;

use super::Lookup;
use super::lookup::Kind;
use crate::path::Path;

pub(super) fn check(lookup: &mut Lookup<'_>) {
    let definitions = lookup.definitions;
    section(lookup, Kind::Calendar, definitions.calendars.keys());
    section(lookup, Kind::Frequency, definitions.frequencies.keys());
    section(lookup, Kind::Schedule, definitions.schedules.keys());
    section(lookup, Kind::Agent, definitions.agents.keys());
    section(lookup, Kind::MachineGroup, definitions.machine_groups.keys());
    section(lookup, Kind::BatchUser, definitions.batch_users.keys());
    section(lookup, Kind::Property, definitions.properties.keys());
    section(lookup, Kind::Threshold, definitions.thresholds.keys());
    section(lookup, Kind::Resource, definitions.resources.keys());
    section(lookup, Kind::NotificationGroup, definitions.notifications.keys());
    section(lookup, Kind::Department, definitions.departments.keys());
    section(lookup, Kind::AccessCode, definitions.access_codes.keys());
    section(lookup, Kind::Role, definitions.roles.keys());
    for (name, schedule) in definitions.schedules.iter() {
        let path = || Path::default().field("schedules").field(name.as_str()).field("jobs");
        names(lookup, "job", schedule.jobs.keys(), &path);
    }
}

fn section<'n, K: AsRef<str> + 'n>(
    lookup: &mut Lookup<'_>,
    kind: Kind,
    all: impl Iterator<Item = &'n K>,
) {
    names(lookup, kind.word(), all, &|| Path::default().field(kind.section()));
}

fn names<'n, K: AsRef<str> + 'n>(
    lookup: &mut Lookup<'_>,
    word: &str,
    all: impl Iterator<Item = &'n K>,
    path: &dyn Fn() -> Path,
) {
    let mut known: HashMap<String, &str> = HashMap::new();
    for name in all.map(AsRef::as_ref) {
        match known.entry(name.to_lowercase()) {
            Entry::Vacant(vacant) => {
                vacant.insert(name);
            }
            Entry::Occupied(first) => {
                let message = format!(
                    "the {word} `{}` differs only in case from `{}`; choose another name for one of them",
                    shown(name),
                    shown(first.get())
                );
                lookup.problem(path().field(name), message);
            }
        }
    }
}
