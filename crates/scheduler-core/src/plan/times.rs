//! The times of a day's jobs as instants.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};

use super::Seconds;
use crate::frequency::Compiled;
use crate::job::INSTANCES_MAX;
use crate::model::JobUse;
use crate::time::{Offset, TimeOfDay, Zone, later};

/// The local times of a schedule's day.
pub struct DayTimes<'z> {
    zone: &'z Zone,
    date: Date,
    start: TimeOfDay,
    /// The instant of the schedule's start, when the clocks do not change in the days that an offset can reach: then
    /// every offset is so many minutes later. Not so when the day itself starts in a gap.
    plain: Option<Timestamp>,
}

impl<'z> DayTimes<'z> {
    /// The times of a date.
    pub fn new(zone: &'z Zone, date: Date, start: TimeOfDay) -> Self {
        let mut times = Self { zone, date, start, plain: None };
        let (first, last) = (times.at(Offset::ZERO), times.at(Offset::MAX));
        let is_shown = zone.local(first) == times.local(0);
        times.plain = (is_shown && !zone.changes_between(first, last)).then_some(first);
        times
    }

    /// An offset from the schedule's start on the local clock: the first instant at which the clock has reached it.
    pub fn at(&self, offset: Offset) -> Timestamp {
        match self.plain {
            Some(start) => later(start, offset.minutes()),
            None => self.instant(self.local(offset.minutes())),
        }
    }

    /// When a job may start, and its further runs that are known beforehand, which are added to `further`.
    pub(super) fn of_job(
        &self,
        of: &JobUse,
        rule: &Compiled,
        origin: Timestamp,
        further: &mut Vec<Seconds>,
    ) -> Seconds {
        if let Some(cron) = rule.cron() {
            let mut starts = cron.instants(self.date, self.zone).into_iter().map(|start| start.at);
            let first = starts.next().unwrap_or_else(|| self.at(Offset::ZERO));
            further.extend(starts.take(INSTANCES_MAX).map(|at| seconds(origin, at)));
            return seconds(origin, first);
        }
        let start = self.at(of.start);
        if let Some(recurrence) = &of.recurrence {
            let repeat = recurrence.resolve(|offset| self.at(offset));
            let times = repeat.planned(start, of.estimated_minutes).into_iter();
            further.extend(times.map(|at| seconds(origin, at)));
        }
        seconds(origin, start)
    }

    /// A distance from an offset, on the local clock: both together as one offset, which may be longer than offsets are.
    pub fn after(&self, offset: Offset, distance: Offset) -> Timestamp {
        let minutes = offset.minutes() + distance.minutes();
        Offset::from_minutes(minutes)
            .map_or_else(|| self.instant(self.local(minutes)), |both| self.at(both))
    }

    fn local(&self, offset_minutes: u32) -> DateTime {
        let minutes = i64::from(self.start.minutes() + offset_minutes);
        self.date.to_datetime(Time::midnight()).saturating_add(SignedDuration::from_mins(minutes))
    }

    fn instant(&self, local: DateTime) -> Timestamp {
        self.zone.first_instant(local).unwrap_or(Timestamp::MAX)
    }
}

/// An instant in seconds from the origin of a plan.
pub(super) fn seconds(origin: Timestamp, at: Timestamp) -> Seconds {
    let seconds = at.as_second().saturating_sub(origin.as_second());
    Seconds(i32::try_from(seconds).unwrap_or(i32::MAX))
}
