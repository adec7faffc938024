//! A context that is written down: what `ringmaster eval` resolves texts and expressions with.

mod prepared;

use indexmap::IndexMap;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

pub use self::prepared::Prepared;
use super::secret::Secret;
use crate::calendar::DayOfWeek;
use crate::text_value::TextValue;
use crate::time::{Day, ZoneName};

/// An instant, written with its distance from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub Timestamp);

impl TextValue for Instant {
    const FORMAT: &'static str = "instant";
    const EXPECTED: &'static str =
        "an instant such as 2026-12-31T06:00:00Z or 2026-12-31T07:00:00+01:00";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| String::new())
    }

    fn print(&self) -> String {
        self.0.to_string()
    }
}

crate::text_value!(Instant);

/// Names and values of properties.
type Values = IndexMap<String, String>;

/// Names and values of encrypted properties.
type Secrets = IndexMap<String, Secret>;

/// What texts and expressions are resolved with.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// The present.
    pub now: Instant,
    /// The time zone of the schedule. UTC if it is left out.
    #[serde(default)]
    pub zone: Option<ZoneName>,
    /// Where the text goes. The scheduler if it is left out.
    #[serde(default)]
    pub audience: GivenAudience,
    /// The current schedule.
    #[serde(default)]
    pub schedule: Option<GivenSchedule>,
    /// The current job, of the current schedule.
    #[serde(default)]
    pub job: Option<GivenJob>,
    /// The current machine, if it is not the job's.
    #[serde(default)]
    pub machine: Option<String>,
    /// The container job above the current schedule, which is one of `schedules`.
    #[serde(default)]
    pub container: Option<GivenContainer>,
    /// The global properties.
    #[serde(default)]
    pub properties: Values,
    /// The encrypted global properties, in clear text.
    #[serde(default)]
    pub encrypted: Secrets,
    /// Other daily schedules, with their jobs.
    #[serde(default)]
    pub schedules: Vec<GivenSchedule>,
    /// Machines.
    #[serde(default)]
    pub machines: Vec<GivenMachine>,
    /// Thresholds and their values.
    #[serde(default)]
    pub thresholds: IndexMap<String, i64>,
    /// Resources and their units.
    #[serde(default)]
    pub resources: IndexMap<String, GivenResource>,
    /// The working days of the current schedule.
    #[serde(default)]
    pub working_days: Option<GivenWorkingDays>,
    /// The formats of the installation.
    #[serde(default)]
    pub formats: Option<GivenFormats>,
    /// The named instance that is being built.
    #[serde(default)]
    pub instance: Option<GivenInstance>,
    /// The version of the product, `$OPCONVER`.
    #[serde(default)]
    pub version: String,
    /// The number of the notification, `$NOTIFYID`.
    #[serde(default)]
    pub notification_id: Option<u64>,
}

/// Where a text goes, which decides what may be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GivenAudience {
    /// The scheduler: events, dependencies. Nothing encrypted.
    #[default]
    Scheduler,
    /// An agent, which gets encrypted properties too.
    Agent,
    /// An event from outside: of the system's properties only `$DATE`, `$TIME`, `$NOW` and `$OPCONVER`.
    ExternalEvent,
    /// A notification.
    Notification,
}

/// A daily schedule.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenSchedule {
    /// Its date.
    pub date: Day,
    /// Its full name.
    pub name: String,
    /// The name of its master. The full name if it is left out.
    #[serde(default)]
    pub master_name: Option<String>,
    /// Its number.
    #[serde(default)]
    pub id: u64,
    /// The number of its instance.
    #[serde(default = "one")]
    pub instance: u32,
    /// Its status.
    #[serde(default)]
    pub status: String,
    /// The category of its status.
    #[serde(default)]
    pub status_category: String,
    /// Its properties.
    #[serde(default)]
    pub properties: Values,
    /// Its encrypted properties, in clear text.
    #[serde(default)]
    pub encrypted: Secrets,
    /// Its jobs, beside the current one.
    #[serde(default)]
    pub jobs: Vec<GivenJob>,
}

