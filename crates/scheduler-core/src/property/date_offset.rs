//! Offsets of dates: the `(+3d)` of `[[$DATE(+3d)]]` (`opcon-domain 1.9`).

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::{Span, Timestamp};

use super::date_format::Moment;
use crate::calendar::{DayNumber, WorkingDays};
use crate::time::Zone;

/// What an offset counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OffsetUnit {
    /// Years; 29 February becomes 28 February where there is none.
    Year,
    /// Quarters of a year, as three months.
    Quarter,
    /// Months; the day becomes the last of the month where the month is too short.
    Month,
    /// Ends of months: `+1` is the end of this month, `+2` of the next, `-1` of the one before.
    EndOfMonth,
    /// Seven days.
    Week,
    /// Days.
    Day,
    /// Working days of the schedule: `+1` is the first one after the date, `-1` the last one before.
    WorkingDay,
    /// Hours that pass, whatever the clocks do.
    Hour,
    /// Minutes.
    Minute,
    /// Seconds.
    Second,
}

/// How units are written. The first of a unit is the one that is printed.
pub(super) const UNITS: [(&str, OffsetUnit); 11] = [
    ("yy", OffsetUnit::Year),
    ("q", OffsetUnit::Quarter),
    ("m", OffsetUnit::Month),
    ("eom", OffsetUnit::EndOfMonth),
    ("wk", OffsetUnit::Week),
    ("ww", OffsetUnit::Week),
    ("d", OffsetUnit::Day),
    ("wd", OffsetUnit::WorkingDay),
    ("h", OffsetUnit::Hour),
    ("n", OffsetUnit::Minute),
    ("s", OffsetUnit::Second),
];

/// Why a text is no offset, or a date has none. The sentence lacks its subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct OffsetError(pub String);

/// A distance from a date, at most 32,000 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateOffset {
    amount: i32,
    unit: OffsetUnit,
}

/// What an offset starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Instant(Timestamp),
    Day(Date),
}

impl DateOffset {
    /// The largest amount, either way.
    pub const AMOUNT_MAX: i32 = 32_000;

    /// So many units; none for 0 and beyond [`DateOffset::AMOUNT_MAX`].
    pub fn new(amount: i32, unit: OffsetUnit) -> Option<Self> {
        let is_fine = amount != 0 && amount.unsigned_abs() <= Self::AMOUNT_MAX.unsigned_abs();
        is_fine.then_some(Self { amount, unit })
    }

