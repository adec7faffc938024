//! The instants at which a schedule starts its job.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::{MonthDays, Repeat, Weekdays};
use crate::zone::{Zone, whole_seconds};

/// Days within which every set of weekdays or days of the month has a day; the longest wait is
/// from one 31st to the next but one month's.
const SEARCH_DAYS: usize = 93;

/// When a job starts (`amt-domain 10`).
///
/// **Days.** The vendor calls weekdays, days of the month and dates *complements* of the frequency:
/// each names days on which the job starts. So a day counts when any of the three names it ("the
/// 1st, and each Monday, and 24 December"), as in cron; reading them as conditions that must all
/// hold would leave the list of dates without a use. With none of the three every day counts.
///
/// **Times.** On each such day the job starts at `start_time`, and then each `repeat` of elapsed
/// time while it is before the end: `end_time`, at which nothing starts any more; one that is not
/// after the start is on the next day. Without it, repeats go on until the `start_time` of the next
/// calendar day, whether the job starts that day or not.
///
/// **Clock changes.** Start and end follow the rule of [`crate::zone`]: a start in a gap is at the
/// first instant after it, a start that occurs twice happens once, the first time. The first start
/// of a day always happens, even when start and end fall together.
///
/// Fractions of a second are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Time of day of the first start.
    pub start_time: Time,
    /// Time of day before which repeats happen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Time>,
    /// How often the job starts again; none: once a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// Days of the week on which it starts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub days_of_week: Weekdays,
    /// Days of the month on which it starts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub days_of_month: MonthDays,
    /// Dates on which it starts besides.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub dates: BTreeSet<Date>,
    /// The zone whose clock and calendar are meant.
    pub time_zone: Zone,
}

impl Schedule {
    /// The first start strictly after an instant; none when no date is left or time ends.
    pub fn next_after(&self, at: Timestamp) -> Option<Timestamp> {
        // The repeats of a day end within the day after it.
        let mut from = days_from(self.time_zone.date(at), -2)?;
        loop {
            let day = self.next_start_day(from)?;
            if let Some(start) = self.next_on(day, at) {
                return Some(start);
            }
            from = day.tomorrow().ok()?;
        }
    }

    /// The starts from `from` (included) to `to` (excluded), in order. Each is computed when it is
    /// asked for: a repeat of a second over a year is a long list, so take what you need.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Starts<'_> {
        let after = from.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MIN);
        Starts { schedule: self, after, to }
    }

    /// Whether the job starts on that day.
    pub fn is_start_day(&self, day: Date) -> bool {
        let is_every_day =
            self.days_of_week.is_empty() && self.days_of_month.is_empty() && self.dates.is_empty();
        is_every_day || self.is_periodic_day(day) || self.dates.contains(&day)
    }

    fn is_periodic_day(&self, day: Date) -> bool {
        self.days_of_week.contains(day) || self.days_of_month.contains(day)
    }

    /// The first start day that is not before `from`.
    fn next_start_day(&self, from: Date) -> Option<Date> {
        if self.days_of_week.is_empty() && self.days_of_month.is_empty() {
            return if self.dates.is_empty() {
                Some(from)
            } else {
                self.dates.range(from..).next().copied()
            };
        }
        from.series(Span::new().days(1)).take(SEARCH_DAYS).find(|day| self.is_start_day(*day))
    }

    /// The first start of that day's which is after an instant. The starts of two days never
    /// interleave, since those of one end where the next calendar day's begin.
    fn next_on(&self, day: Date, at: Timestamp) -> Option<Timestamp> {
        let span = self.span(day)?;
        if span.start > at {
            return Some(span.start);
        }
        let seconds = i64::from(self.repeat?.seconds());
        let rounds = at.duration_since(span.start).as_secs() / seconds + 1;
        let next = span.start.checked_add(SignedDuration::from_secs(rounds * seconds)).ok()?;
        (next < span.end).then_some(next)
    }

    /// From the first start to the end of the repeats.
    fn span(&self, day: Date) -> Option<Range<Timestamp>> {
        let start_time = whole_seconds(self.start_time);
        let end_time = self.end_time.map_or(start_time, whole_seconds);
        let last_day = if end_time > start_time { day } else { day.tomorrow().ok()? };
        let start = self.time_zone.first_instant(day.to_datetime(start_time))?;
        let end = self.time_zone.first_instant(last_day.to_datetime(end_time))?;
        Some(start..end)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn days_from(day: Date, offset: i64) -> Option<Date> {
    day.checked_add(Span::new().days(offset)).ok()
}

/// The starts of a schedule between two instants, see [`Schedule::between`].
#[derive(Debug, Clone)]
pub struct Starts<'a> {
    schedule: &'a Schedule,
    after: Timestamp,
    to: Timestamp,
}

impl Iterator for Starts<'_> {
    type Item = Timestamp;

    fn next(&mut self) -> Option<Timestamp> {
        let start = self.schedule.next_after(self.after).filter(|start| *start < self.to)?;
        self.after = start;
        Some(start)
    }
}

#[cfg(test)]
#[path = "starts_tests.rs"]
mod tests;
