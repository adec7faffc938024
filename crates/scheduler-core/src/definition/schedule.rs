//! Schedules (`opcon-domain 1.2`).

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FrequencyUse, Job, Named, yes};
use crate::calendar::{Calendar, Weekdays};
use crate::event::EventText;
use crate::name::{AgentName, CalendarName, InstanceName, JobName, MachineGroupName, PropertyName};
use crate::time::{TimeOfDay, ZoneName};

/// A schedule: jobs that belong to one day's work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that have nothing to do with each other"
)]
pub struct Schedule {
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub documentation: Option<String>,
    /// When its day begins; the jobs' start offsets count from here. Normally 00:00.
    #[serde(default)]
    pub start_time: TimeOfDay,
    /// The time zone of all its times, such as Europe/Zurich. Without it the time zone of `options`.
    pub time_zone: Option<ZoneName>,
    /// The days of the week on which work is done; the others are no working days.
    #[serde(default = "monday_to_friday")]
    pub workdays: Weekdays,
    /// Whether the days of the calendar `Master Holiday` are no working days.
    #[serde(default = "yes")]
    pub use_master_holiday: bool,
    /// One more calendar whose days are no working days.
    pub additional_holidays: Option<CalendarName>,
    /// Days of this schedule alone that are no working days (the vendor's `HC:` calendar).
    pub holidays: Option<Calendar>,
    /// Whether several instances of one date may exist. Nothing outside of the schedule may then depend on its jobs.
    #[serde(default)]
    pub multi_instance: bool,
    /// Whether it runs inside of container jobs, and only there.
    #[serde(default)]
    pub subschedule: bool,
    /// Whether it waits while the same schedule of another date is active.
    #[serde(default)]
    pub conflict_with_other_days: bool,
    /// When it is built by itself. Without this it is built by hand or by an event.
    pub auto_build: Option<AutoBuild>,
    /// Days after which it is deleted from the daily plan.
    #[schemars(range(min = 1, max = 3650))]
    pub auto_delete_days: Option<u16>,
    /// One instance for each agent, set of properties or name.
    pub instances: Option<Instances>,
    /// Properties of every instance (scope SI).
    #[serde(default)]
    #[schemars(with = "Named<PropertyName, String>")]
    pub properties: IndexMap<PropertyName, String>,
    /// Frequencies of all its jobs, the highest priority first. Its jobs may then have none of their own.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub frequencies: Vec<FrequencyUse>,
    /// Events that happen when it completes.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub completion_events: Vec<EventText>,
    /// Its jobs.
    #[serde(default)]
    pub jobs: Named<JobName, Job>,
}

/// When a schedule is built by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AutoBuild {
    /// How many days before its date.
    #[serde(default = "days_in_advance")]
    #[schemars(range(min = 0, max = 365))]
    pub days_in_advance: u16,
    /// How many days are built at once.
    #[serde(default = "one_day")]
    #[schemars(range(min = 1, max = 365))]
    pub days: u16,
    /// Whether a completed schedule of the same date is replaced.
    #[serde(default)]
    pub overwrite: bool,
    /// Whether it is built on hold.
    #[serde(default)]
    pub on_hold: bool,
    /// At which time it is built. Without it the time of `options`.
    pub build_time: Option<TimeOfDay>,
    /// What happens to dates whose build time has passed while the scheduler was down.
    #[serde(default)]
    pub catch_up: CatchUp,
}

impl Default for AutoBuild {
    fn default() -> Self {
        Self {
            days_in_advance: days_in_advance(),
            days: one_day(),
            overwrite: false,
            on_hold: false,
            build_time: None,
            catch_up: CatchUp::default(),
        }
    }
}

/// What happens to dates whose time has passed while the scheduler was down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// All of them are built, the oldest first.
    #[default]
    All,
    /// Only the last one is built; the others are recorded as superseded.
    Latest,
    /// None is built; all are recorded as missed.
    None,
}

/// How the instances of a multi-instance schedule come about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Instances {
    /// One for each agent of a group.
    MachineGroup(MachineGroupName),
    /// One for each set of properties; the first property's value names it.
    #[schemars(with = "Vec<Named<PropertyName, String>>")]
    Properties(Vec<IndexMap<PropertyName, String>>),
    /// One for each name.
    Named(Vec<InstanceName>),
}

/// Where the jobs of a schedule or one job run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunsOn {
    /// One agent, with up to three others that are taken in this order when it cannot be used.
    Agents(Vec<AgentName>),
    /// The agent of a group that has the highest part of its slots free.
    LeastTasked(MachineGroupName),
    /// Every agent of a group: one job for each.
    EachOf(MachineGroupName),
    /// The agent of the schedule's instance.
    ScheduleInstance,
}

impl Default for Schedule {
    /// A schedule with every default and without jobs.
    fn default() -> Self {
        Self {
            documentation: None,
            start_time: TimeOfDay::default(),
            time_zone: None,
            workdays: monday_to_friday(),
            use_master_holiday: true,
            additional_holidays: None,
            holidays: None,
            multi_instance: false,
            subschedule: false,
            conflict_with_other_days: false,
            auto_build: None,
            auto_delete_days: None,
            instances: None,
            properties: IndexMap::new(),
            frequencies: Vec::new(),
            completion_events: Vec::new(),
            jobs: Named::default(),
        }
    }
}

fn monday_to_friday() -> Weekdays {
    Weekdays::MON_TO_FRI
}

fn days_in_advance() -> u16 {
    1
}

fn one_day() -> u16 {
    1
}
