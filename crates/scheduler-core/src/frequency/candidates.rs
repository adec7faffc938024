//! The dates that a rule names by itself, before anything moves or drops them (`opcon-domain 1.4.1`,
//! step 1 of 1.4.2).

use std::sync::Arc;

use super::{Cron, DayType, OnIntervals, PeriodEdge, Rule, Weeks};
use crate::calendar::{DateSet, DayNumber, Period, Weekdays, WorkingDays};

/// The first Sunday of January 1900, the vendor's year for "every year": with the server option
/// *Alternate Odd and Even Weeks* weeks are odd and even by turns from here on, whatever the year.
const FIRST_ODD_WEEK: DayNumber = DayNumber::ymd(1900, 1, 7);

/// Days to each side of the middle of a period among which each day of the week is nearest.
const HALF_WEEK_DAYS: i32 = 3;

/// A rule, prepared to be asked for dates.
#[derive(Debug, Clone)]
pub(super) enum Candidates {
    Weeks {
        days: Weekdays,
        weeks: Turn,
    },
    Occurrence {
        days: Weekdays,
        occurrence: i32,
        period: Period,
    },
    DayOfMonth(i32),
    WorkingDayOfMonth(i32),
    DaysOfMonth(u32),
    Every {
        start: DayNumber,
        every: i32,
        restart: bool,
    },
    Date(DayNumber),
    Yearly {
        month: i32,
        day: i32,
    },
    Plan {
        dates: Arc<DateSet>,
        offset: i8,
    },
    Edge {
        period: Period,
        edge: Edge,
        offset: i8,
    },
    Middle {
        period: Period,
        days: Weekdays,
    },
    Cron(Cron),
    /// A rule with a mistake that its check reports.
    Never,
}

/// Which weeks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Turn {
    All,
    /// Odd or even ones in the count that begins anew each year.
    OfYear {
        is_odd: bool,
    },
    /// Every other week, without regard to years.
    Alternate {
        is_odd: bool,
    },
}

/// One of the two ends of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Begin,
    End,
}

impl Candidates {
    pub(super) fn new(rule: &Rule, calendar: Option<&Arc<DateSet>>, alternate: bool) -> Self {
        let weeks = |weeks: &Weeks, turn| Self::Weeks { days: weeks.days, weeks: turn };
        let turn =
            |is_odd| if alternate { Turn::Alternate { is_odd } } else { Turn::OfYear { is_odd } };
        let edge = |rule: &PeriodEdge, edge| {
            let PeriodEdge { period, offset, .. } = *rule;
            Self::Edge { period, edge, offset }
        };
        match rule {
            Rule::AllWeeks(rule) => weeks(rule, Turn::All),
            Rule::OddWeeks(rule) => weeks(rule, turn(true)),
            Rule::EvenWeeks(rule) => weeks(rule, turn(false)),
            Rule::OnOccurrence(rule) => Self::Occurrence {
                days: rule.days,
                occurrence: i32::from(rule.occurrence),
                period: rule.period,
            },
            Rule::OnDay(rule) => match rule.day_type {
                DayType::Any => Self::DayOfMonth(i32::from(rule.day)),
                DayType::Working => Self::WorkingDayOfMonth(i32::from(rule.day)),
            },
            Rule::OnIntervals(rule) => Self::intervals(rule),
            Rule::OnRequest(rule) if rule.every_year => {
                let (_, month, day) = DayNumber::from(rule.date.0).parts();
                Self::Yearly { month, day }
            }
            Rule::OnRequest(rule) => Self::Date(rule.date.0.into()),
            Rule::AnnualPlan(rule) => {
                Self::Plan { dates: calendar.cloned().unwrap_or_default(), offset: rule.offset }
            }
            Rule::BeginOfPeriod(rule) => edge(rule, Edge::Begin),
            Rule::EndOfPeriod(rule) => edge(rule, Edge::End),
            Rule::MidOfPeriod(rule) => Self::Middle { period: rule.period, days: rule.days },
            Rule::Cron(rule) => Self::Cron(rule.pattern.clone()),
        }
    }

