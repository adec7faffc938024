//! What is known while the tokens of a text are resolved: what is current, what time it is, and a
//! [`Store`] that answers for everything else.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::date_format::{BadFormat, DateFormat};
use super::place::Place;
use super::reference::Reference;
use super::secret::Secret;
use crate::calendar::WorkingDays;
use crate::expression::Value;
use crate::time::Zone;

/// A daily schedule: its date, and its name with instance or parent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleKey {
    /// The schedule date.
    pub date: Date,
    /// The full name of the daily schedule.
    pub name: String,
}

impl fmt::Display for ScheduleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of {}", self.name, self.date)
    }
}

/// A daily job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey {
    /// Its schedule.
    pub schedule: ScheduleKey,
    /// The full name of the daily job.
    pub name: String,
}

impl fmt::Display for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` in {}", self.name, self.schedule)
    }
}

/// What a store knows of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Find {
    /// Its value.
    Value(String),
    /// It is encrypted; [`Store::secret`] has the value.
    Encrypted,
    /// The object has no such property.
    NoProperty,
    /// There is no such object: no machine, schedule or job of that name (on that date).
    NoObject,
}

/// Facts of a daily job for its system properties. What is not known yet is `N/A` in a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobFacts {
    /// The name it had in the master schedule.
    pub master_name: String,
    /// Its number, printed with 10 digits.
    pub id: u64,
    /// The shown status, such as `Wait Start Time`.
    pub status: String,
    /// The category of the status, such as `Waiting`.
    pub status_category: String,
    /// How it ended, in full.
    pub termination: Option<String>,
    /// The frequency for which it was built.
    pub frequency: Option<String>,
    /// Its department.
    pub department: Option<String>,
    /// The machine it is assigned to.
    pub machine: Option<String>,
    /// Estimated run time, in seconds.
    pub estimated_run_s: Option<u32>,
    /// Longest run time, in seconds; none when there is no limit.
    pub max_run_s: Option<u32>,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The step for a restart.
    pub restart_step: Option<String>,
    /// The command that the agent started.
    pub start_command: Option<String>,
    /// The full path of the file that a file arrival job found.
    pub arrived_file: Option<String>,
}

/// Facts of a daily schedule for its system properties.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScheduleFacts {
    /// The name of the master schedule.
    pub master_name: String,
    /// The number of the schedule.
    pub id: u64,
    /// The number of the instance, from 1.
    pub instance: u32,
    /// The shown status.
    pub status: String,
    /// The category of the status.
    pub status_category: String,
}

/// Facts of a machine for its system properties.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MachineFacts {
    /// What the operator asked for.
    pub operator_status: String,
    /// What the network says.
    pub network_status: String,
    /// Jobs that run on it.
    pub running_jobs: u32,
}

/// How many units a resource has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceUnits {
    /// In all.
    pub maximum: i64,
    /// In use.
    pub in_use: i64,
}

/// Answers what a text refers to. Names are compared as they are spelled.
pub trait Store {
    /// A user's property, or the format of a managed property among the global ones.
    fn find(&self, place: &Place, name: &str) -> Find;

    /// The value of an encrypted property. Asked for only when the text goes to an agent.
    fn secret(&self, place: &Place, name: &str) -> Option<Secret>;

    /// A daily job.
    fn job(&self, job: &JobKey) -> Option<JobFacts>;

    /// A daily schedule.
    fn schedule(&self, schedule: &ScheduleKey) -> Option<ScheduleFacts>;

    /// A machine.
    fn machine(&self, name: &str) -> Option<MachineFacts>;

    /// The value of a threshold.
    fn threshold(&self, name: &str) -> Option<i64>;

    /// The units of a resource.
    fn resource(&self, name: &str) -> Option<ResourceUnits>;

    /// The names at a place, for "did you mean". Called for messages only.
    fn names(&self, place: &Place) -> Vec<String>;

    /// A property of a remote installation; none when the installation is not known. The default knows
    /// no other installation.
    fn remote(&self, installation: &str, reference: &Reference) -> Option<Find> {
        let _ = (installation, reference);
        None
    }
}

/// What short references mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Current {
    /// The schedule.
    pub schedule: Option<ScheduleKey>,
    /// The name of the job in that schedule.
    pub job: Option<String>,
    /// The machine, if it is not the job's own.
    pub machine: Option<String>,
    /// The container job above the schedule, if that is a subschedule.
    pub container: Option<JobKey>,
}

/// Where the resolved text goes, which decides what may be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The scheduler itself: events, dependencies, what is shown. Nothing encrypted.
    Scheduler,
    /// An agent or integration, the only one who gets values of encrypted properties.
    Agent,
    /// The scheduler, for an event from outside: of the system's properties only `$DATE`, `$TIME`,
    /// `$NOW` and `$OPCONVER`.
    ExternalEvent,
    /// A notification, which alone has `$NOTIFYID`.
    Notification,
}

/// The formats that others are made of (`ddddd`, `Short Date`). The vendor takes them from the regional
/// settings of Windows; here they belong to the installation and are unambiguous unless changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regional {
    formats: [DateFormat; 4],
}

impl Regional {
    /// The formats of short dates, long dates, short times and long times.
    pub const DEFAULT: [&'static str; 4] = ["yyyy-mm-dd", "dddd, d mmmm yyyy", "hh:nn", "hh:nn:ss"];

    /// Reads the four formats, in the order of [`Regional::DEFAULT`].
    ///
    /// # Errors
    /// One of them is no format, or is made of the others.
    pub fn new(formats: [&str; 4]) -> Result<Self, String> {
        let read = |text: &str| {
            let format = DateFormat::parse(text).map_err(|why: BadFormat| why.to_string())?;
            if format.is_regional() {
                return Err(format!("`{text}` is made of the formats that it is to define"));
            }
            Ok(format)
        };
        let [short_date, long_date, short_time, long_time] = formats;
        let formats = [read(short_date)?, read(long_date)?, read(short_time)?, read(long_time)?];
        Ok(Self { formats })
    }

    pub(crate) fn short_date(&self) -> &DateFormat {
        &self.formats[0]
    }

    pub(crate) fn long_date(&self) -> &DateFormat {
        &self.formats[1]
    }

    pub(crate) fn short_time(&self) -> &DateFormat {
        &self.formats[2]
    }

    pub(crate) fn long_time(&self) -> &DateFormat {
        &self.formats[3]
    }
}

impl Default for Regional {
    fn default() -> Self {
        Self::new(Self::DEFAULT).expect("the default formats are formats")
    }
}

/// The named instance that is being built, for the rules of its exceptions (`opcon-domain 1.2`).
#[derive(Debug, Clone, PartialEq)]
pub struct NamedInstance {
    /// The name, `[[@name]]`.
    pub name: String,
    /// The value of the job's field so far, `[[@current]]`: a number where the field is one.
    pub current: Option<Value>,
    /// The properties of the instance definition, `[[$this.Name]]`; of two of one name the first.
    pub properties: Vec<(String, String)>,
}

/// Everything that a text may refer to. Nothing in it is asked from a clock.
pub struct Context<'a> {
    /// The present.
    pub now: Timestamp,
    /// The time zone of the schedule, or of the installation where there is none.
    pub zone: &'a Zone,
    /// What short references mean.
    pub current: Current,
    /// Who answers for properties, jobs, schedules and machines.
    pub store: &'a dyn Store,
    /// The working days of the current schedule; none where there is no schedule.
    pub working_days: Option<&'a WorkingDays>,
    /// Where the text goes.
    pub audience: Audience,
    /// The formats of the installation.
    pub regional: &'a Regional,
    /// The version of the product, `$OPCONVER`.
    pub version: &'a str,
    /// The number of the notification, `$NOTIFYID`.
    pub notification_id: Option<u64>,
    /// The named instance, while one is being built.
    pub instance: Option<&'a NamedInstance>,
}

impl Context<'_> {
    /// The key of the current job.
    pub(crate) fn current_job(&self) -> Option<JobKey> {
        let (schedule, name) = (self.current.schedule.clone()?, self.current.job.clone()?);
        Some(JobKey { schedule, name })
    }

    /// The current machine, or that of the current job.
    pub(crate) fn current_machine(&self) -> Option<String> {
        let of_job = || self.store.job(&self.current_job()?)?.machine;
        self.current.machine.clone().or_else(of_job)
    }
}
