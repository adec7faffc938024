//! What moves a date: A/O/B/N and offsets. Here stand the decisions where the sources contradict each
//! other.

use super::{Aobn, DayType, PeriodEdge, Rule};
use crate::calendar::{DateSet, DayNumber, SEARCH_DAYS_MAX, WorkingDays};

/// What happens to a candidate on a non-working day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    /// It stays; non-working days are not looked at.
    Ignore,
    /// It stays, though it is a non-working day.
    Keep,
    /// To the first working day after it.
    After,
    /// To the first working day before it.
    Before,
    /// It is dropped.
    Drop,
    /// To the first (or last) working day of its own period.
    Within,
}

impl Shift {
    /// The decision of `opcon-domain 1.4.2`.
    ///
    /// The vendor's page contradicts itself:
    /// * *On Day* and *On Intervals* are said to apply A/O/B/N "if the day type is Any", while Any is
    ///   said to force *On*. Any forces *On* everywhere; *On Intervals* moves dates when the day type
    ///   is Working; *On Day* never moves: a counted working day is one by construction.
    /// * *Beginning* and *End of Period* with Working are said to be the first and last **working** day
    ///   of the period, and also to be moved by A/O/B/N. After, Before and Not Scheduled apply to the
    ///   first and last day of the calendar; *On*, the default, is the date as it is defined, and so
    ///   the first or last working day within the period.
    /// * An offset forces the direction of A/O/B/N; with Any it counts from the day of the calendar.
    pub(super) fn of(rule: &Rule) -> Self {
        match rule {
            Rule::OnDay(_) | Rule::AnnualPlan(_) => return Self::Ignore,
            Rule::BeginOfPeriod(edge) | Rule::EndOfPeriod(edge) => return Self::of_edge(edge),
            Rule::AllWeeks(_)
            | Rule::OddWeeks(_)
            | Rule::EvenWeeks(_)
            | Rule::OnOccurrence(_)
            | Rule::OnIntervals(_)
            | Rule::OnRequest(_)
            | Rule::MidOfPeriod(_)
            | Rule::Cron(_) => {}
        }
        match (rule.day_type(), rule.aobn()) {
            (DayType::Any, _) => Self::Ignore,
            (DayType::Working, Aobn::After) => Self::After,
            (DayType::Working, Aobn::On) => Self::Keep,
            (DayType::Working, Aobn::Before) => Self::Before,
            (DayType::Working, Aobn::NotScheduled) => Self::Drop,
        }
    }

    /// [`Shift::of`] for the beginning and the end of a period.
    pub(super) fn of_edge(rule: &PeriodEdge) -> Self {
        match (rule.day_type, rule.offset, rule.aobn.unwrap_or(Aobn::On)) {
            (DayType::Any, ..) => Self::Ignore,
            (DayType::Working, ..0, _) | (DayType::Working, 0, Aobn::Before) => Self::Before,
            (DayType::Working, 1.., _) | (DayType::Working, 0, Aobn::After) => Self::After,
            (DayType::Working, 0, Aobn::On) => Self::Within,
            (DayType::Working, 0, Aobn::NotScheduled) => Self::Drop,
        }
    }
}

/// Days as A/O/B/N sees them: while it searches, the dates of a negative calendar count as holidays
/// too (`opcon-domain 1.4.2`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Days<'a> {
    pub(super) working: &'a WorkingDays,
    /// The calendar with dates on which nothing runs.
    pub(super) negative: Option<&'a DateSet>,
}

impl Days<'_> {
    pub(super) fn is_negative(self, day: DayNumber) -> bool {
        self.negative.is_some_and(|dates| dates.contains(day))
    }

    pub(super) fn is_free(self, day: DayNumber) -> bool {
        self.working.is_working(day) && !self.is_negative(day)
    }

    /// The first of the days in a row that are not free and end with the day before `day`; `day` when
    /// that one is free. At most [`SEARCH_DAYS_MAX`] days back.
    pub(super) fn start_of_closed_before(self, day: DayNumber) -> DayNumber {
        let days = day.plus(-SEARCH_DAYS_MAX).to(day.plus(-1)).rev();
        days.take_while(|day| !self.is_free(*day)).last().unwrap_or(day)
    }

    /// The last of the days in a row that are not free and begin with the day after `day`.
    pub(super) fn end_of_closed_after(self, day: DayNumber) -> DayNumber {
        let days = day.plus(1).to(day.plus(SEARCH_DAYS_MAX));
        days.take_while(|day| !self.is_free(*day)).last().unwrap_or(day)
    }
}

/// The search of A/O/B/N for one candidate after another, in their order. It looks at no day twice:
/// without that, a year without working days would be walked anew from each of its days.
#[derive(Debug)]
pub(super) struct Search<'a> {
    days: Days<'a>,
    /// The last answer: from which day, and which.
    last: Option<(DayNumber, Option<DayNumber>)>,
}

impl<'a> Search<'a> {
    pub(super) fn new(days: Days<'a>) -> Self {
        Self { days, last: None }
    }

    /// The first free day after `day`, at most [`SEARCH_DAYS_MAX`] days later. `day` is not free and
    /// not earlier than in the call before.
    pub(super) fn after(&mut self, day: DayNumber) -> Option<DayNumber> {
        let limit = day.plus(SEARCH_DAYS_MAX);
        let start = match self.last {
            // All days from `from` to before `to` are not free.
            Some((_, Some(to))) if day < to => return Some(to),
            Some((from, None)) => from.plus(SEARCH_DAYS_MAX + 1).max(day.plus(1)),
            Some(_) | None => day.plus(1),
        };
        let found = start.to(limit).find(|day| self.days.is_free(*day));
        self.last = Some((day, found));
        found
    }

    /// The last free day before `day`, at most [`SEARCH_DAYS_MAX`] days earlier. `day` is not free and
    /// not earlier than in the call before.
    pub(super) fn before(&mut self, day: DayNumber) -> Option<DayNumber> {
        let limit = day.plus(-SEARCH_DAYS_MAX);
        // What lies before the last `from` has been answered.
        let (start, known) = match self.last {
            Some((from, to)) => (from.max(limit), to),
            None => (limit, None),
        };
        let later = start.to(day.plus(-1)).rev().find(|day| self.days.is_free(*day));
        let found = later.or(known).filter(|found| *found >= limit);
        self.last = Some((day, found));
        found
    }
}

/// So many working days after the day, or before it for a negative number, at most [`SEARCH_DAYS_MAX`]
/// days away and within `first` to `last`.
///
/// Used for the offsets of periods and of the annual plan. The vendor calls both "working days": the
/// section *Offset Days* and the training's annual plan ("the next working day of the dates selected"),
/// though the plan's dates themselves ignore all holidays. Dates of a negative calendar are counted:
/// they are removed after the offset (`opcon-domain 1.4.2`).
pub(super) fn offset(
    working: &WorkingDays,
    day: DayNumber,
    days: i32,
    (first, last): (DayNumber, DayNumber),
) -> Option<DayNumber> {
    let n = days.abs();
    match days {
        0 => Some(day),
        1.. => working.nth(day.plus(1).max(first), last.min(day.plus(SEARCH_DAYS_MAX)), n),
        ..0 => working.nth_last(first.max(day.plus(-SEARCH_DAYS_MAX)), day.plus(-1).min(last), n),
    }
}
