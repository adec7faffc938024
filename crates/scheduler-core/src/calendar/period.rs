//! Weeks, months, quarters and years.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DayNumber;

/// A stretch of time that repeats.
// Source: `opcon-domain 1.4.1`.
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
pub enum Period {
    /// Sunday to Saturday.
    Week,
    /// A month of the calendar.
    #[default]
    Month,
    /// January to March, April to June, July to September, October to December.
    Quarter,
    /// January to December.
    Year,
}

impl Period {
    /// The first and the last day of the period in which a date lies.
    pub fn around(self, date: DayNumber) -> (DayNumber, DayNumber) {
        let (year, month, _) = date.parts();
        let months = |first: i32, count: i32| {
            let next =
                DayNumber::ymd(year + (first + count - 1) / 12, (first + count - 1) % 12 + 1, 1);
            (DayNumber::ymd(year, first, 1), next.plus(-1))
        };
        match self {
            Self::Week => {
                let sunday = date.plus(-date.days_from_sunday());
                (sunday, sunday.plus(6))
            }
            Self::Month => months(month, 1),
            Self::Quarter => months((month - 1) / 3 * 3 + 1, 3),
            Self::Year => months(1, 12),
        }
    }

    /// The English name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_date_lies_in_its_period() {
        let around = |period: Period, date| {
            let (first, last) = period.around(DayNumber::from(date));
            format!("{} {}", first.date(), last.date())
        };
        let cases = [
            (Period::Week, date(2027, 1, 1), "2026-12-27 2027-01-02"),
            (Period::Week, date(2026, 11, 22), "2026-11-22 2026-11-28"),
            (Period::Month, date(2028, 2, 29), "2028-02-01 2028-02-29"),
            (Period::Month, date(2026, 12, 31), "2026-12-01 2026-12-31"),
            (Period::Quarter, date(2026, 5, 17), "2026-04-01 2026-06-30"),
            (Period::Quarter, date(2026, 12, 1), "2026-10-01 2026-12-31"),
            (Period::Quarter, date(2026, 1, 1), "2026-01-01 2026-03-31"),
            (Period::Year, date(2026, 1, 1), "2026-01-01 2026-12-31"),
        ];
        for (period, day, expected) in cases {
            assert_eq!(around(period, day), expected, "{period:?} {day}");
        }
    }

    #[test]
    fn periods_join_without_gap() {
        for period in [Period::Week, Period::Month, Period::Quarter, Period::Year] {
            let (mut first, mut last) = period.around(DayNumber::ymd(2023, 1, 1));
            while first < DayNumber::ymd(2033, 1, 1) {
                assert!(first.to(last).all(|day| period.around(day) == (first, last)));
                let next = period.around(last.plus(1));
                assert_eq!(next.0, last.plus(1));
                (first, last) = next;
            }
        }
    }
}
