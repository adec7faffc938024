//! The advanced settings of a job's use of a frequency (`opcon-domain 1.4.2`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Exclusion, Why};
use crate::calendar::{Calendar, DateSet, DateSpan, DayNumber};
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
        NAMES[self as usize]
    }
}

/// The months in English, from January on.
pub(super) const NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

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

/// [`Advanced`], ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    start: Option<DayNumber>,
    end: Option<DayNumber>,
    pub(super) include: DateSet,
    exclude: DateSet,
    /// A bit for each month, January the lowest.
    months: u16,
}

impl Overrides {
    /// The settings of a job's use of a frequency. Of the dates to include and of those to exclude,
    /// the first [`Calendar::DATES_MAX`] count; [`Advanced::check`] reports more.
    pub fn new(advanced: &Advanced) -> Self {
        let dates = |spans: &[DateSpan]| {
            spans.iter().flat_map(|span| span.days()).take(Calendar::DATES_MAX).collect()
        };
        Self {
            start: advanced.start.map(|day| day.0.into()),
            end: advanced.end.map(|day| day.0.into()),
            include: dates(&advanced.include),
            exclude: dates(&advanced.exclude),
            months: advanced.exclude_months.iter().fold(0, |set, month| set | 1 << *month as u16),
        }
    }

    /// Why the frequency is not scheduled on the date at all.
    pub(super) fn outside(&self, day: DayNumber) -> Option<Why> {
        if let Some(start) = self.start
            && day < start
        {
            return Some(Why::BeforeStart(start.date()));
        }
        let end = self.end.filter(|end| *end < day)?;
        Some(Why::AfterEnd(end.date()))
    }

    /// Whether nothing runs on the date though the rule says so.
    pub(super) fn excluded(&self, day: DayNumber) -> Option<Exclusion> {
        if self.exclude.contains(day) {
            return Some(Exclusion::Date);
        }
        let is_in_month = self.months != 0 && self.months >> (day.parts().1 - 1) & 1 != 0;
        is_in_month.then_some(Exclusion::Month)
    }
}
