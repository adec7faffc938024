//! A rule with the days of a schedule, ready to be asked: the evaluation order of `opcon-domain 1.4.2`.

use std::sync::Arc;

use jiff::civil::Date;

use super::candidates::{Candidates, Edge};
use super::outcome::{Adjusted, DropReason, Dropped, Forecast, Occurrence, Why};
use super::shift::{Days, Search, Shift, offset};
use super::{Cron, Rule};
use crate::calendar::{DateSet, DayNumber, Period, SEARCH_DAYS_MAX, WorkingDays};

/// A rule with the working days of a schedule and the calendar that it names.
///
/// Immutable and cheap to ask, about a date as about a stretch of time: jobs of one schedule that use
/// the same frequency share it. It knows dates from 1900 to 9998 and qualifies for no others.
#[derive(Debug, Clone)]
pub struct Compiled {
    candidates: Candidates,
    shift: Shift,
    working: Arc<WorkingDays>,
    /// Dates on which nothing runs.
    negative: Option<Arc<DateSet>>,
}

/// Where a candidate has come to.
#[derive(Debug, Clone, Copy)]
struct Place {
    day: DayNumber,
    candidate: DayNumber,
    adjusted: Adjusted,
    offset: i8,
}

impl Compiled {
    /// The rule with the days of a schedule.
    ///
    /// `calendar` is the calendar of [`Rule::calendar`]; a rule whose plan is missing has no dates.
    /// `alternate_odd_even_weeks` is the server option of that name: odd and even weeks then alternate
    /// strictly, instead of beginning anew each year. A rule with a mistake that [`Rule::check`]
    /// reports is evaluated as far as it makes sense.
    pub fn new(
        rule: &Rule,
        working: Arc<WorkingDays>,
        calendar: Option<Arc<DateSet>>,
        alternate_odd_even_weeks: bool,
    ) -> Self {
        let candidates = Candidates::new(rule, calendar.as_ref(), alternate_odd_even_weeks);
        let is_negative = !matches!(rule, Rule::AnnualPlan(_));
        let negative = calendar.filter(|dates| is_negative && !dates.is_empty());
        Self { candidates, shift: Shift::of(rule), working, negative }
    }

    /// The cron pattern, which has times of day too.
    pub fn cron(&self) -> Option<&Cron> {
        match &self.candidates {
            Candidates::Cron(cron) => Some(cron),
            _ => None,
        }
    }

    /// Whether the rule qualifies for the date, and why or why not.
    pub fn on(&self, date: Date) -> Result<Occurrence, Why> {
        let day = DayNumber::from(date);
        let mut found: Option<Place> = None;
        let mut why = Why::NotNamed;
        self.each(day, day, |candidate, placed| match placed {
            Ok(place) if place.day == day => {
                found = Some(found.filter(|_| candidate != day).unwrap_or(place));
            }
            Ok(place) if candidate == day => why = Why::Moved(place.day.date()),
            Err(reason) if candidate == day => why = Why::Dropped(reason),
            Ok(_) | Err(_) => {}
        });
        found.map(Occurrence::from).ok_or(why)
    }

    /// What the rule says about the dates from `first` to `last`, both included.
    pub fn between(&self, first: Date, last: Date) -> Forecast {
        let days = DayNumber::from(first)..=DayNumber::from(last);
        let mut places: Vec<Place> = Vec::new();
        let mut dropped = Vec::new();
        self.each(*days.start(), *days.end(), |candidate, placed| match placed {
            Ok(place) if days.contains(&place.day) => places.push(place),
            Err(why) if days.contains(&candidate) => {
                dropped.push(Dropped { candidate: candidate.date(), why });
            }
            Ok(_) | Err(_) => {}
        });
        // Several candidates on one date are one run; the date itself is the best reason.
        places.sort_by_key(|place| (place.day, place.candidate != place.day, place.candidate));
        places.dedup_by_key(|place| place.day);
        Forecast { occurrences: places.into_iter().map(Occurrence::from).collect(), dropped }
    }

