//! A rule in words, for people who check whether it is what they meant.

use super::shift::Shift;
use super::{
    Advanced, AnnualPlan, DayType, MidOfPeriod, OnDay, OnIntervals, OnOccurrence, OnRequest,
    PeriodEdge, Rule, Weeks,
};
use crate::calendar::{DateSpan, DayNumber, MONTHS, Period, Weekdays};

/// Most dates that a list of dates shows.
const DATES_SHOWN_MAX: usize = 12;

impl Rule {
    /// The rule in English sentences, with everything that moves or drops its dates.
    ///
    /// `zone` is the name of the schedule's time zone. `alternate_odd_even_weeks` is the server option
    /// of that name.
    pub fn explain(&self, zone: &str, alternate_odd_even_weeks: bool) -> String {
        let mut sentences = vec![capital(&self.dates(alternate_odd_even_weeks))];
        sentences.extend(self.non_working_days().map(str::to_owned));
        if let Some(calendar) = self.calendar().filter(|_| !matches!(self, Self::AnnualPlan(_))) {
            let so = match Shift::of(self) {
                Shift::After | Shift::Before => {
                    ", which are passed over like holidays when a date is moved"
                }
                Shift::Ignore | Shift::Keep | Shift::Drop | Shift::Within => "",
            };
            sentences.push(format!("Nothing runs on the dates of calendar `{calendar}`{so}"));
        }
        sentences.push(match self {
            Self::Cron(_) => format!(
                "Dates and times are those of time zone {zone}; a time that the clocks skip comes when \
                 they have gone forward, a time that they show twice comes once, the first time"
            ),
            _ => format!("Dates are those of time zone {zone}"),
        });
        sentences.join(". ") + "."
    }

    /// The dates that the rule names.
    fn dates(&self, alternate: bool) -> String {
        match self {
            Self::AllWeeks(rule) => format!("on {} of every week", days(rule.days)),
            Self::OddWeeks(rule) => weeks(rule, "odd", "first", alternate),
            Self::EvenWeeks(rule) => weeks(rule, "even", "second", alternate),
            Self::OnOccurrence(rule) => occurrence(rule),
            Self::OnDay(rule) => on_day(rule),
            Self::OnIntervals(rule) => intervals(rule),
            Self::OnRequest(rule) => request(rule),
            Self::AnnualPlan(rule) => annual_plan(rule),
            Self::BeginOfPeriod(rule) => edge(rule, "first"),
            Self::EndOfPeriod(rule) => edge(rule, "last"),
            Self::MidOfPeriod(rule) => middle(rule),
            Self::Cron(rule) => rule.pattern.explain(),
        }
    }

    /// What happens on non-working days, unless the dates have said it.
    fn non_working_days(&self) -> Option<&'static str> {
        let is_said = match self {
            Self::OnDay(_) | Self::AnnualPlan(_) => true,
            Self::BeginOfPeriod(rule) | Self::EndOfPeriod(rule) => rule.offset != 0,
            _ => false,
        };
        if is_said {
            return None;
        }
        match Shift::of(self) {
            Shift::Ignore => Some("Non-working days are ignored"),
            Shift::Keep => Some("A date on a non-working day is kept"),
            Shift::After => {
                Some("A date on a non-working day moves to the first working day after it")
            }
            Shift::Before => {
                Some("A date on a non-working day moves to the first working day before it")
            }
            Shift::Drop => Some("A date on a non-working day is left out"),
            Shift::Within => None,
        }
    }
}

impl Advanced {
    /// The settings in English sentences; empty for none.
    pub fn explain(&self) -> String {
        let mut sentences = Vec::new();
        match (self.start, self.end) {
            (Some(start), Some(end)) => sentences.push(format!("Only from {start} to {end}")),
            (Some(start), None) => sentences.push(format!("Only from {start} on")),
            (None, Some(end)) => sentences.push(format!("Only until {end}")),
            (None, None) => {}
        }
        if !self.exclude.is_empty() {
            sentences.push(format!("Not on {}", dates(&self.exclude)));
        }
        if !self.exclude_months.is_empty() {
            let months: Vec<String> =
                self.exclude_months.iter().map(|month| month.name().to_owned()).collect();
            sentences.push(format!("Not in {}", list(&months)));
        }
        if !self.include.is_empty() {
            sentences.push(format!("In any case on {}", dates(&self.include)));
        }
        sentences.iter().map(|sentence| format!("{sentence}.")).collect::<Vec<_>>().join(" ")
    }
}

fn dates(spans: &[DateSpan]) -> String {
    let mut words: Vec<String> =
        spans.iter().take(DATES_SHOWN_MAX).map(ToString::to_string).collect();
    if let Some(more) = spans.len().checked_sub(DATES_SHOWN_MAX).filter(|more| *more > 0) {
        words.push(format!("{more} more"));
    }
    list(&words)
}

