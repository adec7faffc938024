//! Frequencies as definitions write them (`opcon-domain 1.4.1`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Cron;
use crate::calendar::{Period, Weekdays};
use crate::name::CalendarName;
use crate::time::Day;

/// On which days jobs run. Jobs and schedules refer to it by its name and may share it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Frequency {
    /// What the frequency is for, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub documentation: String,
    /// When to schedule.
    pub when: Rule,
}

/// When to schedule: one kind of rule with its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Days of the week, in every week.
    AllWeeks(Weeks),
    /// Days of the week, in odd weeks. Weeks begin on Sunday; the first odd week of a year begins with
    /// the first Sunday of January. Days before it belong to the last week of the year before. When
    /// that was the 53rd, two odd weeks follow each other.
    OddWeeks(Weeks),
    /// Days of the week, in even weeks. The first even week of a year begins with the second Sunday of
    /// January.
    EvenWeeks(Weeks),
    /// An occurrence of days of the week in a month, quarter or year: the third Tuesday.
    OnOccurrence(OnOccurrence),
    /// A day of each month by its number, or the working day of that number.
    OnDay(OnDay),
    /// Some of the days 5, 10, 15, 20, 25 and 30 of each month, or every so many days from a date on.
    OnIntervals(OnIntervals),
    /// One date, in one year or in every year.
    OnRequest(OnRequest),
    /// The dates of a calendar.
    AnnualPlan(AnnualPlan),
    /// The first day of each week, month, quarter or year, or a day near it.
    BeginOfPeriod(PeriodEdge),
    /// The last day of each week, month, quarter or year, or a day near it.
    EndOfPeriod(PeriodEdge),
    /// The middle of each month, quarter or year.
    MidOfPeriod(MidOfPeriod),
    /// A cron pattern, with dates and times of day.
    Cron(CronRule),
}

/// What happens to a date on a non-working day (A/O/B/N).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Aobn {
    /// Run on the first working day after it.
    After,
    /// Run on the date all the same.
    On,
    /// Run on the first working day before it.
    Before,
    /// Do not run.
    NotScheduled,
}

/// Whether non-working days count.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DayType {
    /// A date on a non-working day is treated as `aobn` says; `on_day` counts working days only.
    #[default]
    Working,
    /// Every day is as good as another: holidays and days off are ignored.
    Any,
}

/// Days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weeks {
    /// The days, at least one: `[mon, wed]`.
    pub days: Weekdays,
    /// A calendar with dates on which nothing runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarName>,
    /// What happens to a date on a non-working day. Default: `before`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aobn: Option<Aobn>,
    /// Whether non-working days count.
    #[serde(default, skip_serializing_if = "is_default")]
    pub day_type: DayType,
}

/// An occurrence of days of the week in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnOccurrence {
    /// The days, at least one. Each is counted by itself: the third Tuesday need not be in the week of
    /// the third Thursday.
    pub days: Weekdays,
    /// Which one, from 1: to 5 in a month, to 14 in a quarter, to 53 in a year. A period that has fewer
    /// is passed over.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub occurrence: u8,
    /// Of what: `month`, `quarter` or `year`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub period: Period,
    /// A calendar with dates on which nothing runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarName>,
    /// What happens to a date on a non-working day. Default: `before`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aobn: Option<Aobn>,
    /// Whether non-working days count.
    #[serde(default, skip_serializing_if = "is_default")]
    pub day_type: DayType,
}

/// A day of each month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnDay {
    /// The number of the day, 1 to 31. A month without such a day is passed over.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    #[schemars(range(min = 1, max = 31))]
    pub day: u8,
    /// `working` counts working days only, `any` is the date of the calendar.
    #[serde(default, skip_serializing_if = "is_default")]
    pub day_type: DayType,
    /// A calendar with dates on which nothing runs. They are counted as any other day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarName>,
    /// Only `on`, which is the default: a counted working day is never a non-working one, and with
    /// `day_type: any` those are ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aobn: Option<Aobn>,
}

/// Days at intervals: either `days`, or `start` and `every`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnIntervals {
    /// Some of 5, 10, 15, 20, 25 and 30. The 30th is never in February.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<u8>,
    /// The first date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Day>,
    /// Days from one date to the next, 1 to 32767.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u16>,
    /// Count anew each year from the day and month of `start`, to 31 December.
    #[serde(default, skip_serializing_if = "is_default")]
    pub restart_each_year: bool,
    /// A calendar with dates on which nothing runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarName>,
    /// What happens to a date on a non-working day. Default: `before`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aobn: Option<Aobn>,
    /// Whether non-working days count.
    #[serde(default, skip_serializing_if = "is_default")]
    pub day_type: DayType,
}

/// One date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnRequest {
    /// The date.
    pub date: Day,
    /// On its day and month in every year, whatever its year. 29 February is then in leap years only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub every_year: bool,
    /// What happens when it is a non-working day. Default: `on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aobn: Option<Aobn>,
}

/// The dates of a calendar, whether they are working days or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnualPlan {
    /// The calendar.
    pub calendar: CalendarName,
    /// So many working days after each of its dates, or before for a negative number: -15 to 15.
    #[serde(default, skip_serializing_if = "is_default")]
    pub offset: i8,
}

/// The beginning or the end of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodEdge {
    /// Of what.
    #[serde(default, skip_serializing_if = "is_default")]
    pub period: Period,
    /// So many working days into the period: 0 to 15 from its beginning, -15 to 0 from its end; in a
    /// week up to 4, 5 or 6 for 5, 6 or 7 workdays per week. It never leads out of the period.
    #[serde(default, skip_serializing_if = "is_default")]
    pub offset: i8,
    /// A calendar with dates on which nothing runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarName>,
    /// What happens when the first or last day of the period is a non-working day. Default: `on`, which
    /// is the first or last working day within the period. An offset decides it by its direction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aobn: Option<Aobn>,
    /// Whether non-working days count.
    #[serde(default, skip_serializing_if = "is_default")]
    pub day_type: DayType,
}