fn one() -> u32 {
    1
}

/// A daily job.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenJob {
    /// Its full name.
    pub name: String,
    /// The name of its master. The full name if it is left out.
    #[serde(default)]
    pub master_name: Option<String>,
    /// Its number.
    #[serde(default)]
    pub id: u64,
    /// Its status.
    #[serde(default)]
    pub status: String,
    /// The category of its status.
    #[serde(default)]
    pub status_category: String,
    /// How it ended.
    #[serde(default)]
    pub termination: Option<String>,
    /// The frequency for which it was built.
    #[serde(default)]
    pub frequency: Option<String>,
    /// Its department.
    #[serde(default)]
    pub department: Option<String>,
    /// Its machine.
    #[serde(default)]
    pub machine: Option<String>,
    /// Its estimated run time, in seconds.
    #[serde(default)]
    pub estimated_run_s: Option<u32>,
    /// Its longest run time, in seconds.
    #[serde(default)]
    pub max_run_s: Option<u32>,
    /// When it started.
    #[serde(default)]
    pub started_at: Option<Instant>,
    /// When it ended.
    #[serde(default)]
    pub ended_at: Option<Instant>,
    /// The step for a restart.
    #[serde(default)]
    pub restart_step: Option<String>,
    /// The command that the agent started.
    #[serde(default)]
    pub start_command: Option<String>,
    /// The full path of the file that a file arrival job found.
    #[serde(default)]
    pub arrived_file: Option<String>,
    /// Its properties.
    #[serde(default)]
    pub properties: Values,
    /// Its encrypted properties, in clear text.
    #[serde(default)]
    pub encrypted: Secrets,
}

/// The container job above a subschedule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenContainer {
    /// The date of its schedule.
    pub date: Day,
    /// The full name of its schedule.
    pub schedule: String,
    /// The name of the job.
    pub job: String,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenMachine {
    /// Its name.
    pub name: String,
    /// What the operator asked for.
    #[serde(default)]
    pub operator_status: String,
    /// What the network says.
    #[serde(default)]
    pub network_status: String,
    /// Jobs that run on it.
    #[serde(default)]
    pub running_jobs: u32,
    /// Its properties.
    #[serde(default)]
    pub properties: Values,
    /// Its encrypted properties, in clear text.
    #[serde(default)]
    pub encrypted: Secrets,
}

/// The units of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenResource {
    /// In all.
    pub maximum: i64,
    /// In use.
    #[serde(default)]
    pub in_use: i64,
}

/// The working days of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenWorkingDays {
    /// The days of the week on which it works.
    pub days: Vec<DayOfWeek>,
    /// Dates on which it does not.
    #[serde(default)]
    pub holidays: Vec<Day>,
}

/// The formats that `ddddd`, `Short Date` and their like stand for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenFormats {
    /// Short dates, `yyyy-mm-dd` if it is left out.
    #[serde(default)]
    pub short_date: Option<String>,
    /// Long dates, `dddd, d mmmm yyyy` if it is left out.
    #[serde(default)]
    pub long_date: Option<String>,
    /// Short times, `hh:nn` if it is left out.
    #[serde(default)]
    pub short_time: Option<String>,
    /// Long times, `hh:nn:ss` if it is left out.
    #[serde(default)]
    pub long_time: Option<String>,
}

/// A named instance that is being built.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenInstance {
    /// Its name.
    pub name: String,
    /// The field of the job that an exception changes.
    #[serde(default)]
    pub current: Option<GivenField>,
    /// The properties of the instance definition.
    #[serde(default)]
    pub properties: Values,
}

/// A field of a job.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GivenField {
    /// A text.
    Text(String),
    /// A number; times are parts of a day.
    Number(f64),
}
