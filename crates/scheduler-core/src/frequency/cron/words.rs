//! A cron pattern in words.

use jiff::civil::Time;

use super::Cron;
use super::parse::WEEKDAYS;
use crate::calendar::{DayOfWeek, MONTHS};
use crate::frequency::explain::{list, ordinal};

/// Most times of day that are listed one by one.
const TIMES_LISTED_MAX: usize = 8;

impl Cron {
    /// The pattern in words: `at 06:30 on Monday to Friday`.
    pub fn explain(&self) -> String {
        let mut text = self.times_in_words();
        let days = self.days_in_words();
        match days.as_str() {
            "" if self.0.hours.len() < 24 => text.push_str(" every day"),
            "" => {}
            days => text = format!("{text} {days}"),
        }
        if self.0.months.count_ones() < 12 {
            let months: Vec<i8> =
                (1..=12).filter(|month| self.0.months >> month & 1 != 0).collect();
            let name = |month: i8| MONTHS[usize::try_from(month - 1).unwrap_or(0) % 12].to_owned();
            text = format!("{text} in {}", list(&runs(&months, &name)));
        }
        text
    }

    fn times_in_words(&self) -> String {
        let (minutes, hours) = (&self.0.minutes, &self.0.hours);
        if self.0.times_count() <= TIMES_LISTED_MAX && hours.len() < 24 {
            let times: Vec<String> =
                self.times().map(|time: Time| time.strftime("%H:%M").to_string()).collect();
            return format!("at {}", list(&times));
        }
        let number = |number: i8| number.to_string();
        let minutes = match (minutes.len(), runs(minutes, &number)) {
            (60, _) => "every minute".to_owned(),
            (1, runs) => format!("at minute {}", list(&runs)),
            (_, runs) => format!("at minutes {}", list(&runs)),
        };
        match (hours.len(), runs(hours, &number)) {
            (24, _) if self.0.minutes.len() == 60 => minutes,
            (24, _) => format!("{minutes} of every hour"),
            (1, runs) => format!("{minutes} of hour {}", list(&runs)),
            (_, runs) => format!("{minutes} of hours {}", list(&runs)),
        }
    }

    /// Empty for every day.
    fn days_in_words(&self) -> String {
        let pattern = &self.0.pattern;
        let of_month = list(&self.days_of_month()).replace(" and ", " or ");
        let of_week = list(&self.days_of_week()).replace(" and ", " or ");
        match (pattern.is_dom_wildcard(), pattern.is_dow_wildcard()) {
            (true, true) => String::new(),
            (false, true) => format!("on {}", list(&self.days_of_month())),
            (true, false) => format!("on {}", list(&self.days_of_week())),
            (false, false) if pattern.matches_dom_and_dow() => {
                format!("on {of_month}, but only when it is {of_week},")
            }
            (false, false) => format!("on {of_month}, and on {},", list(&self.days_of_week())),
        }
    }

    fn days_of_month(&self) -> Vec<String> {
        let number = |number: i8| number.to_string();
        let plain = small(self.0.pattern.days.values());
        let mut words = match runs(&plain, &number) {
            runs if runs.is_empty() => vec![],
            runs if plain.len() == 1 => vec![format!("day {} of the month", list(&runs))],
            runs => vec![format!("days {} of the month", list(&runs))],
        };
        for item in self.0.fields.of_month.split(',') {
            match item.strip_suffix('W') {
                Some("L") => {
                    words.push("the last weekday (Monday to Friday) of the month".to_owned());
                }
                Some(day) => {
                    words.push(format!("the weekday (Monday to Friday) nearest to day {day}"));
                }
                None if item == "L" => words.push("the last day of the month".to_owned()),
                None => {}
            }
        }
        words
    }

    fn days_of_week(&self) -> Vec<String> {
        let name = |day: i8| DayOfWeek::from_sunday(i32::from(day)).name().to_owned();
        let mut words = runs(&small(self.0.pattern.days_of_week.values()), &name);
        for item in self.0.fields.of_week.split(',') {
            if let Some((day, nth)) = item.split_once('#') {
                let nth =
                    if nth == "L" { "last".to_owned() } else { ordinal(nth.parse().unwrap_or(0)) };
                words.push(format!("the {nth} {} of the month", weekday(day)));
            } else if let Some(day) = item.strip_suffix('L') {
                words.push(format!("the last {} of the month", weekday(day)));
            }
        }
        words
    }
}

/// The English name of a day that is written as a number or with three letters.
fn weekday(text: &str) -> &'static str {
    let named =
        WEEKDAYS.iter().position(|name| *name == text).and_then(|at| i32::try_from(at).ok());
    DayOfWeek::from_sunday(named.or_else(|| text.parse().ok()).unwrap_or(0)).name()
}

fn small(values: Vec<u16>) -> Vec<i8> {
    values.into_iter().filter_map(|value| i8::try_from(value).ok()).collect()
}

/// The numbers in words, three and more in a row as `first to last`.
fn runs(numbers: &[i8], word: &dyn Fn(i8) -> String) -> Vec<String> {
    let rows = numbers.chunk_by(|a, b| a + 1 == *b);
    rows.flat_map(|row| match row {
        [first, _, .., last] => vec![format!("{} to {}", word(*first), word(*last))],
        few => few.iter().map(|number| word(*number)).collect(),
    })
    .collect()
}
