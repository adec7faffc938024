//! What rules should say, from lists of days that are walked one by one. Nothing of the code under test
//! is used but the types of definitions.

use std::collections::BTreeSet;

use jiff::Span;
use jiff::civil::{Date, Weekday, date};

use super::*;
use crate::calendar::{DayOfWeek, Period};

/// How far A/O/B/N and offsets reach.
const REACH: usize = 366;

/// A schedule's days around a year.
#[derive(Debug)]
pub(super) struct World {
    pub(super) days: Vec<Day>,
    pub(super) alternate: bool,
    has_calendar: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    pub(super) date: Date,
    working: bool,
    in_calendar: bool,
}

/// What becomes of a candidate: the place where it runs, or why it does not.
pub(super) type Fate = Result<usize, DropReason>;

impl World {
    pub(super) fn new(
        year: i16,
        week: Weekdays,
        holidays: &BTreeSet<Date>,
        calendar: Option<&BTreeSet<Date>>,
        alternate: bool,
    ) -> Self {
        let days = date(year - 3, 1, 1).series(Span::new().days(1));
        let days = days.take_while(|day| day.year() <= year + 3);
        let of_week: Vec<Weekday> = week.iter().map(weekday).collect();
        let days = days.map(|date| Day {
            date,
            working: of_week.contains(&date.weekday()) && !holidays.contains(&date),
            in_calendar: calendar.is_some_and(|dates| dates.contains(&date)),
        });
        Self { days: days.collect(), alternate, has_calendar: calendar.is_some() }
    }

    pub(super) fn at(&self, date: Date) -> usize {
        self.days.binary_search_by_key(&date, |day| day.date).unwrap()
    }

    /// The places of the days of each period.
    fn periods(&self, period: Period) -> Vec<Vec<usize>> {
        let mut periods: Vec<Vec<usize>> = vec![vec![]];
        for (at, day) in self.days.iter().enumerate() {
            let date = day.date;
            let begins = match period {
                Period::Week => date.weekday() == Weekday::Sunday,
                Period::Month => date.day() == 1,
                Period::Quarter => date.day() == 1 && [1, 4, 7, 10].contains(&date.month()),
                Period::Year => date.day() == 1 && date.month() == 1,
            };
            if begins {
                periods.push(vec![]);
            }
            periods.last_mut().unwrap().push(at);
        }
        periods
    }

    /// The places of the dates that the rule names.
    pub(super) fn candidates(&self, rule: &Rule) -> Vec<usize> {
        let mut found = match rule {
            Rule::AllWeeks(rule) => self.on_weekdays(rule.days, &|_| true),
            Rule::OddWeeks(rule) => self.weeks(rule.days, 1),
            Rule::EvenWeeks(rule) => self.weeks(rule.days, 0),
            Rule::OnOccurrence(rule) => self.occurrences(rule),
            Rule::OnDay(rule) => self.nth_days(rule),
            Rule::OnIntervals(rule) => self.intervals(rule),
            Rule::OnRequest(rule) => self.named(&|date| {
                let asked = rule.date.0;
                let is_day = (date.month(), date.day()) == (asked.month(), asked.day());
                is_day && (rule.every_year || date.year() == asked.year())
            }),
            Rule::AnnualPlan(_) => {
                (0..self.days.len()).filter(|at| self.days[*at].in_calendar).collect()
            }
            Rule::BeginOfPeriod(rule) => {
                self.periods(rule.period).iter().filter_map(|days| days.first()).copied().collect()
            }
            Rule::EndOfPeriod(rule) => {
                self.periods(rule.period).iter().filter_map(|days| days.last()).copied().collect()
            }
            Rule::MidOfPeriod(rule) => self.middles(rule),
            Rule::Cron(rule) => self.named(&|date| is_cron_day(rule.pattern.as_str(), date)),
        };
        found.sort_unstable();
        found
    }

    fn named(&self, is_named: &dyn Fn(Date) -> bool) -> Vec<usize> {
        (0..self.days.len()).filter(|at| is_named(self.days[*at].date)).collect()
    }

    fn on_weekdays(&self, days: Weekdays, is_in_week: &dyn Fn(usize) -> bool) -> Vec<usize> {
        let days: Vec<Weekday> = days.iter().map(weekday).collect();
        (0..self.days.len())
            .filter(|at| days.contains(&self.days[*at].date.weekday()) && is_in_week(*at))
            .collect()
    }

