//! Events: names in their fields that lead nowhere. A field with a token is known only when the event takes place: of
//! that, the token is checked.
//!
//! Events name daily schedules and daily jobs, whose names may be longer than those in definitions: `Name_INSTANCE` and
//! `Name$0002` for instances and copies, `Parent_Container[Name]` for subschedules. What could be one is accepted.

use std::collections::HashSet;

use super::lookup::{Kind, Lookup};
use super::{jobs, texts};
use crate::definition::notification::Action;
use crate::definition::{Definitions, Instances, Schedule};
use crate::event::{
    Add, CalendarCommand, Command, Field, JobCommand, JobMasterCommand, JobMasterOrder, JobOrder,
    MachineCommand, NotifyCommand, PropertyCommand, PropertyRef, ResourceCommand, ScheduleCommand,
    ScheduleRef, ScheduleTarget, ThresholdCommand, has_token,
};
use crate::name::FrequencyName;
use crate::path::Path;
use crate::property::{Reference, Scope};

/// The schedule that is there for what belongs to none (`opcon-domain 1.2`).
const AD_HOC: &str = "AdHoc";

/// Every event of schedules, jobs and notifications.
pub(super) fn check(lookup: &mut Lookup<'_>) {
    let added = added(lookup.definitions);
    all(lookup.definitions, &mut |command, path| {
        for field in command.fields().iter().filter(|field| has_token(field)) {
            texts::text(lookup, field, path);
        }
        one(lookup, command, &added, path);
    });
}

/// Gives every event to `visit`, with its path.
fn all<'d>(definitions: &'d Definitions, visit: &mut dyn FnMut(&'d Command, &dyn Fn() -> Path)) {
    for (name, schedule) in definitions.schedules.iter() {
        let path = || Path::default().field("schedules").field(name.as_str());
        for (index, event) in schedule.completion_events.iter().enumerate() {
            visit(&event.0, &|| path().field("completion_events").index(index));
        }
        for (name, job) in schedule.jobs.iter() {
            for (index, event) in job.events.iter().enumerate() {
                let path = || path().field("jobs").field(name.as_str());
                visit(&event.event.0, &|| path().field("events").index(index).field("event"));
            }
        }
    }
    for (name, group) in definitions.notifications.iter() {
        let path = || Path::default().field("notifications").field(name.as_str());
        for (number, trigger) in group.triggers.iter().enumerate() {
            for (index, action) in trigger.actions.iter().enumerate() {
                let Action::Event(action) = action else { continue };
                visit(&action.event.0, &|| {
                    let path = path().field("triggers").index(number).field("actions").index(index);
                    path.field("event").field("event")
                });
            }
        }
    }
}

/// The global properties that events make.
fn added(definitions: &Definitions) -> HashSet<String> {
    let mut added = HashSet::new();
    all(definitions, &mut |command, _| {
        if let Command::Property(PropertyCommand::Add { property: Field::Known(of), .. }) = command
            && let Ok(reference) = Reference::parse(&of.0)
            && reference.scope == Scope::Global
        {
            added.insert(reference.name);
        }
    });
    added
}

fn one(
    lookup: &mut Lookup<'_>,
    command: &Command,
    added: &HashSet<String>,
    path: &dyn Fn() -> Path,
) {
    match command {
        Command::Calendar(CalendarCommand { calendar, .. }) => {
            named(lookup, Kind::Calendar, calendar.known(), path);
        }
        Command::Job(command) => job(lookup, command, path),
        Command::JobMaster(command) => job_master(lookup, command, path),
        Command::Machine(MachineCommand { machine, .. }) => {
            let machine = machine.known().map(|machine| &machine.0);
            named(lookup, Kind::Agent, machine.filter(|name| !is_wild(name)), path);
        }
        Command::Notify(NotifyCommand::Command { user, .. }) => {
            named(lookup, Kind::BatchUser, known(user.as_ref()), path);
        }
        // What they send is text.
        Command::Notify(_) | Command::Console(_) => {}
        Command::Property(command) => property(lookup, command, added, path),
        Command::Schedule(command) => schedule(lookup, command, path),
        Command::Threshold(
            ThresholdCommand::Set { threshold, .. }
            | ThresholdCommand::Delete { threshold }
            | ThresholdCommand::Rename { threshold, .. },
        ) => named(lookup, Kind::Threshold, threshold.known(), path),
        Command::Resource(
            ResourceCommand::Set { resource, .. }
            | ResourceCommand::Delete { resource }
            | ResourceCommand::Rename { resource, .. },
        ) => named(lookup, Kind::Resource, resource.known(), path),
    }
}

fn known<T>(field: Option<&Field<T>>) -> Option<&T> {
    field.and_then(Field::known)
}