/// The middle of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MidOfPeriod {
    /// Of what: `month`, `quarter` or `year`. The middle is the 14th to 16th of a month; of two days
    /// in the middle it is the earlier.
    #[serde(default, skip_serializing_if = "is_default")]
    pub period: Period,
    /// Days of the week: each on its date that is nearest to the middle. None: the middle itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub days: Weekdays,
    /// A calendar with dates on which nothing runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarName>,
    /// What happens to a date on a non-working day. Default: `before`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aobn: Option<Aobn>,
    /// Whether non-working days count.
    #[serde(default, skip_serializing_if = "is_default")]
    pub day_type: DayType,
}

/// A cron pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CronRule {
    /// Minute, hour, day of the month, month and day of the week, such as `30 6 * * MON-FRI`, in the
    /// time zone of the schedule. Also `@daily` and its like.
    pub pattern: Cron,
    /// A calendar with dates on which nothing runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarName>,
    /// What happens to a date on a non-working day, for `day_type: working`. Default: `on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aobn: Option<Aobn>,
    /// Whether non-working days count. Default: `any`, as cron does.
    #[serde(default = "any", skip_serializing_if = "is_any")]
    pub day_type: DayType,
}

fn first() -> u8 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_first(number: &u8) -> bool {
    *number == first()
}

fn any() -> DayType {
    DayType::Any
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_any(day_type: &DayType) -> bool {
    *day_type == any()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Rule {
    /// The calendar that the rule names: dates to run on for `annual_plan`, dates not to run on for the
    /// others.
    pub fn calendar(&self) -> Option<&CalendarName> {
        match self {
            Self::AllWeeks(weeks) | Self::OddWeeks(weeks) | Self::EvenWeeks(weeks) => {
                weeks.calendar.as_ref()
            }
            Self::OnOccurrence(rule) => rule.calendar.as_ref(),
            Self::OnDay(rule) => rule.calendar.as_ref(),
            Self::OnIntervals(rule) => rule.calendar.as_ref(),
            Self::OnRequest(_) => None,
            Self::AnnualPlan(rule) => Some(&rule.calendar),
            Self::BeginOfPeriod(rule) | Self::EndOfPeriod(rule) => rule.calendar.as_ref(),
            Self::MidOfPeriod(rule) => rule.calendar.as_ref(),
            Self::Cron(rule) => rule.calendar.as_ref(),
        }
    }

    /// The name of the kind, as definitions write it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::AllWeeks(_) => "all_weeks",
            Self::OddWeeks(_) => "odd_weeks",
            Self::EvenWeeks(_) => "even_weeks",
            Self::OnOccurrence(_) => "on_occurrence",
            Self::OnDay(_) => "on_day",
            Self::OnIntervals(_) => "on_intervals",
            Self::OnRequest(_) => "on_request",
            Self::AnnualPlan(_) => "annual_plan",
            Self::BeginOfPeriod(_) => "begin_of_period",
            Self::EndOfPeriod(_) => "end_of_period",
            Self::MidOfPeriod(_) => "mid_of_period",
            Self::Cron(_) => "cron",
        }
    }

    /// What is asked for on non-working days: the value given or the default of the kind. What it does
    /// depends on the kind as well.
    pub fn aobn(&self) -> Aobn {
        self.aobn_given().unwrap_or(match self {
            Self::AllWeeks(_)
            | Self::OddWeeks(_)
            | Self::EvenWeeks(_)
            | Self::OnOccurrence(_)
            | Self::OnIntervals(_)
            | Self::MidOfPeriod(_) => Aobn::Before,
            Self::OnDay(_)
            | Self::OnRequest(_)
            | Self::AnnualPlan(_)
            | Self::BeginOfPeriod(_)
            | Self::EndOfPeriod(_)
            | Self::Cron(_) => Aobn::On,
        })
    }

    /// What the definition asks for on non-working days.
    pub(super) fn aobn_given(&self) -> Option<Aobn> {
        match self {
            Self::AllWeeks(rule) | Self::OddWeeks(rule) | Self::EvenWeeks(rule) => rule.aobn,
            Self::OnOccurrence(rule) => rule.aobn,
            Self::OnDay(rule) => rule.aobn,
            Self::OnIntervals(rule) => rule.aobn,
            Self::OnRequest(rule) => rule.aobn,
            Self::AnnualPlan(_) => None,
            Self::BeginOfPeriod(rule) | Self::EndOfPeriod(rule) => rule.aobn,
            Self::MidOfPeriod(rule) => rule.aobn,
            Self::Cron(rule) => rule.aobn,
        }
    }

    /// Whether non-working days count. `on_request` treats them as `aobn` says; `annual_plan` ignores
    /// them.
    pub fn day_type(&self) -> DayType {
        match self {
            Self::AllWeeks(weeks) | Self::OddWeeks(weeks) | Self::EvenWeeks(weeks) => {
                weeks.day_type
            }
            Self::OnOccurrence(rule) => rule.day_type,
            Self::OnDay(rule) => rule.day_type,
            Self::OnIntervals(rule) => rule.day_type,
            Self::OnRequest(_) => DayType::Working,
            Self::AnnualPlan(_) => DayType::Any,
            Self::BeginOfPeriod(rule) | Self::EndOfPeriod(rule) => rule.day_type,
            Self::MidOfPeriod(rule) => rule.day_type,
            Self::Cron(rule) => rule.day_type,
        }
    }
}
