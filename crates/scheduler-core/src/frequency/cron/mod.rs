//! Cron patterns: dates and times of day.
//!
//! **The rule of clock changes.** A pattern names local times of a local date, and each of them is run
//! once, at the first instant at which the local clock has reached it ([`core_kit::zone`]). So a time in
//! a gap runs when the gap ends, times that come to the same instant run once, and a time that the clock
//! shows twice runs the first time only. A list or a range of hours is no exception.

mod parse;
mod words;

use std::fmt;
use std::sync::Arc;

use croner::{CronPattern, Weekday};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use serde::Serialize;

use crate::calendar::DayNumber;
use crate::text_value::TextValue;
use crate::time::Zone;

/// A cron pattern of five fields: minute, hour, day of the month, month, day of the week.
///
/// As in `crontab(5)`, a date counts when the day of the month **or** the day of the week matches, if
/// both are given; a field that begins with `*` (also `*/2`) is not a given one, and then both must
/// match. Beyond that, `+MON` makes both match, `L`, `15W`, `LW`, `5L` and `MON#1` do what they do in
/// other schedulers.
#[derive(Clone)]
pub struct Cron(Arc<Parsed>);

struct Parsed {
    /// As it was written.
    text: String,
    /// What days match. The times and years in it are not used.
    pattern: CronPattern,
    /// The fields of the days, in capitals.
    fields: parse::DayFields,
    /// In order, at least one.
    minutes: Box<[i8]>,
    /// In order, at least one.
    hours: Box<[i8]>,
    /// A bit for each month, January bit 1.
    months: u16,
}

/// A start that a cron pattern names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Start {
    /// The local date and time that the pattern names. In a gap the local clock never shows it.
    pub local: DateTime,
    /// When it comes.
    pub at: Timestamp,
}

/// Longest search for the next date, in days: 400 years, after which the calendar repeats.
const SEARCH_DAYS_MAX: i32 = 146_097;
/// How far from its local date a start may be: zones have skipped a whole day.
const SKIPPED_DAYS_MAX: i32 = 2;

impl Cron {
    /// Longest pattern, in characters: two full lists.
    pub const CHARS_MAX: usize = 512;

    /// Most starts of one date: each minute.
    pub const STARTS_MAX: usize = 24 * 60;

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Whether the pattern names the date.
    pub(super) fn is_on(&self, day: DayNumber) -> bool {
        let (year, month, of_month) = day.parts();
        self.0.is_in_month(month) && self.0.is_on(day, year, month, of_month)
    }

    /// Whether the pattern names the date.
    pub fn matches(&self, date: Date) -> bool {
        self.is_on(date.into())
    }

    /// The times of day, in order: 1 to [`Cron::STARTS_MAX`]. They are the same on each date.
    pub fn times(&self) -> impl Iterator<Item = Time> {
        (0..self.0.times_count()).map(|index| self.0.time(index))
    }

    /// The starts of a date, whether the pattern names the date or not: another rule may have moved it.
    /// In order; times that come to the same instant are one start, the earliest of them.
    pub fn instants(&self, date: Date, zone: &Zone) -> Vec<Start> {
        let mut starts: Vec<Start> = Vec::with_capacity(self.0.times_count());
        starts.extend(self.times().filter_map(|time| start(date, time, zone)));
        starts.dedup_by_key(|start| start.at);
        starts
    }

    /// The first start after an instant; none when time ends.
    pub fn next_after(&self, at: Timestamp, zone: &Zone) -> Option<Start> {
        let mut day = DayNumber::from(zone.date(at)).plus(-SKIPPED_DAYS_MAX).max(DayNumber::FIRST);
        loop {
            let last = day.plus(SEARCH_DAYS_MAX).min(DayNumber::LAST);
            day = self.0.next_day(day, last)?;
            if let Some(start) = self.0.next_on(day.date(), at, zone) {
                return Some(start);
            }
            day = day.plus(1);
        }
    }

    /// All starts after an instant, in order.
    pub fn starts_after<'a>(
        &'a self,
        at: Timestamp,
        zone: &'a Zone,
    ) -> impl Iterator<Item = Start> + 'a {
        std::iter::successors(self.next_after(at, zone), |last| self.next_after(last.at, zone))
    }
}

fn start(date: Date, time: Time, zone: &Zone) -> Option<Start> {
    let local = date.to_datetime(time);
    zone.first_instant(local).map(|at| Start { local, at })
}

impl Parsed {
    fn is_in_month(&self, month: i32) -> bool {
        self.months >> month & 1 != 0
    }

    fn is_on(&self, day: DayNumber, year: i32, month: i32, of_month: i32) -> bool {
        if self.pattern.is_dom_wildcard() && self.pattern.is_dow_wildcard() {
            return true;
        }
        let number = |value: i32| u32::try_from(value).unwrap_or(0);
        let weekday = Weekday::from_days_from_sunday(number(day.days_from_sunday()));
        self.pattern.day_match(year, number(month), number(of_month), weekday).unwrap_or(false)
    }

    /// The first date from `first` to `last`, both included, that the pattern names.
    fn next_day(&self, first: DayNumber, last: DayNumber) -> Option<DayNumber> {
        let mut day = first;
        while day <= last {
            let (year, month, of_month) = day.parts();
            if !self.is_in_month(month) {
                day = DayNumber::ymd(year + month / 12, month % 12 + 1, 1);
            } else if self.is_on(day, year, month, of_month) {
                return Some(day);
            } else {
                day = day.plus(1);
            }
        }
        None
    }

    /// The first start of the date that is after an instant. Later local times never come earlier, so
    /// they can be halved.
    fn next_on(&self, date: Date, at: Timestamp, zone: &Zone) -> Option<Start> {
        let (mut low, mut high) = (0, self.times_count());
        while low < high {
            let middle = low.midpoint(high);
            match start(date, self.time(middle), zone) {
                Some(start) if start.at <= at => low = middle + 1,
                Some(_) | None => high = middle,
            }
        }
        (low < self.times_count()).then(|| start(date, self.time(low), zone)).flatten()
    }

    fn times_count(&self) -> usize {
        self.hours.len() * self.minutes.len()
    }

    fn time(&self, index: usize) -> Time {
        let part = |list: &[i8], index: usize| list.get(index).copied().unwrap_or_default();
        let hour = part(&self.hours, index / self.minutes.len().max(1));
        Time::constant(hour, part(&self.minutes, index % self.minutes.len().max(1)), 0, 0)
    }
}

impl TextValue for Cron {
    const FORMAT: &'static str = "cron";
    const EXPECTED: &'static str = "minute, hour, day of month, month and day of week such as \
                                    30 6 * * MON-FRI, or @daily and the like";

    fn parse(text: &str) -> Result<Self, String> {
        parse::parse(text).map(|parsed| Self(Arc::new(parsed)))
    }

    fn print(&self) -> String {
        self.0.text.clone()
    }
}

crate::text_value!(Cron);

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Cron {}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({})", self.0.text)
    }
}

#[cfg(test)]
mod tests;
