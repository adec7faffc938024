//! Tables of dates that a person can check in a calendar, and an oracle that is written differently:
//! lists of days, walked.

mod advanced;
mod definition;
mod oracle;
mod random;
mod tables;

use std::sync::Arc;

use jiff::civil::Date;

use super::*;
use crate::calendar::{DateSet, Weekdays, WorkingDays};

/// A rule as a definition writes it, in JSON.
fn rule(text: &str) -> Rule {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn date_of(text: &str) -> Date {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn dates(list: &[&str]) -> DateSet {
    list.iter().map(|text| date_of(text)).collect()
}

/// A rule in a schedule that works from Monday to Friday but on these days.
fn compiled(text: &str, holidays: &[&str], calendar: Option<&[&str]>) -> Compiled {
    let working = WorkingDays::new(Weekdays::MON_TO_FRI, [&dates(holidays)]);
    Compiled::new(&rule(text), Arc::new(working), calendar.map(|list| Arc::new(dates(list))), false)
}

/// The dates of a stretch, without the year.
fn shown(rule: &Compiled, from: &str, to: &str) -> String {
    let forecast = rule.between(date_of(from), date_of(to));
    let dates = forecast.occurrences.iter().map(|occurrence| occurrence.date);
    dates.map(|date| date.strftime("%m-%d").to_string()).collect::<Vec<_>>().join(" ")
}

/// What the rule says about one date, in words.
fn said(rule: &Compiled, date: &str) -> String {
    match rule.on(date_of(date)) {
        Ok(occurrence) => occurrence.to_string(),
        Err(why) => format!("not: {why}"),
    }
}