fn weeks(rule: &Weeks, which: &str, sunday: &str, alternate: bool) -> String {
    let how = if alternate {
        "weeks are odd and even by turns, from Sunday 7 January 1900 on".to_owned()
    } else {
        format!("the first of a year begins with the {sunday} Sunday of January")
    };
    format!("on {} of {which} weeks ({how})", days(rule.days))
}

fn occurrence(rule: &OnOccurrence) -> String {
    let nth = ordinal(u32::from(rule.occurrence));
    let each: Vec<String> =
        rule.days.iter().map(|day| format!("the {nth} {}", day.name())).collect();
    format!("on {} of each {}", list(&each), rule.period.name())
}

fn on_day(rule: &OnDay) -> String {
    match rule.day_type {
        DayType::Working => {
            format!("on the {} working day of each month", ordinal(u32::from(rule.day)))
        }
        DayType::Any => format!(
            "on the {} of each month{}, working day or not",
            ordinal(u32::from(rule.day)),
            if rule.day > 28 { " that has one" } else { "" }
        ),
    }
}

fn intervals(rule: &OnIntervals) -> String {
    match (rule.start, rule.every) {
        (Some(start), Some(every)) => {
            let interval = match every {
                1 => "every day".to_owned(),
                every => format!("every {every} days"),
            };
            let (_, month, day) = DayNumber::from(start.0).parts();
            if rule.restart_each_year {
                format!(
                    "{interval} from {start} on, counted anew in each year from {} to 31 December",
                    day_and_month(day, month)
                )
            } else {
                format!("{interval} from {start} on")
            }
        }
        (_, _) => {
            let mut days = rule.days.clone();
            days.sort_unstable();
            days.dedup();
            let days: Vec<String> = days.into_iter().map(|day| ordinal(u32::from(day))).collect();
            format!("on the {} of each month", list(&days))
        }
    }
}

fn request(rule: &OnRequest) -> String {
    if !rule.every_year {
        return format!("on {}", super::outcome::day(rule.date.0));
    }
    let (_, month, day) = DayNumber::from(rule.date.0).parts();
    let year = if (month, day) == (2, 29) { "each leap year" } else { "each year" };
    format!("on {} of {year}", day_and_month(day, month))
}

fn annual_plan(rule: &AnnualPlan) -> String {
    match rule.offset {
        0 => format!("on the dates of calendar `{}`, working days or not", rule.calendar),
        offset => format!("{} each date of calendar `{}`", away(offset), rule.calendar),
    }
}

fn edge(rule: &PeriodEdge, which: &str) -> String {
    let period = rule.period.name();
    let week = if rule.period == Period::Week { " (Sunday to Saturday)" } else { "" };
    let is_working = match Shift::of_edge(rule) {
        Shift::Ignore => false,
        Shift::Within => true,
        // Offsets count from a working day; without one the sentence about A/O/B/N follows.
        Shift::After | Shift::Before | Shift::Keep | Shift::Drop => rule.offset != 0,
    };
    let day = if is_working { "working day" } else { "day" };
    match rule.offset {
        0 => format!("on the {which} {day} of each {period}{week}"),
        offset => format!(
            "{} the {which} {day} of each {period}{week}, if that is in the same {period}",
            away(offset)
        ),
    }
}

fn middle(rule: &MidOfPeriod) -> String {
    let period = rule.period.name();
    if rule.days.is_empty() {
        return format!("on the day in the middle of each {period}");
    }
    format!("on the {} nearest to the middle of each {period}", days(rule.days))
}

fn day_and_month(day: i32, month: i32) -> String {
    let name = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index));
    format!("{day} {}", name.unwrap_or(&""))
}

fn days(days: Weekdays) -> String {
    if days == Weekdays::ALL {
        return "every day".to_owned();
    }
    list(&days.iter().map(|day| day.name().to_owned()).collect::<Vec<_>>())
}

/// `2 working days after`, `1 working day before`.
fn away(offset: i8) -> String {
    let side = if offset > 0 { "after" } else { "before" };
    format!("{} {side}", working_days(offset))
}

/// `then 2 working days on`, `then 1 working day back`.
pub(super) fn offset(offset: i8) -> String {
    let side = if offset > 0 { "on" } else { "back" };
    format!("then {} {side}", working_days(offset))
}

fn working_days(offset: i8) -> String {
    let plural = if offset.unsigned_abs() == 1 { "" } else { "s" };
    format!("{} working day{plural}", offset.unsigned_abs())
}

/// `a`, `a and b`, `a, b and c`; `no day` for none.
pub(super) fn list(words: &[String]) -> String {
    match words {
        [] => "no day".to_owned(),
        [one] => one.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}

/// `1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`.
pub(super) fn ordinal(number: u32) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
