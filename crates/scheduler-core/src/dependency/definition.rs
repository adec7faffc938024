//! Job dependencies as definitions write them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Condition, OFFSET_DAYS_MAX};
use crate::name::{FrequencyName, InstanceName, JobName, ScheduleName};
use crate::problem::Problem;
use crate::text_value::TextValue;

/// How a job depends on another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum JobDependency {
    /// The other job must be in the daily schedule and end as wanted. While it is not there, this job
    /// waits.
    Requires(Predecessor),
    /// If the other job is in the daily schedule, it must end as wanted. While it is not there, this job
    /// does not wait.
    After(Predecessor),
    /// This job does not start while the other one runs. For the other direction the other job needs a
    /// conflict, too.
    Conflict(Conflict),
    /// When this job is built, the other one is taken out of its schedule, if it has not started.
    Excludes(Exclusion),
}

/// A job that must end before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Predecessor {
    /// The other job.
    pub job: JobName,
    /// Its schedule; the schedule of this job if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleName>,
    /// Which instance of this job's own schedule: a name, `*` for all of the date and container, `$this` for the one
    /// of this job, as if it were left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceRef>,
    /// How it must end.
    #[serde(default)]
    pub condition: Condition,
    /// Days from the date of this job to that of the other one, -999 to 999: -1 is the day before.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = -999, max = 999))]
    pub offset_days: i16,
    /// Only when this job runs by this frequency; always if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<FrequencyName>,
    /// Only for this named instance of the schedule of this job; for all if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor_instance: Option<InstanceName>,
}

/// A job beside which this one does not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// The other job; with `job_name_like` the beginning of its name.
    pub job: JobName,
    /// Its schedule; the schedule of this job if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleName>,
    /// Which instance of this job's own schedule: a name, `*` for all of the date and container, `$this` for the one
    /// of this job, as if it were left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceRef>,
    /// Days from the date of this job to that of the other one, -999 to 999.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = -999, max = 999))]
    pub offset_days: i16,
    /// The other job of every date counts, not only of one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub all_days: bool,
    /// Every job whose name begins with `job` counts; `_` in it stands for any one character.
    #[serde(default, skip_serializing_if = "is_false")]
    pub job_name_like: bool,
    /// Only when this job runs by this frequency; always if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<FrequencyName>,
    /// Only for this named instance of the schedule of this job; for all if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor_instance: Option<InstanceName>,
}

/// A job that is taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// The other job.
    pub job: JobName,
    /// Its schedule; the schedule of this job if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleName>,
    /// Which instance of this job's own schedule: a name, `*` for all of the date and container, `$this` for the one
    /// of this job, as if it were left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceRef>,
    /// Only when this job is built by this frequency; always if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<FrequencyName>,
    /// Only for this named instance of the schedule of this job; for all if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor_instance: Option<InstanceName>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(days: &i16) -> bool {
    *days == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Which instance of a multi-instance schedule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceRef {
    /// All of the date, in the same container.
    All,
    /// The one of the job that depends.
    This,
    /// The one with this name.
    Named(InstanceName),
}

impl TextValue for InstanceRef {
    const FORMAT: &'static str = "instance-reference";
    const EXPECTED: &'static str = "the name of an instance, * for all of them, or $this";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "*" => Ok(Self::All),
            "$this" => Ok(Self::This),
            _ if text.starts_with('$') => Err(String::new()),
            _ => InstanceName::parse(text).map(Self::Named),
        }
    }

    fn print(&self) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::This => "$this".to_owned(),
            Self::Named(name) => name.to_string(),
        }
    }
}

crate::text_value!(InstanceRef);

/// The job that depends, as far as a dependency can contradict it.
#[derive(Debug, Clone, Copy)]
pub struct Me<'a> {
    /// Its schedule.
    pub schedule: &'a ScheduleName,
    /// Its name.
    pub job: &'a JobName,
    /// Whether its schedule is multi-instance.
    pub is_multi_instance: bool,
}