    /// Days in weeks whose number has that rest by two.
    fn weeks(&self, days: Weekdays, rest: i32) -> Vec<usize> {
        let mut numbers = Vec::new();
        // Sunday 4 January 2026 begins a first week, and the count without years agrees in that year.
        let mut number = 0;
        if self.alternate {
            let days = date(2026, 1, 4).until(self.days[0].date).unwrap().get_days();
            number = 1 + days.div_euclid(7);
        }
        for (at, day) in self.days.iter().enumerate() {
            if day.date.weekday() == Weekday::Sunday && at > 0 {
                let is_first = day.date.month() == 1 && day.date.day() <= 7;
                number = if is_first && !self.alternate { 1 } else { number + 1 };
            }
            numbers.push(number);
        }
        self.on_weekdays(days, &|at| numbers[at].rem_euclid(2) == rest)
    }

    fn occurrences(&self, rule: &OnOccurrence) -> Vec<usize> {
        let mut found = Vec::new();
        for period in self.periods(rule.period) {
            for day in rule.days.iter().map(weekday) {
                let all = period.iter().filter(|at| self.days[**at].date.weekday() == day);
                found.extend(all.skip(usize::from(rule.occurrence) - 1).take(1));
            }
        }
        found
    }

    fn nth_days(&self, rule: &OnDay) -> Vec<usize> {
        let counts = |at: &&usize| rule.day_type == DayType::Any || self.days[**at].working;
        self.periods(Period::Month)
            .iter()
            .filter_map(|days| days.iter().filter(counts).nth(usize::from(rule.day) - 1))
            .copied()
            .collect()
    }

    fn intervals(&self, rule: &OnIntervals) -> Vec<usize> {
        let (Some(start), Some(every)) = (rule.start, rule.every) else {
            return self.named(&|date| {
                rule.days.iter().any(|day| i16::from(*day) == i16::from(date.day()))
            });
        };
        let mut wait = 0;
        let mut found = Vec::new();
        // From the start, which may be before the world, day by day.
        let end = self.days.last().unwrap().date;
        for date in start.0.series(Span::new().days(1)).take_while(|date| *date <= end) {
            if rule.restart_each_year
                && (date.month(), date.day()) == (start.0.month(), start.0.day())
            {
                wait = 0;
            }
            let rests = rule.restart_each_year
                && date.year() > start.0.year()
                && (date.month(), date.day()) < (start.0.month(), start.0.day());
            if wait == 0 && !rests {
                found.extend(self.days.binary_search_by_key(&date, |day| day.date).ok());
                wait = every;
            }
            wait = wait.saturating_sub(1);
        }
        found
    }

    fn middles(&self, rule: &MidOfPeriod) -> Vec<usize> {
        let mut found = Vec::new();
        for period in self.periods(rule.period).iter().filter(|days| days.len() > 27) {
            let nearest = |is_asked: &dyn Fn(Weekday) -> bool| {
                let asked = period
                    .iter()
                    .enumerate()
                    .filter(|(_, at)| is_asked(self.days[**at].date.weekday()));
                asked
                    .min_by_key(|(index, _)| (2 * index).abs_diff(period.len() - 1))
                    .map(|(_, at)| *at)
            };
            if rule.days.is_empty() {
                found.extend(nearest(&|_| true));
            }
            found.extend(
                rule.days.iter().map(weekday).filter_map(|day| nearest(&|other| other == day)),
            );
        }
        found
    }

    /// What becomes of a candidate.
    pub(super) fn fate(&self, rule: &Rule, at: usize) -> Fate {
        match rule {
            Rule::AnnualPlan(rule) => {
                self.walk(at, rule.offset, 0..=self.days.len() - 1).ok_or(DropReason::NoWorkingDay)
            }
            Rule::BeginOfPeriod(edge) | Rule::EndOfPeriod(edge) => {
                let at = self.edge(rule, edge, at)?;
                if self.is_negative(at) {
                    return Err(DropReason::InCalendar(self.days[at].date));
                }
                Ok(at)
            }
            _ if self.is_negative(at) => Err(DropReason::InCalendar(self.days[at].date)),
            Rule::OnDay(_) => Ok(at),
            _ if rule.day_type() == DayType::Any => Ok(at),
            _ => self.aobn(rule.aobn(), at),
        }
    }

    fn is_negative(&self, at: usize) -> bool {
        self.has_calendar && self.days[at].in_calendar
    }

    fn aobn(&self, aobn: Aobn, at: usize) -> Fate {
        if self.days[at].working {
            return Ok(at);
        }
        let is_free = |at: &usize| self.days[*at].working && !self.days[*at].in_calendar;
        let to = match aobn {
            Aobn::On => Some(at),
            Aobn::NotScheduled => return Err(DropReason::NotScheduled),
            Aobn::After => (at + 1..self.days.len()).take(REACH).find(is_free),
            Aobn::Before => (0..at).rev().take(REACH).find(is_free),
        };
        to.ok_or(DropReason::NoWorkingDay)
    }

