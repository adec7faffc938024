//! What a rule says about a date, with the reason.

use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

use crate::calendar::SEARCH_DAYS_MAX;

/// A date on which a rule qualifies, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Occurrence {
    /// The date.
    pub date: Date,
    /// The date that the rule names by itself. When several come to the same date: that date itself, or
    /// the earliest.
    pub candidate: Date,
    /// What A/O/B/N did.
    pub adjusted: Adjusted,
    /// Working days by which an offset moved it then; 0 for none.
    pub offset: i8,
}

/// What A/O/B/N did with a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Adjusted {
    /// Nothing: it is a working day, or the rule takes any day.
    No,
    /// It stays, though it is a non-working day.
    Kept,
    /// It went to the first working day after.
    After,
    /// It went to the first working day before.
    Before,
}

/// A date that a rule names and on which, or in place of which, nothing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Dropped {
    /// The date that the rule names.
    pub candidate: Date,
    /// Why nothing runs.
    pub why: DropReason,
}

/// Why a candidate is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// The date is in the calendar of the frequency: the candidate itself, or what A/O/B/N and the
    /// offset have made of the beginning or end of a period.
    InCalendar(Date),
    /// It is a non-working day, and A/O/B/N is `not_scheduled`.
    NotScheduled,
    /// There is no working day to go to, within its period or within a year.
    NoWorkingDay,
    /// The offset leads out of the period.
    OutsidePeriod,
}

/// Everything that a rule says about a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Forecast {
    /// The dates on which it qualifies, in order, each once.
    pub occurrences: Vec<Occurrence>,
    /// The candidates of the stretch that are dropped, in order.
    pub dropped: Vec<Dropped>,
}

/// Whether a frequency qualifies for a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It does.
    Qualifies(Reason),
    /// It would, but the date is excluded: nothing runs, as with *Do Not Schedule*.
    Excluded(Exclusion),
    /// It does not.
    Not(Why),
}

/// Why a frequency qualifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its rule says so.
    Rule(Occurrence),
    /// The date is included, whatever the rule says.
    Included,
}

/// How a date is excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// By itself.
    Date,
    /// With its month.
    Month,
}

/// Why a frequency does not qualify for a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The rule does not name the date, and moves none there.
    NotNamed,
    /// The rule names the date and moves it to this one.
    Moved(Date),
    /// The rule names the date and drops it.
    Dropped(DropReason),
    /// The date is before the first one of the frequency's use.
    BeforeStart(Date),
    /// The date is after the last one of the frequency's use.
    AfterEnd(Date),
    /// The use of the frequency is disabled.
    Disabled,
}

/// A date with its day of the week, which is what people check.
pub(super) fn day(date: Date) -> impl fmt::Display {
    date.strftime("%a %Y-%m-%d")
}

impl fmt::Display for Occurrence {
    /// How it came about, as the end of a sentence about the date; "named by the rule" when nothing
    /// moved it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let candidate = day(self.candidate);
        match self.adjusted {
            Adjusted::No if self.offset == 0 => f.write_str("named by the rule")?,
            Adjusted::No => write!(f, "from {candidate}")?,
            Adjusted::Kept => f.write_str("named by the rule, kept though no working day")?,
            Adjusted::After => {
                write!(f, "from {candidate}, no working day, to the first one after it")?;
            }
            Adjusted::Before => {
                write!(f, "from {candidate}, no working day, to the first one before it")?;
            }
        }
        match self.offset {
            0 => Ok(()),
            offset => write!(f, ", {}", super::explain::offset(offset)),
        }
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InCalendar(date) => {
                write!(f, "{} is in the calendar of dates without runs", day(*date))
            }
            Self::NotScheduled => f.write_str("no working day, not scheduled then"),
            Self::NoWorkingDay => {
                write!(f, "no working day in its period or within {SEARCH_DAYS_MAX} days")
            }
            Self::OutsidePeriod => f.write_str("the offset leads out of the period"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(occurrence) => occurrence.fmt(f),
            Self::Included => f.write_str("included"),
        }
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Date => "the date is excluded",
            Self::Month => "the month is excluded",
        })
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNamed => f.write_str("not a date of the rule"),
            Self::Moved(date) => write!(f, "no working day, moved to {}", day(*date)),
            Self::Dropped(why) => why.fmt(f),
            Self::BeforeStart(date) => write!(f, "scheduled from {} on", day(*date)),
            Self::AfterEnd(date) => write!(f, "scheduled until {}", day(*date)),
            Self::Disabled => f.write_str("the frequency is disabled for this job"),
        }
    }
}
