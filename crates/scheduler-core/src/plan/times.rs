//! The times of a day's jobs as instants.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};

use super::Seconds;
use crate::frequency::Compiled;
use crate::job::{Recurrence, RestartFrom};
use crate::model::JobUse;
use crate::time::{Offset, TimeOfDay, Zone};

/// Further runs of one job and day that are planned at most.
const FURTHER_MAX: usize = 1_440;

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
        let is_shown = zone.local(first) == times.local(Offset::ZERO);
        times.plain = (is_shown && !zone.changes_between(first, last)).then_some(first);
        times
    }

    /// An offset from the schedule's start on the local clock: the first instant at which the clock has reached it.
    pub fn at(&self, offset: Offset) -> Timestamp {
        match self.plain {
            Some(start) => later(start, offset.minutes()),
            None => self.instant(self.local(offset)),
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
            further.extend(starts.take(FURTHER_MAX).map(|at| seconds(origin, at)));
            return seconds(origin, first);
        }
        let start = self.at(of.start);
        if let Some(recurrence) = &of.recurrence {
            self.recurrence(recurrence, of, start, |at| further.push(seconds(origin, at)));
        }
        seconds(origin, start)
    }

    fn recurrence(
        &self,
        recurrence: &Recurrence,
        of: &JobUse,
        start: Timestamp,
        further: impl FnMut(Timestamp),
    ) {
        match recurrence {
            Recurrence::RecurringInstances(instances) => {
                let mut times: Vec<Timestamp> =
                    instances.times.iter().map(|time| self.at(*time)).take(FURTHER_MAX).collect();
                times.sort_unstable();
                // Two local times in one gap are one instant, and one run.
                times.dedup();
                times.into_iter().for_each(further);
            }
            Recurrence::RestartOffset(restart) => {
                let run = match restart.from {
                    RestartFrom::Start => 0,
                    RestartFrom::End => u32::from(of.estimated_minutes),
                };
                let step = (u32::from(restart.minutes) + run).max(1);
                let runs = restart
                    .number_of_runs
                    .map_or(FURTHER_MAX, |runs| usize::from(runs).saturating_sub(1));
                let latest = restart.latest_run.map(|latest| self.at(latest));
                let times = (1..).map(|run: u32| later(start, step.saturating_mul(run)));
                let times = times.take_while(|time| latest.is_none_or(|latest| *time <= latest));
                times.take(runs.min(FURTHER_MAX)).for_each(further);
            }
        }
    }

    fn local(&self, offset: Offset) -> DateTime {
        let minutes = i64::from(self.start.minutes() + offset.minutes());
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

/// So many minutes later; at the end of time no later.
pub(super) fn later(from: Timestamp, minutes: u32) -> Timestamp {
    from.saturating_add(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(Timestamp::MAX)
}