impl JobDependency {
    /// The other job.
    pub const fn job(&self) -> &JobName {
        match self {
            Self::Requires(other) | Self::After(other) => &other.job,
            Self::Conflict(other) => &other.job,
            Self::Excludes(other) => &other.job,
        }
    }

    /// The schedule of the other job; none for the same schedule.
    pub const fn schedule(&self) -> Option<&ScheduleName> {
        match self {
            Self::Requires(other) | Self::After(other) => other.schedule.as_ref(),
            Self::Conflict(other) => other.schedule.as_ref(),
            Self::Excludes(other) => other.schedule.as_ref(),
        }
    }

    /// Which instance of the other schedule.
    pub const fn instance(&self) -> Option<&InstanceRef> {
        match self {
            Self::Requires(other) | Self::After(other) => other.instance.as_ref(),
            Self::Conflict(other) => other.instance.as_ref(),
            Self::Excludes(other) => other.instance.as_ref(),
        }
    }

    /// The frequency of the dependent job for which it counts; none for all.
    pub const fn frequency(&self) -> Option<&FrequencyName> {
        match self {
            Self::Requires(other) | Self::After(other) => other.frequency.as_ref(),
            Self::Conflict(other) => other.frequency.as_ref(),
            Self::Excludes(other) => other.frequency.as_ref(),
        }
    }

    /// The instance of the dependent job's schedule for which it counts; none for all.
    pub const fn successor_instance(&self) -> Option<&InstanceName> {
        match self {
            Self::Requires(other) | Self::After(other) => other.successor_instance.as_ref(),
            Self::Conflict(other) => other.successor_instance.as_ref(),
            Self::Excludes(other) => other.successor_instance.as_ref(),
        }
    }

    /// Days to the date of the other job.
    pub const fn offset_days(&self) -> i16 {
        match self {
            Self::Requires(other) | Self::After(other) => other.offset_days,
            Self::Conflict(other) => other.offset_days,
            Self::Excludes(_) => 0,
        }
    }

    /// The word in a definition.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Requires(_) => "requires",
            Self::After(_) => "after",
            Self::Conflict(_) => "conflict",
            Self::Excludes(_) => "excludes",
        }
    }

    /// Everything that is wrong with it in the definition of `me`. Whether the other job exists is not
    /// looked at.
    pub fn check(&self, me: Me<'_>) -> Vec<Problem> {
        let field = |name: &str| format!("{}.{name}", self.kind());
        let offset = self.offset_days();
        let max = i64::from(OFFSET_DAYS_MAX);
        let mut problems = Vec::new();
        problems.extend(Problem::range(&field("offset_days"), offset.into(), -max, max));
        let is_same_schedule = self.schedule().is_none_or(|schedule| schedule == me.schedule);
        let is_like = matches!(self, Self::Conflict(conflict) if conflict.job_name_like);
        // A prefix may well begin like the job itself, and a conflict with the same job of another
        // date, or of any, is a fair wish.
        let all_days = matches!(self, Self::Conflict(conflict) if conflict.all_days);
        let is_self = is_same_schedule && self.job() == me.job && !is_like && !all_days;
        let is_own_instance = matches!(self.instance(), None | Some(InstanceRef::This));
        if is_self && offset == 0 && is_own_instance {
            let remedy = match self {
                Self::Requires(_) | Self::After(_) => "give offset_days other than 0",
                Self::Conflict(_) => "give offset_days other than 0, or all_days: true",
                Self::Excludes(_) => "name another job",
            };
            let message = format!("`{}` is this job; {remedy}", me.job);
            problems.push(Problem::new(field("job"), message));
        }
        if is_same_schedule && me.is_multi_instance && offset != 0 {
            let message = format!(
                "{offset} is not possible: the schedule `{}` is multi-instance, and its own jobs depend on jobs of \
                 the same day only",
                me.schedule
            );
            problems.push(Problem::new(field("offset_days"), message));
        }
        if all_days && offset != 0 {
            let message = format!("{offset} means nothing with all_days; leave one of them out");
            problems.push(Problem::new(field("offset_days"), message));
        }
        problems
    }
}
