//! Dates as numbers: rules ask millions of dates which weekday they are and how far apart.

use jiff::civil::Date;

use super::DayOfWeek;

/// A date as the number of days since 1970-01-01, in the calendar that is in use since 1582, before it
/// too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayNumber(i32);

/// Days of the 400 years after which the calendar repeats.
const ERA_DAYS: i32 = 146_097;
/// From the first day of March of the year 0, with which eras begin, to 1970-01-01.
const ERA_TO_EPOCH_DAYS: i32 = 719_468;

impl DayNumber {
    /// The first date that rules are evaluated for: 1900-01-01.
    pub const FIRST: Self = Self::ymd(1900, 1, 1);
    /// The last date that rules are evaluated for: 9998-12-31.
    pub const LAST: Self = Self::ymd(9998, 12, 31);

    /// The number of a date. A day beyond the end of its month counts on into the next one.
    pub const fn ymd(year: i32, month: i32, day: i32) -> Self {
        // Years that begin in March have the leap day at their end, and months that repeat in length
        // every five: 31, 30, 31, 30, 31.
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * ERA_DAYS + day_of_era - ERA_TO_EPOCH_DAYS)
    }

    /// Year, month (1 to 12) and day of the month (1 to 31).
    pub const fn parts(self) -> (i32, i32, i32) {
        let days = self.0.saturating_add(ERA_TO_EPOCH_DAYS);
        let era = days.div_euclid(ERA_DAYS);
        let day_of_era = days.rem_euclid(ERA_DAYS);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
        (year, month, day)
    }

    /// The date; the nearest one that exists when the number is beyond the years -9999 to 9999.
    pub fn date(self) -> Date {
        let (year, month, day) = self.parts();
        let part = |value: i32| i8::try_from(value).unwrap_or(1);
        i16::try_from(year)
            .ok()
            .and_then(|year| Date::new(year, part(month), part(day)).ok())
            .unwrap_or(if self.0 < 0 { Date::MIN } else { Date::MAX })
    }

    /// The day of the week.
    pub const fn weekday(self) -> DayOfWeek {
        DayOfWeek::from_sunday(self.days_from_sunday())
    }

    /// Days since the Sunday on which its week began, 0 to 6.
    pub const fn days_from_sunday(self) -> i32 {
        // 1970-01-01 was a Thursday.
        (self.0 % 7 + 7 + 4) % 7
    }

    /// The day that is so many days later, or earlier for a negative number.
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Days from `earlier` to this one.
    pub const fn since(self, earlier: Self) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// The days from this one to `last`, both included.
    pub fn to(self, last: Self) -> impl DoubleEndedIterator<Item = Self> {
        (self.0..=last.0).map(Self)
    }

    /// Whether rules are evaluated for it.
    pub fn is_in_range(self) -> bool {
        (Self::FIRST..=Self::LAST).contains(&self)
    }
}

impl From<Date> for DayNumber {
    fn from(date: Date) -> Self {
        Self::ymd(i32::from(date.year()), i32::from(date.month()), i32::from(date.day()))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn numbers_follow_the_calendar_day_by_day() {
        let mut day = DayNumber::from(date(1896, 1, 1));
        let mut expected = date(1896, 1, 1);
        while expected < date(2404, 1, 1) {
            assert_eq!(day, DayNumber::from(expected));
            assert_eq!(day.date(), expected);
            let from_sunday = i32::from(expected.weekday().to_sunday_zero_offset());
            assert_eq!(day.days_from_sunday(), from_sunday, "{expected}");
            day = day.plus(1);
            expected = expected.tomorrow().unwrap();
        }
        assert_eq!(DayNumber::from(date(1970, 1, 1)).since(DayNumber::ymd(1969, 12, 31)), 1);
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for days in [i32::MIN, i32::MAX] {
            let far = DayNumber::FIRST.plus(days);
            assert!(!far.is_in_range());
            assert_eq!(far.date(), if days < 0 { Date::MIN } else { Date::MAX });
            assert!((0..7).contains(&far.days_from_sunday()));
        }
        assert_eq!(DayNumber::from(Date::MAX).date(), Date::MAX);
        assert_eq!(DayNumber::from(Date::MIN).date(), Date::MIN);
    }
}
