//! What an event is about: names in daily schedules, which are longer than those in definitions.

use super::date_ref::DateRef;
use super::field::{Field, Options, Value};
use super::reader::{BadEvent, Reader};
use crate::job::instance_name::CHARS_MAX as JOB_CHARS_MAX;
use crate::schedule::instance_name::CHARS_MAX as SCHEDULE_CHARS_MAX;

fn name(text: &str, chars_max: usize, options: Options) -> Result<String, String> {
    let chars = text.chars().count();
    if chars > chars_max {
        return Err(format!("has {chars} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("has a control character".to_owned());
    }
    if !options.allow_wildcards
        && let Some(sign) = text.chars().find(|sign| matches!(sign, '*' | '?'))
    {
        return Err(format!(
            "has the wildcard `{sign}`, which the option Allow Wild Cards in Events does not allow"
        ));
    }
    Ok(text.to_owned())
}

/// A daily schedule in an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScheduleRef {
    /// A blank field: the AdHoc schedule ([`crate::schedule::ad_hoc::schedule_name`]).
    AdHoc,
    /// This one; may have wildcards, where those are allowed.
    Named(String),
}

impl Value for ScheduleRef {
    const EXPECTED: &'static str =
        "the name of a daily schedule of at most 255 characters, or nothing for AdHoc";

    fn read(text: &str, options: Options) -> Result<Self, String> {
        name(text, SCHEDULE_CHARS_MAX, options).map(Self::Named)
    }

    fn print(&self) -> String {
        match self {
            Self::AdHoc => String::new(),
            Self::Named(name) => name.clone(),
        }
    }

    fn blank() -> Option<Self> {
        Some(Self::AdHoc)
    }
}

/// A daily job in an event; may have wildcards, where those are allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobRef(pub String);

impl Value for JobRef {
    const EXPECTED: &'static str = "the name of a daily job of at most 128 characters";

    fn read(text: &str, options: Options) -> Result<Self, String> {
        name(text, JOB_CHARS_MAX, options).map(Self)
    }

    fn print(&self) -> String {
        self.0.clone()
    }
}

/// A machine in an event; may have wildcards, where those are allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineRef(pub String);

impl Value for MachineRef {
    const EXPECTED: &'static str = "the name of a machine of at most 24 characters";

    fn read(text: &str, options: Options) -> Result<Self, String> {
        name(text, crate::name::AgentName::CHARS_MAX, options).map(Self)
    }

    fn print(&self) -> String {
        self.0.clone()
    }
}

/// A daily schedule of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleTarget {
    /// The date.
    pub date: Field<DateRef>,
    /// The schedule.
    pub schedule: Field<ScheduleRef>,
}

impl ScheduleTarget {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, BadEvent> {
        Ok(Self { date: reader.needed()?, schedule: reader.needed()? })
    }

    pub(crate) fn fields(&self) -> Vec<String> {
        vec![self.date.print(), self.schedule.print()]
    }
}

/// A job in a daily schedule of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobTarget {
    /// The date.
    pub date: Field<DateRef>,
    /// The schedule.
    pub schedule: Field<ScheduleRef>,
    /// The job.
    pub job: Field<JobRef>,
}

impl JobTarget {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, BadEvent> {
        Ok(Self { date: reader.needed()?, schedule: reader.needed()?, job: reader.needed()? })
    }

    pub(crate) fn fields(&self) -> Vec<String> {
        vec![self.date.print(), self.schedule.print(), self.job.print()]
    }
}

/// A property definition in an event: `name=value`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Definition {
    /// The name.
    pub name: String,
    /// The value; may be empty.
    pub value: String,
}

impl Value for Definition {
    const EXPECTED: &'static str = "property definitions such as P1=v1;P2=v2";

    fn read(text: &str, _: Options) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("has no `=`")?;
        let name = name.trim().parse::<crate::name::PropertyName>().map_err(|bad| bad.message)?;
        Ok(Self { name: name.to_string(), value: value.trim().to_owned() })
    }

    fn print(&self) -> String {
        format!("{}={}", self.name, self.value)
    }
}

/// The named instance that a build is limited to: `InstanceName=value`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamedInstance(pub crate::name::InstanceName);

impl Value for NamedInstance {
    const EXPECTED: &'static str = "an instance such as InstanceName=EAST";

    fn read(text: &str, _: Options) -> Result<Self, String> {
        let (word, value) = text.split_once('=').ok_or_else(String::new)?;
        if !word.trim().eq_ignore_ascii_case("InstanceName") {
            return Err(String::new());
        }
        value.trim().parse().map(Self).map_err(|bad: crate::text_value::BadText| bad.message)
    }

    fn print(&self) -> String {
        format!("InstanceName={}", self.0)
    }
}