    fn edge(&self, rule: &Rule, edge: &PeriodEdge, at: usize) -> Fate {
        let period = self.periods(edge.period).into_iter().find(|days| days.contains(&at)).unwrap();
        let (first, last) = (period[0], *period.last().unwrap());
        let mut working = period.iter().filter(|at| self.days[**at].working);
        let from = match (edge.day_type, edge.offset) {
            (DayType::Any, _) => at,
            (DayType::Working, 0) if rule.aobn() == Aobn::On => {
                let is_end = matches!(rule, Rule::EndOfPeriod(_));
                let day = if is_end { working.next_back() } else { working.next() };
                return day.copied().ok_or(DropReason::NoWorkingDay);
            }
            (DayType::Working, 0) => return self.aobn(rule.aobn(), at),
            (DayType::Working, 1..) => self.aobn(Aobn::After, at)?,
            (DayType::Working, _) => self.aobn(Aobn::Before, at)?,
        };
        if edge.offset != 0 && !period.contains(&from) {
            return Err(DropReason::OutsidePeriod);
        }
        self.walk(from, edge.offset, first..=last).ok_or(DropReason::OutsidePeriod)
    }

    /// So many working days on or back, not beyond the ends.
    fn walk(&self, at: usize, days: i8, within: std::ops::RangeInclusive<usize>) -> Option<usize> {
        let mut left = i32::from(days).abs();
        let mut here = at;
        while left > 0 {
            here = if days > 0 { here + 1 } else { here.checked_sub(1)? };
            if !within.contains(&here) || here.abs_diff(at) > REACH {
                return None;
            }
            left -= i32::from(self.days[here].working);
        }
        Some(here)
    }
}

fn weekday(day: DayOfWeek) -> Weekday {
    match day {
        DayOfWeek::Sun => Weekday::Sunday,
        DayOfWeek::Mon => Weekday::Monday,
        DayOfWeek::Tue => Weekday::Tuesday,
        DayOfWeek::Wed => Weekday::Wednesday,
        DayOfWeek::Thu => Weekday::Thursday,
        DayOfWeek::Fri => Weekday::Friday,
        DayOfWeek::Sat => Weekday::Saturday,
    }
}

/// Whether a cron pattern of numbers, ranges, lists and steps names the date, as `crontab(5)` says.
pub(super) fn is_cron_day(pattern: &str, date: Date) -> bool {
    let fields: Vec<&str> = pattern.split(' ').collect();
    let number = |value: i8| i32::from(value);
    let of_week = i32::from(date.weekday().to_sunday_zero_offset());
    let of_month = field_has(fields[2], number(date.day()), 1, &|item| {
        let last = date.days_in_month();
        let weekdays = |from: i8, to: i8| {
            let days = (from.min(to)..=from.max(to))
                .filter_map(|day| Date::new(date.year(), date.month(), day).ok());
            days.filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
                .map(|day| number(day.day()))
                .collect::<Vec<_>>()
        };
        match item.strip_suffix('W') {
            Some("L") => weekdays(1, last).last().copied(),
            Some(day) => {
                let day: i8 = day.parse().unwrap();
                let distance = |other: &i32| ((other - number(day)).abs(), *other);
                (day <= last).then(|| weekdays(1, last).into_iter().min_by_key(distance)).flatten()
            }
            None => (item == "L").then_some(number(last)),
        }
    });
    let is_of_week = field_has(fields[4].trim_start_matches('+'), of_week, 0, &|item| {
        let (day, nth) = item.split_once('#').or(item.strip_suffix('L').map(|day| (day, "L")))?;
        let is_nth = match nth {
            "L" => date.day() > date.days_in_month() - 7,
            nth => (date.day() - 1) / 7 + 1 == nth.parse::<i8>().unwrap(),
        };
        (day.parse::<i32>().unwrap() % 7 == of_week && is_nth).then_some(of_week)
    }) || (of_week == 0
        && field_has(fields[4].trim_start_matches('+'), 7, 0, &|_| None));
    let is_month = field_has(fields[3], number(date.month()), 1, &|_| None);
    let is_either = !fields[2].starts_with('*') && !fields[4].starts_with(['*', '+']);
    is_month && if is_either { of_month || is_of_week } else { of_month && is_of_week }
}

fn field_has(field: &str, value: i32, from: i32, special: &dyn Fn(&str) -> Option<i32>) -> bool {
    field.split(',').any(|item| {
        let (range, step) = item.split_once('/').unwrap_or((item, "1"));
        let (low, high) = match range.split_once('-') {
            Some((low, high)) => (low.parse().unwrap(), high.parse().unwrap()),
            None if range == "*" => (from, i32::MAX),
            None => match range.parse() {
                Ok(one) => (one, one),
                Err(_) => return special(item) == Some(value),
            },
        };
        (low..=high).contains(&value) && (value - low) % step.parse::<i32>().unwrap() == 0
    })
}
