//! Everything that is defined, in one value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::{AccessCode, Department, Role};
use super::agent::{Agent, MachineGroup};
use super::batch_user::BatchUser;
use super::limits::{Resource, Threshold};
use super::notification::NotificationGroup;
use super::property::Property;
use super::{Named, Options, Schedule};
use crate::calendar::Calendar;
use crate::frequency::Frequency;
use crate::name::{
    AccessCodeName, AgentName, BatchUserName, CalendarName, DepartmentName, FrequencyName,
    MachineGroupName, NotificationGroupName, PropertyName, ResourceName, RoleName, ScheduleName,
    ThresholdName,
};

/// The calendar whose dates are no working days of any schedule that does not say otherwise.
pub const MASTER_HOLIDAY: &str = "Master Holiday";

/// Definitions of a scheduler: one file, or all files of a folder together. Names are valid across files.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Definitions {
    /// Options of the whole scheduler; in one file only.
    pub options: Option<Options>,
    /// Calendars: lists of dates. `Master Holiday` is the one that schedules use unless they say otherwise.
    pub calendars: Named<CalendarName, Calendar>,
    /// Frequencies: rules that say on which dates something runs.
    pub frequencies: Named<FrequencyName, Frequency>,
    /// Schedules with their jobs.
    pub schedules: Named<ScheduleName, Schedule>,
    /// Agents.
    pub agents: Named<AgentName, Agent>,
    /// Groups of agents.
    pub machine_groups: Named<MachineGroupName, MachineGroup>,
    /// Batch users, without passwords.
    pub batch_users: Named<BatchUserName, BatchUser>,
    /// Global properties.
    pub properties: Named<PropertyName, Property>,
    /// Thresholds.
    pub thresholds: Named<ThresholdName, Threshold>,
    /// Resources.
    pub resources: Named<ResourceName, Resource>,
    /// Groups of notifications.
    pub notifications: Named<NotificationGroupName, NotificationGroup>,
    /// Departments.
    pub departments: Named<DepartmentName, Department>,
    /// Access codes.
    pub access_codes: Named<AccessCodeName, AccessCode>,
    /// Roles.
    pub roles: Named<RoleName, Role>,
}

impl Definitions {
    /// Takes up the definitions of another file. What is there already stays as it is.
    pub fn merge(&mut self, other: Self) {
        fn take<K: Eq + std::hash::Hash, V>(into: &mut Named<K, V>, from: Named<K, V>) {
            for (name, thing) in from {
                into.entry(name).or_insert(thing);
            }
        }
        self.options = self.options.take().or(other.options);
        take(&mut self.calendars, other.calendars);
        take(&mut self.frequencies, other.frequencies);
        take(&mut self.schedules, other.schedules);
        take(&mut self.agents, other.agents);
        take(&mut self.machine_groups, other.machine_groups);
        take(&mut self.batch_users, other.batch_users);
        take(&mut self.properties, other.properties);
        take(&mut self.thresholds, other.thresholds);
        take(&mut self.resources, other.resources);
        take(&mut self.notifications, other.notifications);
        take(&mut self.departments, other.departments);
        take(&mut self.access_codes, other.access_codes);
        take(&mut self.roles, other.roles);
    }

    /// How many jobs all schedules have together.
    pub fn jobs_len(&self) -> usize {
        self.schedules.values().map(|schedule| schedule.jobs.len()).sum()
    }
}