    fn intervals(rule: &OnIntervals) -> Self {
        match (rule.start, rule.every) {
            (None, None) => {
                let days = rule.days.iter().filter(|day| (1..=31).contains(*day));
                Self::DaysOfMonth(days.fold(0, |set, day| set | 1 << day))
            }
            (Some(start), Some(every @ 1..)) if rule.days.is_empty() => Self::Every {
                start: start.0.into(),
                every: i32::from(every),
                restart: rule.restart_each_year,
            },
            (_, _) => Self::Never,
        }
    }

    /// Calls `each` with the candidates from `first` to `last`, in order.
    pub(super) fn each(
        &self,
        working: &WorkingDays,
        first: DayNumber,
        last: DayNumber,
        mut each: impl FnMut(DayNumber),
    ) {
        match self {
            // Few and far between: days are not walked.
            Self::Edge { period, edge, .. } => {
                let mut of = period.around(first);
                while of.0 <= last {
                    let day = edge.of(of);
                    if first <= day && day <= last {
                        each(day);
                    }
                    of = period.around(of.1.plus(1));
                }
            }
            Self::Plan { dates, .. } => dates.range(first, last).iter().copied().for_each(each),
            Self::Date(date) => {
                let is_in = |day: &DayNumber| first <= *day && *day <= last;
                Some(*date).filter(is_in).into_iter().for_each(each);
            }
            Self::Never => {}
            _ => first.to(last).filter(|day| self.names(working, *day)).for_each(each),
        }
    }

    /// Whether the rule names the date.
    fn names(&self, working: &WorkingDays, day: DayNumber) -> bool {
        match self {
            Self::Weeks { days, weeks } => days.has(day) && weeks.has(day),
            Self::Occurrence { days, occurrence, period } => {
                days.has(day) && day.since(period.around(day).0) / 7 + 1 == *occurrence
            }
            Self::DayOfMonth(number) => day.parts().2 == *number,
            Self::WorkingDayOfMonth(number) => {
                let (year, month, of_month) = day.parts();
                // The count is asked last: it costs most.
                of_month >= *number
                    && working.is_working(day)
                    && working.count(DayNumber::ymd(year, month, 1), day) == *number
            }
            Self::DaysOfMonth(days) => days >> day.parts().2 & 1 != 0,
            Self::Every { start, every, restart } => {
                let from = if *restart { restart_in_year_of(*start, day) } else { *start };
                *start <= day && from <= day && day.since(from) % every == 0
            }
            Self::Date(date) => day == *date,
            Self::Yearly { month, day: of_month } => {
                let (_, month_here, day_here) = day.parts();
                (month_here, day_here) == (*month, *of_month)
            }
            Self::Plan { dates, .. } => dates.contains(day),
            Self::Edge { period, edge, .. } => edge.of(period.around(day)) == day,
            Self::Middle { period, days } => {
                let distance = day.since(middle(period.around(day)));
                if days.is_empty() {
                    distance == 0
                } else {
                    distance.abs() <= HALF_WEEK_DAYS && days.has(day)
                }
            }
            Self::Cron(cron) => cron.is_on(day),
            Self::Never => false,
        }
    }
}

impl Turn {
    fn has(self, day: DayNumber) -> bool {
        match self {
            Self::All => true,
            Self::OfYear { is_odd } => {
                let sunday = day.plus(-day.days_from_sunday());
                // A week belongs to the year in which it begins. So the days before the first Sunday
                // of January are in the last week of the year before.
                let (new_year, _) = Period::Year.around(sunday);
                (sunday.since(new_year) / 7 % 2 == 0) == is_odd
            }
            Self::Alternate { is_odd } => {
                (day.since(FIRST_ODD_WEEK).div_euclid(7) % 2 == 0) == is_odd
            }
        }
    }
}

impl Edge {
    pub(super) fn of(self, (first, last): (DayNumber, DayNumber)) -> DayNumber {
        match self {
            Self::Begin => first,
            Self::End => last,
        }
    }
}

/// The middle of a period: the day with as many days before it as after it; of two such days, in a
/// period with an even number of them, the earlier. The vendor says "divided in half".
fn middle((first, last): (DayNumber, DayNumber)) -> DayNumber {
    first.plus(last.since(first) / 2)
}

/// The day from which intervals are counted in the year of `day`. A start on 29 February is 1 March in
/// other years.
fn restart_in_year_of(start: DayNumber, day: DayNumber) -> DayNumber {
    let (_, month, of_month) = start.parts();
    DayNumber::ymd(day.parts().0, month, of_month)
}
