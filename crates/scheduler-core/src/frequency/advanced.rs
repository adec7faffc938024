//! The advanced settings of a job's use of a frequency (`opcon-domain 1.4.2`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Exclusion, Why};
use crate::calendar::{Calendar, DateSet, DateSpan, DayNumber, MONTHS};
use crate::problem::Problem;
use crate::time::Day;

/// Dates for which a job overrides a frequency. Include beats all else that this frequency says, also exclude; a
/// frequency of higher priority that names the date still decides about it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Advanced {
    /// The first date on which the frequency is scheduled for this job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Day>,
    /// The last date on which the frequency is scheduled for this job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Day>,
    /// Dates on which the job runs, whatever the frequency says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<DateSpan>,
    /// Dates on which the job does not run when the frequency would have it run. No frequency of lower
    /// priority takes its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<DateSpan>,
    /// Months in which the job does not run when the frequency would have it run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_months: Vec<MonthOfYear>,
}

/// A month of every year.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "months need no explanation")]
pub enum MonthOfYear {
    Jan,
    Feb,
    Mar,
    Apr,
    May,
    Jun,
    Jul,
    Aug,
    Sep,
    Oct,
    Nov,
    Dec,
}

impl MonthOfYear {
    /// The English name.
    pub const fn name(self) -> &'static str {
        MONTHS[self as usize]
    }
}

impl Advanced {
    /// What is wrong with the settings; empty for nothing.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let (Some(start), Some(end)) = (self.start, self.end)
            && end < start
        {
            let message = format!("{end} is before the start {start}; exchange them");
            problems.push(Problem::new("end", message));
        }
        for (field, dates) in [("include", &self.include), ("exclude", &self.exclude)] {
            let calendar = Calendar { documentation: String::new(), dates: dates.clone() };
            problems.extend(
                calendar.check().into_iter().map(|problem| Problem::new(field, problem.message)),
            );
        }
        problems
    }
}

/// [`Advanced`], ready to be asked. Few uses of frequencies have any, and many jobs are asked on each date: so it is
/// small.
#[derive(Debug, Clone, Default)]
pub struct Overrides(Option<Box<Dates>>);

#[derive(Debug, Clone)]
struct Dates {
    start: Option<DayNumber>,
    end: Option<DayNumber>,
    include: DateSet,
    exclude: DateSet,
    /// A bit for each month, January the lowest.
    months: u16,
}

impl Overrides {
    /// The settings of a job's use of a frequency. Of the dates to include and of those to exclude,
    /// the first [`Calendar::DATES_MAX`] count; [`Advanced::check`] reports more.
    pub fn new(advanced: &Advanced) -> Self {
        if *advanced == Advanced::default() {
            return Self(None);
        }
        let dates = |spans: &[DateSpan]| {
            spans.iter().flat_map(|span| span.days()).take(Calendar::DATES_MAX).collect()
        };
        Self(Some(Box::new(Dates {
            start: advanced.start.map(|day| day.0.into()),
            end: advanced.end.map(|day| day.0.into()),
            include: dates(&advanced.include),
            exclude: dates(&advanced.exclude),
            months: advanced.exclude_months.iter().fold(0, |set, month| set | 1 << *month as u16),
        })))
    }

    /// Whether the job runs on the date whatever the rule says.
    pub(super) fn includes(&self, day: DayNumber) -> bool {
        self.0.as_ref().is_some_and(|dates| dates.include.contains(day))
    }

    /// The dates from `first` to `last` on which the job runs whatever the rule says.
    pub(super) fn included(&self, first: DayNumber, last: DayNumber) -> &[DayNumber] {
        self.0.as_ref().map_or(&[], |dates| dates.include.range(first, last))
    }

    /// Why the frequency is not scheduled on the date at all.
    pub(super) fn outside(&self, day: DayNumber) -> Option<Why> {
        let dates = self.0.as_ref()?;
        if let Some(start) = dates.start
            && day < start
        {
            return Some(Why::BeforeStart(start.date()));
        }
        let end = dates.end.filter(|end| *end < day)?;
        Some(Why::AfterEnd(end.date()))
    }

    /// Whether nothing runs on the date though the rule says so.
    pub(super) fn excluded(&self, day: DayNumber) -> Option<Exclusion> {
        let dates = self.0.as_ref()?;
        if dates.exclude.contains(day) {
            return Some(Exclusion::Date);
        }
        let is_in_month = dates.months != 0 && dates.months >> (day.parts().1 - 1) & 1 != 0;
        is_in_month.then_some(Exclusion::Month)
    }
}