fn is_wild(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// A thing of a section, by its name in definitions.
fn named(
    lookup: &mut Lookup<'_>,
    kind: Kind,
    name: Option<&(impl AsRef<str> + ?Sized)>,
    path: &dyn Fn() -> Path,
) {
    let Some(name) = name.map(AsRef::as_ref) else { return };
    let all = lookup.definitions;
    // The path is made only where something is missing.
    macro_rules! find {
        ($section:expr) => {
            if !$section.contains_key(name) {
                lookup.find($section, kind, name, &path());
            }
        };
    }
    match kind {
        Kind::Agent => find!(&all.agents),
        Kind::BatchUser => find!(&all.batch_users),
        Kind::Calendar => find!(&all.calendars),
        Kind::Frequency => find!(&all.frequencies),
        Kind::MachineGroup => find!(&all.machine_groups),
        Kind::Resource => find!(&all.resources),
        Kind::Schedule => find!(&all.schedules),
        Kind::Threshold => find!(&all.thresholds),
        Kind::AccessCode
        | Kind::Department
        | Kind::NotificationGroup
        | Kind::Property
        | Kind::Role => {}
    }
}

/// The definitions that a daily name may come from: the one of that name, and those whose name, with `_` or `$` after
/// it, it begins with. None for what nobody can tell: wildcards, subschedules, the schedule AdHoc.
fn masters<'d>(
    lookup: &mut Lookup<'d>,
    field: &Field<ScheduleRef>,
    path: &dyn Fn() -> Path,
) -> Option<Vec<(&'d str, &'d Schedule)>> {
    let Field::Known(ScheduleRef::Named(name)) = field else { return None };
    if is_wild(name) || name.contains('[') || name == AD_HOC {
        return None;
    }
    let schedules = &lookup.definitions.schedules;
    let found: Vec<_> = origins(name)
        .filter_map(|name| schedules.get_key_value(name))
        .map(|(name, schedule)| (name.as_str(), schedule))
        .collect();
    if found.is_empty() {
        named(lookup, Kind::Schedule, Some(name), path);
        return None;
    }
    Some(found)
}

/// What a daily name may have been before it was built, the name itself first.
fn origins(name: &str) -> impl Iterator<Item = &str> {
    [name].into_iter().chain(name.match_indices(['_', '$']).map(|(at, _)| &name[..at]))
}

fn job(lookup: &mut Lookup<'_>, command: &JobCommand, path: &dyn Fn() -> Path) {
    match &command.order {
        // They are about jobs that were submitted elsewhere.
        JobOrder::Track { .. } | JobOrder::Queued { .. } | JobOrder::QueueState { .. } => return,
        JobOrder::MachineGroup(group) => named(lookup, Kind::MachineGroup, group.known(), path),
        JobOrder::User(user) => named(lookup, Kind::BatchUser, user.known(), path),
        JobOrder::Add(Add { frequency, .. }) => {
            named(lookup, Kind::Frequency, known(frequency.as_ref()), path);
        }
        JobOrder::Act(_)
        | JobOrder::Delete
        | JobOrder::Restart { .. }
        | JobOrder::Reschedule(_)
        | JobOrder::MaxRunTime(_)
        | JobOrder::Priority(_)
        | JobOrder::TagAdd(_)
        | JobOrder::TagDelete(_) => {}
    }
    let masters = masters(lookup, &command.target.schedule, path);
    let (Some(masters), Some(job)) = (masters, command.target.job.known()) else { return };
    let is_there =
        |schedule: &Schedule| origins(&job.0).any(|name| schedule.jobs.contains_key(name));
    if is_wild(&job.0) || masters.iter().any(|(_, schedule)| is_there(schedule)) {
        return;
    }
    if let Some((name, schedule)) = masters.first() {
        jobs::no_job(lookup, name, schedule, &job.0, path());
    }
}

fn job_master(lookup: &mut Lookup<'_>, command: &JobMasterCommand, path: &dyn Fn() -> Path) {
    named(lookup, Kind::Schedule, command.schedule.known(), path);
    let frequency: Option<&FrequencyName> = match &command.order {
        JobMasterOrder::BuildState { frequency, .. } => frequency.known(),
        JobMasterOrder::TagAdd { frequency, .. } | JobMasterOrder::TagDelete { frequency, .. } => {
            known(frequency.as_ref())
        }
    };
    named(lookup, Kind::Frequency, frequency, path);
    let schedules = &lookup.definitions.schedules;
    if let (Some(schedule), Some(job)) = (command.schedule.known(), command.job.known())
        && let Some(definition) = schedules.get(schedule)
        && !definition.jobs.contains_key(job)
    {
        jobs::no_job(lookup, schedule.as_str(), definition, job.as_str(), path());
    }
}

fn property(
    lookup: &mut Lookup<'_>,
    command: &PropertyCommand,
    added: &HashSet<String>,
    path: &dyn Fn() -> Path,
) {
    let (field, is_new) = match command {
        PropertyCommand::Set { property, .. } | PropertyCommand::Delete { property } => {
            (property, false)
        }
        PropertyCommand::Add { property, .. } => (property, true),
    };
    let Some(PropertyRef(name)) = field.known() else { return };
    match Reference::parse(name) {
        Err(problems) => {
            lookup.problem(path(), format!("`{name}` is no property: {problems}"));
        }
        Ok(reference) if is_new || added.contains(&reference.name) => {}
        Ok(reference) => texts::reference(lookup, &reference, path),
    }
}

fn schedule(lookup: &mut Lookup<'_>, command: &ScheduleCommand, path: &dyn Fn() -> Path) {
    let target: &ScheduleTarget = match command {
        ScheduleCommand::CheckAll { .. } => return,
        ScheduleCommand::Build(build) => &build.target,
        ScheduleCommand::Check { target, .. }
        | ScheduleCommand::Act { target, .. }
        | ScheduleCommand::Cancel { target }
        | ScheduleCommand::Delete { target, .. } => target,
    };
    let Some(masters) = masters(lookup, &target.schedule, path) else { return };
    if let ScheduleCommand::Build(build) = command
        && let Some(instance) = known(build.instance.as_ref())
        && let [(name, Schedule { instances: Some(Instances::Named(all)), .. })] = masters[..]
        && !all.contains(&instance.0)
    {
        let wanted = instance.0.as_str();
        let near = lookup.hints.question(wanted, all.iter().map(AsRef::as_ref));
        lookup.problem(path(), format!("the schedule `{name}` has no instance `{wanted}`{near}"));
    }
}
