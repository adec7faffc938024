//! From the text of a cron pattern to its parts. croner reads the fields; what it would take without
//! meaning it (names in the wrong field, empty items, seconds) is refused before.

use core_kit::nearest;
use core_kit::text::shown;
use croner::CronPattern;
use croner::parser::{CronParser, Seconds, Year};

use super::{Cron, Parsed};
use crate::calendar::{DayNumber, month_number};

/// Short forms and what they stand for.
const SHORT: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * SUN"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

pub(super) const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Years that are tried whether a pattern ever matches. All 14 kinds of years are among them.
const TRIED: (DayNumber, DayNumber) = (DayNumber::ymd(2000, 1, 1), DayNumber::ymd(2027, 12, 31));

/// The fields of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
}

const FIELDS: [Field; 5] =
    [Field::Minute, Field::Hour, Field::DayOfMonth, Field::Month, Field::DayOfWeek];

/// The two fields of days as they are written, in capitals and without `+`.
pub(super) struct DayFields {
    pub(super) of_month: String,
    pub(super) of_week: String,
}

impl Field {
    const fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        }
    }

    const fn range(self) -> &'static str {
        match self {
            Self::Minute => "0 to 59",
            Self::Hour => "0 to 23",
            Self::DayOfMonth => "1 to 31, L, LW or 15W",
            Self::Month => "1 to 12 or JAN to DEC",
            Self::DayOfWeek => "0 to 7, SUN to SAT, 5L or MON#1",
        }
    }

    /// Whether letters that stand together mean something in this field.
    fn knows(self, letters: &str) -> bool {
        match self {
            Self::Minute | Self::Hour => false,
            Self::DayOfMonth => ["L", "W", "LW"].contains(&letters),
            Self::Month => month_number(letters).is_some(),
            Self::DayOfWeek => {
                WEEKDAYS.contains(&letters.strip_suffix('L').unwrap_or(letters)) || letters == "L"
            }
        }
    }

    /// Why an item of the list in this field has no meaning.
    fn fault(self, item: &str) -> Option<&'static str> {
        if item.is_empty() {
            return Some("an item of the list is missing");
        }
        if !item.chars().all(|c| c.is_ascii_alphanumeric() || "*-/#".contains(c)) {
            return Some("it has a sign that is not known here");
        }
        let mut words = item.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
        if !words.all(|word| self.knows(word)) {
            return Some("it has a word that is not known here");
        }
        let is_special = item.contains('#')
            || match self {
                Self::DayOfMonth => item.contains(['L', 'W']),
                Self::DayOfWeek => item.ends_with('L'),
                Self::Minute | Self::Hour | Self::Month => false,
            };
        if is_special && item.contains(['-', '/']) {
            return Some("L, W and # go with a single day");
        }
        if self == Self::DayOfWeek && item == "L" {
            return Some("L needs a day, such as 5L for the last Friday");
        }
        None
    }
}

pub(super) fn parse(text: &str) -> Result<Parsed, String> {
    if text.chars().nth(Cron::CHARS_MAX).is_some() {
        return Err(format!("has more than {} characters", Cron::CHARS_MAX));
    }
    let text = text.trim();
    let long = if text.starts_with('@') { short_form(text)? } else { text };
    let long = long.to_ascii_uppercase();
    let fields: Vec<&str> = long.split_ascii_whitespace().collect();
    let &[minute, hour, of_month, month, of_week] = fields.as_slice() else {
        return Err(count_fault(fields.len()));
    };
    let is_and = of_week.starts_with('+') || both_must_match(of_month, of_week);
    let of_week = of_week.strip_prefix('+').unwrap_or(of_week);
    let fields = [minute, hour, of_month, month, of_week];
    for (field, written) in FIELDS.into_iter().zip(fields) {
        check(field, written)?;
    }
    let mut pattern = read(fields, is_and)?;
    // One byte for each of 5,000 years, which we do not ask for.
    drop(std::mem::take(&mut pattern.years));
    let small = |values: Vec<u16>| values.into_iter().filter_map(|value| i8::try_from(value).ok());
    let parsed = Parsed {
        text: text.to_owned(),
        fields: DayFields { of_month: of_month.to_owned(), of_week: of_week.to_owned() },
        minutes: small(pattern.minutes.values()).collect(),
        hours: small(pattern.hours.values()).collect(),
        months: pattern.months.values().into_iter().fold(0, |set, month| set | 1 << month),
        pattern,
    };
    match parsed.next_day(TRIED.0, TRIED.1) {
        Some(_) => Ok(parsed),
        None => Err("never comes: no year has such a date".to_owned()),
    }
}

fn short_form(text: &str) -> Result<&'static str, String> {
    if text.eq_ignore_ascii_case("@reboot") {
        return Err("names no time".to_owned());
    }
    let found = SHORT.iter().find(|(short, _)| text.eq_ignore_ascii_case(short));
    found.map(|(_, long)| *long).ok_or_else(|| {
        let known = SHORT.map(|(short, _)| short);
        match nearest(text, known) {
            Some(near) => format!("is not known, did you mean {near}?"),
            None => format!("is not known, use one of {}", known.join(" ")),
        }
    })
}

fn count_fault(count: usize) -> String {
    let more = if count > 5 { ": seconds and years are not supported" } else { "" };
    let plural = if count == 1 { "" } else { "s" };
    format!("has {count} field{plural}{more}")
}

/// Whether a date must match both fields, as in `crontab(5)`: when one begins with a star without being
/// just that. (`*/2` is every odd day of the month; together with MON, Mondays among them.)
fn both_must_match(of_month: &str, of_week: &str) -> bool {
    let is_star = |field: &str| field.starts_with('*') && field.len() > 1;
    is_star(of_month) || is_star(of_week)
}

fn check(field: Field, written: &str) -> Result<(), String> {
    let fault = |why: &str| {
        let name = field.name();
        format!("has the {name} `{}`: {why} ({})", shown(written), field.range())
    };
    if written == "?" && matches!(field, Field::DayOfMonth | Field::DayOfWeek) {
        return Ok(());
    }
    if field == Field::DayOfMonth
        && written.contains("LW")
        && written.split(',').any(|item| item == "L")
    {
        return Err(fault("L and LW exclude each other"));
    }
    match written.split(',').find_map(|item| field.fault(item)) {
        Some(why) => Err(fault(why)),
        None => Ok(()),
    }
}

/// Reads the fields; an error names the first wrong one.
fn read(fields: [&str; 5], is_and: bool) -> Result<CronPattern, String> {
    // Seconds and a year are given because croner is ten times as quick with one year as with all.
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .dom_and_dow(is_and)
        .build();
    let parse = |fields: [&str; 5]| parser.parse(&format!("0 {} 2000", fields.join(" ")));
    let error = match parse(fields) {
        Ok(cron) => return Ok(cron.pattern),
        Err(error) => error,
    };
    for (index, (field, written)) in FIELDS.into_iter().zip(fields).enumerate() {
        let mut alone = ["*"; 5];
        alone[index] = written;
        if let Err(error) = parse(alone) {
            let why = sentence(&error.to_string());
            let name = field.name();
            return Err(format!("has the {name} `{}`: {why} ({})", shown(written), field.range()));
        }
    }
    Err(sentence(&error.to_string()))
}

/// An error of croner in our form: without its kind, the capital and the full stop.
fn sentence(error: &str) -> String {
    let (_, why) = error.split_once(": ").unwrap_or(("", error));
    let mut chars = why.trim_end_matches('.').chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
