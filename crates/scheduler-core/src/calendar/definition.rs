//! Calendars as definitions write them.

use jiff::ToSpan;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DateSet, DayNumber};
use crate::problem::Problem;
use crate::text_value::TextValue;
use crate::time::Day;

/// A list of dates. What it means is decided by who uses it: as a schedule's own holidays, the Master
/// Holiday calendar or an additional holiday calendar its dates are no working days; in the annual plan
/// of a frequency they are the dates to run on; in every other frequency they are dates on which
/// nothing runs.
// Source: `opcon-domain 1.5`. It is no part of the description in the JSON Schema, which users read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// What the calendar is for, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub documentation: String,
    /// The dates, each `2026-12-25` or, for several in a row, `2026-12-24 to 2026-12-26`. At most
    /// 10,000 dates in all.
    pub dates: Vec<DateSpan>,
}

impl Calendar {
    /// Most dates of a calendar: 27 years in which every day is one.
    pub const DATES_MAX: usize = 10_000;

    /// What is wrong with the calendar; empty for nothing.
    pub fn check(&self) -> Vec<Problem> {
        let count = self.count();
        let too_many = count > Self::DATES_MAX;
        let message =
            || format!("has {count} dates, more than {}; remove past ones", Self::DATES_MAX);
        too_many.then(|| Problem::new("dates", message())).into_iter().collect()
    }

    /// Its dates: the first [`Calendar::DATES_MAX`] that are listed when there are more, which
    /// [`Calendar::check`] reports.
    pub fn date_set(&self) -> DateSet {
        self.dates.iter().flat_map(|span| span.days()).take(Self::DATES_MAX).collect()
    }

    /// Puts a date in, if it is not there.
    pub fn add(&mut self, date: Date) {
        let day = DayNumber::from(date);
        if !self.dates.iter().any(|span| (span.first..=span.last).contains(&day)) {
            self.dates.push(DateSpan::single(date));
        }
    }

    /// Takes a date out, wherever it is listed.
    pub fn remove(&mut self, date: Date) {
        let day = DayNumber::from(date);
        let rest = |span: &DateSpan| {
            let is_here = (span.first..=span.last).contains(&day);
            let before = DateSpan::new(span.first.date(), date.saturating_sub(1.day()));
            let after = DateSpan::new(date.saturating_add(1.day()), span.last.date());
            if is_here { [before, after] } else { [Some(*span), None] }
        };
        self.dates = self.dates.iter().flat_map(rest).flatten().collect();
    }

    /// Dates as listed, those that are listed twice counted twice.
    fn count(&self) -> usize {
        self.dates.iter().fold(0, |sum, span| sum.saturating_add(span.days_count()))
    }
}

/// One date, or all dates from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateSpan {
    first: DayNumber,
    last: DayNumber,
}

/// Between the two ends of a span.
const TO: &str = " to ";

impl DateSpan {
    /// A single date.
    pub fn single(date: Date) -> Self {
        Self { first: date.into(), last: date.into() }
    }

    /// The dates from `first` to `last`; none when `last` is earlier.
    pub fn new(first: Date, last: Date) -> Option<Self> {
        (first <= last).then(|| Self { first: first.into(), last: last.into() })
    }

    /// Its dates, in order.
    pub fn days(self) -> impl Iterator<Item = DayNumber> {
        self.first.to(self.last)
    }

    fn days_count(self) -> usize {
        usize::try_from(self.last.since(self.first)).unwrap_or(0) + 1
    }
}

impl TextValue for DateSpan {
    const FORMAT: &'static str = "dates";
    const EXPECTED: &'static str =
        "a date such as 2026-12-25, or several such as 2026-12-24 to 2026-12-26";
    const PATTERN: &'static str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}( to [0-9]{4}-[0-9]{2}-[0-9]{2})?$";

    fn parse(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once(TO).unwrap_or((text, text));
        let (first, last) = (Day::parse(first)?, Day::parse(last)?);
        Self::new(first.0, last.0).ok_or_else(|| "ends before it begins".to_owned())
    }

    fn print(&self) -> String {
        let first = self.first.date();
        if self.first == self.last {
            return first.to_string();
        }
        format!("{first}{TO}{}", self.last.date())
    }
}

crate::text_value!(DateSpan);

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(dates: &str) -> Result<Calendar, String> {
        serde_json::from_str(&format!("{{\"dates\": {dates}}}")).map_err(|error| error.to_string())
    }

    #[test]
    fn dates_are_single_or_in_a_row() {
        let some = calendar(r#"["2026-12-31 to 2027-01-02", "2026-12-25", "2027-01-01"]"#).unwrap();
        let dates: Vec<String> = some.date_set().iter().map(|day| day.date().to_string()).collect();
        assert_eq!(dates, ["2026-12-25", "2026-12-31", "2027-01-01", "2027-01-02"]);
        assert_eq!(some.dates[0].to_string(), "2026-12-31 to 2027-01-02");
        assert_eq!(some.dates[1].to_string(), "2026-12-25");
        assert_eq!(some.check(), []);
    }

    #[test]
    fn wrong_dates_are_refused_with_the_reason() {
        let cases = [
            (r#"["2026-12-31 to 2026-12-01"]"#, "ends before it begins"),
            (r#"["2026-02-29"]"#, "is impossible: February 2026 has 28 days"),
            (r#"["2026-12-01..2026-12-02"]"#, "is not a date such as"),
            (r#"["2026-12-01 to "]"#, "is not a date such as"),
        ];
        for (dates, expected) in cases {
            let error = calendar(dates).unwrap_err();
            assert!(error.contains(expected), "{dates}: {error}");
        }
    }

    #[test]
    fn a_calendar_has_an_end() {
        let days = calendar(r#"["2000-01-01 to 2027-05-18"]"#).unwrap();
        assert_eq!((days.check(), days.date_set().len()), (vec![], 10_000));
        let days = calendar(r#"["2000-01-01 to 2027-05-18", "2000-01-01"]"#).unwrap();
        assert!(days.check()[0].message.starts_with("has 10001 dates, more than 10000"));
        let days = calendar(r#"["1900-01-01 to 9998-12-31"]"#).unwrap();
        assert_eq!((days.check().len(), days.date_set().len()), (1, 10_000));
    }
}
