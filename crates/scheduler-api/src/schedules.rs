//! Daily schedules.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What is to be built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The date; today if left out.
    #[serde(default)]
    pub date: Option<Date>,
    /// The schedules, by name; all that are not subschedules if left out.
    #[serde(default)]
    pub schedules: Option<Vec<String>>,
    /// Whether completed daily schedules are replaced.
    #[serde(default)]
    pub overwrite: bool,
    /// Whether they are built on hold.
    #[serde(default)]
    pub on_hold: bool,
    /// Properties of the one schedule that is named, over those of its definition, in their order.
    #[serde(default)]
    pub properties: Vec<(String, String)>,
    /// The only instance of it that is built; all if left out.
    #[serde(default)]
    pub instance: Option<String>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    /// For which date.
    pub date: Date,
    /// The daily schedules that were made.
    pub schedules: Vec<BuiltSchedule>,
    /// Those that stay as they are.
    pub left: Vec<LeftSchedule>,
}

/// A daily schedule that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltSchedule {
    /// Its name.
    pub name: String,
    /// How many jobs it has.
    pub jobs: usize,
}

/// A daily schedule that stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftSchedule {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: String,
}

/// A daily schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its number.
    pub id: i64,
    /// Its date.
    pub date: Date,
    /// Its name.
    pub name: String,
    /// Its status, such as `In Process`.
    pub status: String,
    /// When its day begins.
    pub start: Timestamp,
    /// When it was completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<Timestamp>,
    /// The zone of its times.
    pub time_zone: String,
    /// Jobs that have not ended.
    pub open_jobs: i64,
    /// Jobs that have failed.
    pub failed_jobs: i64,
}

/// Something that is asked of a daily schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleOrder {
    /// What.
    pub action: ScheduleAction,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// An action on a daily schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleAction {
    /// Start no more jobs; running ones go on.
    Hold,
    /// Go on after a hold.
    Release,
    /// Start before its time.
    Start,
    /// Declare it completed.
    Close,
}

/// A daily job that will not start by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stuck {
    /// Its daily schedule.
    pub schedule: String,
    /// Its name.
    pub job: String,
    /// What holds it up for ever, and what to do.
    pub text: String,
}