    fn days(&self) -> Days<'_> {
        Days { working: &self.working, negative: self.negative.as_deref() }
    }

    /// Calls `each` with every candidate that can come to a date from `first` to `last`, and with what
    /// becomes of it. There are others among them.
    fn each(
        &self,
        first: DayNumber,
        last: DayNumber,
        mut each: impl FnMut(DayNumber, Result<Place, DropReason>),
    ) {
        let (first, last) = (first.max(DayNumber::FIRST), last.min(DayNumber::LAST));
        if last < first {
            return;
        }
        let (from, to) = self.reach(first, last);
        let mut search = Search::new(self.days());
        self.candidates.each(&self.working, from, to, |candidate| {
            each(candidate, self.place(candidate, &mut search));
        });
    }

    /// From when to when a candidate must be to come to a date from `first` to `last`.
    fn reach(&self, first: DayNumber, last: DayNumber) -> (DayNumber, DayNumber) {
        let (mut from, mut to) = match self.shift {
            Shift::Ignore | Shift::Keep | Shift::Drop | Shift::Within => (first, last),
            Shift::After => (self.days().start_of_closed_before(first), last),
            Shift::Before => (first, self.days().end_of_closed_after(last)),
        };
        match &self.candidates {
            // What begins or ends a period stays in it, or is moved by A/O/B/N alone.
            Candidates::Edge { period, .. } => {
                from = from.min(period.around(first).0);
                to = to.max(period.around(last).1);
            }
            Candidates::Plan { offset, .. } if *offset != 0 => {
                // What comes to the first date cannot be before the date that comes back from it.
                let all = (first.plus(-SEARCH_DAYS_MAX), last.plus(SEARCH_DAYS_MAX));
                let opposite = -i32::from(*offset);
                if opposite < 0 {
                    from = self::offset(&self.working, first, opposite, all).unwrap_or(all.0);
                } else {
                    to = self::offset(&self.working, last, opposite, all).unwrap_or(all.1);
                }
            }
            _ => {}
        }
        (from, to)
    }

    /// What becomes of a candidate.
    fn place(&self, candidate: DayNumber, search: &mut Search<'_>) -> Result<Place, DropReason> {
        match &self.candidates {
            Candidates::Edge { period, edge, offset } => {
                self.place_edge(candidate, *period, *edge, *offset, search)
            }
            Candidates::Plan { offset: days, .. } => {
                let all = (candidate.plus(-SEARCH_DAYS_MAX), candidate.plus(SEARCH_DAYS_MAX));
                let day = offset(&self.working, candidate, i32::from(*days), all);
                let day = day.ok_or(DropReason::NoWorkingDay)?;
                Ok(Place { day, candidate, adjusted: Adjusted::No, offset: *days })
            }
            _ if self.days().is_negative(candidate) => {
                Err(DropReason::InCalendar(candidate.date()))
            }
            _ => {
                let (day, adjusted) = self.adjust(candidate, search)?;
                Ok(Place { day, candidate, adjusted, offset: 0 })
            }
        }
    }

    /// A/O/B/N, then the offset, then the calendar (`opcon-domain 1.4.2`, step 2).
    fn place_edge(
        &self,
        candidate: DayNumber,
        period: Period,
        edge: Edge,
        days: i8,
        search: &mut Search<'_>,
    ) -> Result<Place, DropReason> {
        let of = period.around(candidate);
        let (day, adjusted) = match self.shift {
            Shift::Within if !self.working.is_working(candidate) => {
                let (day, adjusted) = match edge {
                    Edge::Begin => (self.working.nth(of.0, of.1, 1), Adjusted::After),
                    Edge::End => (self.working.nth_last(of.0, of.1, 1), Adjusted::Before),
                };
                (day.ok_or(DropReason::NoWorkingDay)?, adjusted)
            }
            _ => self.adjust(candidate, search)?,
        };
        let day = match days {
            0 => day,
            _ => {
                offset(&self.working, day, i32::from(days), of).ok_or(DropReason::OutsidePeriod)?
            }
        };
        if self.days().is_negative(day) {
            return Err(DropReason::InCalendar(day.date()));
        }
        Ok(Place { day, candidate, adjusted, offset: days })
    }

    /// A/O/B/N (`opcon-domain 1.4.2`, step 4).
    fn adjust(
        &self,
        day: DayNumber,
        search: &mut Search<'_>,
    ) -> Result<(DayNumber, Adjusted), DropReason> {
        if self.shift == Shift::Ignore || self.working.is_working(day) {
            return Ok((day, Adjusted::No));
        }
        match self.shift {
            Shift::Ignore | Shift::Keep | Shift::Within => Ok((day, Adjusted::Kept)),
            Shift::Drop => Err(DropReason::NotScheduled),
            Shift::After => {
                search.after(day).map(|to| (to, Adjusted::After)).ok_or(DropReason::NoWorkingDay)
            }
            Shift::Before => {
                search.before(day).map(|to| (to, Adjusted::Before)).ok_or(DropReason::NoWorkingDay)
            }
        }
    }
}

impl From<Place> for Occurrence {
    fn from(place: Place) -> Self {
        let Place { day, candidate, adjusted, offset } = place;
        Self { date: day.date(), candidate: candidate.date(), adjusted, offset }
    }
}