    /// Reads what stands between the parentheses: `+3d`, `-1wd`, `+2`.
    ///
    /// # Errors
    /// The text is none.
    pub fn parse(text: &str) -> Result<Self, OffsetError> {
        let bad = |why: String| {
            let shown = core_kit::text::shown(text);
            OffsetError(format!("`({shown})` is no offset: {why}"))
        };
        let text = text.trim();
        let sign = match text.as_bytes().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(bad("expected `+` or `-` and a number, as in (+3d)".to_owned())),
        };
        let digits =
            text[1..].len() - text[1..].trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text[1..].split_at(digits);
        let amount = number.parse::<i32>().ok().and_then(|n| n.checked_mul(sign));
        let unit = Self::unit(unit.trim()).map_err(&bad)?;
        amount
            .and_then(|amount| Self::new(amount, unit))
            .ok_or_else(|| bad("the number must be 1 to 32000".to_owned()))
    }

    fn unit(text: &str) -> Result<OffsetUnit, String> {
        if text.is_empty() {
            return Ok(OffsetUnit::Day);
        }
        let known = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        known.map(|(_, unit)| *unit).ok_or_else(|| {
            let names: Vec<&str> = UNITS.iter().map(|(name, _)| *name).collect();
            format!("`{}` is no unit, use one of {}", core_kit::text::shown(text), names.join(" "))
        })
    }

    /// The moment that lies this far from `anchor`.
    ///
    /// Days and longer move the local date and keep the time of day. Hours and shorter pass on the
    /// clock of the world when they start from an instant, and on a clock without changes when they
    /// start from a date.
    pub(crate) fn apply(
        self,
        anchor: Anchor,
        zone: &Zone,
        working_days: Option<&WorkingDays>,
    ) -> Result<Moment, OffsetError> {
        let beyond = || self.beyond();
        let span = match self.unit {
            OffsetUnit::Hour => Span::new().try_hours(self.amount),
            OffsetUnit::Minute => Span::new().try_minutes(self.amount),
            OffsetUnit::Second => Span::new().try_seconds(self.amount),
            _ => {
                return match anchor {
                    Anchor::Day(day) => {
                        let day = self.date(day, working_days)?;
                        Moment::of_day(day, zone).ok_or_else(beyond)
                    }
                    Anchor::Instant(at) => {
                        let local = zone.local(at);
                        let day = self.date(local.date(), working_days)?;
                        let local = DateTime::from_parts(day, local.time());
                        let at = zone.first_instant(local).ok_or_else(beyond)?;
                        Ok(Moment::of_instant(at, zone))
                    }
                };
            }
        };
        let span = span.map_err(|_| beyond())?;
        let moment = match anchor {
            Anchor::Instant(at) => at.checked_add(span).ok().map(|at| Moment::of_instant(at, zone)),
            Anchor::Day(day) => day
                .at(0, 0, 0, 0)
                .checked_add(span)
                .ok()
                .and_then(|local| Moment::of_local(local, zone)),
        };
        moment.filter(|moment| is_year(moment.local().date())).ok_or_else(beyond)
    }

    /// The date that lies this far from `day`; `day` itself for hours and shorter.
    ///
    /// # Errors
    /// Out of the years 1 to 9999, no schedule whose working days are meant, or one without any.
    pub fn date(self, day: Date, working_days: Option<&WorkingDays>) -> Result<Date, OffsetError> {
        let moved = match self.unit {
            OffsetUnit::Year => Span::new().try_years(self.amount),
            OffsetUnit::Quarter => Span::new().try_months(self.amount * 3),
            OffsetUnit::Month => Span::new().try_months(self.amount),
            OffsetUnit::EndOfMonth => {
                // +1 is this month, -1 the one before: there is no 0.
                Span::new().try_months(if self.amount > 0 { self.amount - 1 } else { self.amount })
            }
            OffsetUnit::Week => Span::new().try_weeks(self.amount),
            OffsetUnit::Day => Span::new().try_days(self.amount),
            OffsetUnit::WorkingDay => return self.working_day(day, working_days),
            OffsetUnit::Hour | OffsetUnit::Minute | OffsetUnit::Second => return Ok(day),
        };
        let moved = moved.ok().and_then(|span| day.checked_add(span).ok());
        let moved = match self.unit {
            OffsetUnit::EndOfMonth => moved.map(Date::last_of_month),
            _ => moved,
        };
        moved.filter(|day| is_year(*day)).ok_or_else(|| self.beyond())
    }

    fn working_day(self, day: Date, days: Option<&WorkingDays>) -> Result<Date, OffsetError> {
        let days = days.ok_or_else(|| {
            OffsetError(format!(
                "({self}) counts working days, and there is no schedule here whose working days are meant"
            ))
        })?;
        if days.week().is_empty() {
            return Err(OffsetError(format!(
                "({self}) finds no working day: the schedule works on no day of the week"
            )));
        }
        // Found by halving, not by walking: a text may have thousands of offsets.
        let (first, last) = (DayNumber::ymd(1, 1, 1), DayNumber::ymd(9999, 12, 31));
        let day = DayNumber::from(day);
        let found = if self.amount > 0 {
            days.nth(day.plus(1), last, self.amount)
        } else {
            days.nth_last(first, day.plus(-1), -self.amount)
        };
        found.map(DayNumber::date).ok_or_else(|| self.beyond())
    }

    fn beyond(self) -> OffsetError {
        OffsetError(format!("({self}) leads out of the years 1 to 9999"))
    }
}

impl fmt::Display for DateOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS.iter().find(|(_, unit)| *unit == self.unit);
        write!(f, "{:+}{}", self.amount, unit.map_or("", |(name, _)| name))
    }
}

fn is_year(day: Date) -> bool {
    (1..=9999).contains(&day.year())
}

#[cfg(test)]
#[path = "date_offset_tests.rs"]
mod tests;
