//! What is given with a build beside the definitions: properties, and the one instance that is meant (`opcon-domain 1.9`,
//! `$SCHEDULE:BUILD,…,A=1;B=2,InstanceName=EAST`).

use scheduler_core::definition::Instances;
use scheduler_core::model::ScheduleId;
use scheduler_core::name::InstanceName;
use scheduler_core::plan::DailySchedule;
use scheduler_core::schedule::event_properties::{self, Set};
use scheduler_core::schedule::instance_name::instance_name;

use super::place::{Values, not_defined};
use crate::definitions::Loaded;
use crate::error::{Error, Result};

/// The first property of a list that says on which agent something is built, and is no property then.
pub(super) const MACHINE: &str = "MACHINENAME";

/// What is given with a build; nothing for most.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// Properties of the daily schedules, over all others.
    properties: Set,
    /// The value that names the one instance which is built.
    named_by: Option<String>,
}

/// Which instances of a schedule are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// All that its definition has.
    All,
    /// This one; none for one that its definition has not.
    One(Option<u32>),
}

impl Given {
    /// What properties and the name of an instance mean for a schedule.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an instance or agent that it has not, [`Error::Refused`] where it has none at all.
    pub(super) fn of(
        loaded: &Loaded,
        schedule: ScheduleId,
        mut properties: Set,
        instance: Option<&InstanceName>,
    ) -> Result<(Self, Which)> {
        let of = loaded.model.schedule(schedule);
        let name = of.name.as_str();
        let definition = loaded.definitions.schedules.get(name).ok_or_else(|| not_defined(name))?;
        if let Some(instance) = instance
            && !matches!(definition.instances, Some(Instances::Named(_)))
        {
            return Err(Error::Refused(format!(
                "`{name}` has no named instances, so `{}` cannot be built alone; leave InstanceName out",
                instance.as_str()
            )));
        }
        let all = |properties| (Self { properties, named_by: None }, Which::All);
        match &definition.instances {
            Some(Instances::Named(names)) => {
                let Some(instance) = instance else { return Ok(all(properties)) };
                let place = names.iter().position(|each| each == instance);
                let place = place.ok_or_else(|| unknown("instance", name, instance.as_str()))?;
                Ok((Self { properties, named_by: None }, Which::One(number(place))))
            }
            Some(Instances::MachineGroup(group)) => {
                let Some(agent) = take_machine(&mut properties) else { return Ok(all(properties)) };
                let place =
                    loaded.definitions.machine_groups.get(group.as_str()).and_then(|group| {
                        group.agents.iter().position(|each| each.as_str() == agent)
                    });
                let place = place.ok_or_else(|| unknown("agent", group.as_str(), &agent))?;
                Ok((Self { properties, named_by: None }, Which::One(number(place))))
            }
            Some(Instances::Properties(sets)) if !properties.is_empty() => {
                let (place, merged) = merge(sets, &properties);
                let named_by = merged.values().next().cloned();
                Ok((Self { properties: merged, named_by }, Which::One(place)))
            }
            None if of.is_multi_instance && !properties.is_empty() => {
                let named_by = properties.values().next().cloned();
                Ok((Self { properties, named_by }, Which::One(None)))
            }
            Some(Instances::Properties(_)) | None => Ok(all(properties)),
        }
    }

    /// Puts them over the properties of a daily schedule.
    pub(super) fn add_to(&self, all: &mut Values) {
        let given = self.properties.iter().map(|(name, value)| (name.to_string(), value.clone()));
        all.extend(given);
    }

    /// What a daily schedule is called that no other contains.
    pub(super) fn name(&self, loaded: &Loaded, schedule: &DailySchedule) -> Result<String> {
        let of = loaded.model.schedule(schedule.id);
        let own = of.instance_names.get(schedule.instance as usize);
        match &self.named_by {
            None => Ok(own.map_or(of.name.as_str(), String::as_str).to_owned()),
            Some(value) => instance_name(&of.name, Some(value), |_| false)
                .map_err(|why| Error::Refused(why.to_string())),
        }
    }
}

/// The set that is built where an event gives properties, and the place of the defined one on which it is based; none where
/// it stands alone.
pub(super) fn merge(sets: &[Set], given: &Set) -> (Option<u32>, Set) {
    let place = match sets {
        [_] => Some(0),
        several => several.iter().position(|set| set.first() == given.first()).and_then(number),
    };
    let merged = event_properties::instances(sets, given).into_iter().next();
    (place, merged.unwrap_or_else(|| given.clone()))
}

/// The agent that the first property of a list names; that property is taken out.
pub(super) fn take_machine(properties: &mut Set) -> Option<String> {
    let is_first = properties.first().is_some_and(|(name, _)| name.as_str() == MACHINE);
    if is_first { properties.shift_remove_index(0).map(|(_, agent)| agent) } else { None }
}

fn number(place: usize) -> Option<u32> {
    u32::try_from(place).ok()
}

fn unknown(what: &'static str, of: &str, name: &str) -> Error {
    Error::Unknown { what, name: name.to_owned(), hint: format!(" of `{of}`") }
}
