//! Which days a schedule works on.

use super::{DateSet, DayNumber, Weekdays};

/// How far the next or the previous working day is looked for, in days. A leap year: a schedule that
/// has not worked for so long has no working day that anyone means.
pub const SEARCH_DAYS_MAX: i32 = 366;

/// The working days of a schedule: its workdays per week without its holidays.
///
/// A day is a non-working day when it is not in the schedule's workdays, or in the schedule's own
/// calendar `HC:<schedule>`, or in the Master Holiday calendar if the schedule uses it, or in its
/// additional holiday calendar (`opcon-domain 1.4.2`). Schedules share one of these when they share
/// week and calendars. It knows no first and no last year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingDays {
    week: Weekdays,
    /// Holidays on days of the week that are worked on; the others change nothing.
    closed: DateSet,
}

impl WorkingDays {
    /// The days of the week without the dates of all the calendars.
    pub fn new<'a>(week: Weekdays, holidays: impl IntoIterator<Item = &'a DateSet>) -> Self {
        let closed =
            holidays.into_iter().flat_map(DateSet::iter).filter(|date| week.has(*date)).collect();
        Self { week, closed }
    }

    /// The workdays per week.
    pub fn week(&self) -> Weekdays {
        self.week
    }

    /// Whether the date is a working day.
    pub fn is_working(&self, date: impl Into<DayNumber>) -> bool {
        let date = date.into();
        self.week.has(date) && !self.closed.contains(date)
    }

    /// The first working day after the date, at most [`SEARCH_DAYS_MAX`] days later.
    pub fn next(&self, date: impl Into<DayNumber>) -> Option<DayNumber> {
        let date = date.into();
        self.nth(date.plus(1), date.plus(SEARCH_DAYS_MAX), 1)
    }

    /// The last working day before the date, at most [`SEARCH_DAYS_MAX`] days earlier.
    pub fn previous(&self, date: impl Into<DayNumber>) -> Option<DayNumber> {
        let date = date.into();
        self.nth_last(date.plus(-SEARCH_DAYS_MAX), date.plus(-1), 1)
    }

    /// How many working days there are from `first` to `last`, both included.
    pub fn count(&self, first: impl Into<DayNumber>, last: impl Into<DayNumber>) -> i32 {
        let (first, last) = (first.into(), last.into());
        let closed = self.closed.range(first, last).len();
        self.week.count(first, last) - i32::try_from(closed).unwrap_or(i32::MAX)
    }

    /// The n-th working day from `first` to `last`, both included; n from 1.
    pub fn nth(&self, first: DayNumber, last: DayNumber, n: i32) -> Option<DayNumber> {
        if n < 1 || self.count(first, last) < n {
            return None;
        }
        // The first day up to which there are n.
        let (mut low, mut high) = (first, last);
        while low < high {
            let middle = low.plus(high.since(low) / 2);
            if self.count(first, middle) < n {
                low = middle.plus(1);
            } else {
                high = middle;
            }
        }
        Some(low)
    }

    /// The n-th working day back from `last` to `first`, both included; n from 1.
    pub fn nth_last(&self, first: DayNumber, last: DayNumber, n: i32) -> Option<DayNumber> {
        let count = self.count(first, last);
        (n >= 1).then(|| self.nth(first, last, count - n + 1)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::DayOfWeek;

    fn holidays(dates: &[Date]) -> DateSet {
        dates.iter().copied().collect()
    }

    #[test]
    fn a_day_must_be_in_the_week_and_in_no_holiday_calendar() {
        let (own, master) = (holidays(&[date(2026, 12, 24)]), holidays(&[date(2026, 12, 25)]));
        let days = WorkingDays::new(Weekdays::MON_TO_FRI, [&own, &master]);
        for (day, expected) in [(23, true), (24, false), (25, false), (26, false), (28, true)] {
            assert_eq!(days.is_working(date(2026, 12, day)), expected, "{day}");
        }
        assert_eq!(days.next(date(2026, 12, 23)).map(DayNumber::date), Some(date(2026, 12, 28)));
        assert_eq!(
            days.previous(date(2026, 12, 28)).map(DayNumber::date),
            Some(date(2026, 12, 23))
        );
        assert_eq!(days.count(date(2026, 12, 1), date(2026, 12, 31)), 21);
        assert_eq!(days.count(date(2026, 12, 31), date(2026, 12, 1)), 0);
    }

    #[test]
    fn the_search_ends_after_a_year() {
        let none = WorkingDays::new(Weekdays::NONE, []);
        assert_eq!(none.next(date(2026, 1, 1)), None);
        assert_eq!(none.previous(date(2026, 1, 1)), None);
        let start = DayNumber::ymd(2026, 1, 1);
        let closed: DateSet = start.plus(1).to(start.plus(SEARCH_DAYS_MAX - 1)).collect();
        let days = WorkingDays::new(Weekdays::ALL, [&closed]);
        assert_eq!(days.next(start), Some(start.plus(SEARCH_DAYS_MAX)));
        assert_eq!(days.previous(start.plus(SEARCH_DAYS_MAX)), Some(start));
        assert_eq!(days.previous(start.plus(SEARCH_DAYS_MAX - 1)), Some(start));
        let closed: DateSet = start.plus(1).to(start.plus(SEARCH_DAYS_MAX)).collect();
        let days = WorkingDays::new(Weekdays::ALL, [&closed]);
        assert_eq!(days.next(start), None);
        assert_eq!(days.previous(start.plus(SEARCH_DAYS_MAX + 1)), None);
    }

    proptest! {
        #[test]
        fn counting_and_finding_are_the_same_as_walking(
            week in prop::collection::vec(prop::sample::select(DayOfWeek::ALL.to_vec()), 0..7),
            closed in prop::collection::vec(0i32..80, 0..40), first in 0i32..40, len in 0i32..40, n in 0i32..30,
        ) {
            let start = DayNumber::ymd(2027, 12, 1);
            let week: Weekdays = week.into_iter().collect();
            let holidays: DateSet = closed.iter().map(|day| start.plus(*day)).collect();
            let days = WorkingDays::new(week, [&holidays]);
            let (first, last) = (start.plus(first), start.plus(first + len));
            let is_working = |day: &DayNumber| {
                week.iter().any(|weekday| weekday == day.weekday()) && !closed.contains(&day.since(start))
            };
            let walked: Vec<DayNumber> = first.to(last).filter(is_working).collect();
            prop_assert!(first.to(last).all(|day| days.is_working(day) == walked.contains(&day)));
            prop_assert_eq!(days.count(first, last), i32::try_from(walked.len()).unwrap());
            let at = |n: i32| usize::try_from(n - 1).ok();
            prop_assert_eq!(days.nth(first, last, n), at(n).and_then(|n| walked.get(n)).copied());
            prop_assert_eq!(
                days.nth_last(first, last, n),
                at(n).and_then(|n| walked.iter().rev().nth(n)).copied()
            );
        }
    }
}
