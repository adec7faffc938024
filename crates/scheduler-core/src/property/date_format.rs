//! Date formats: the letters of Visual Basic, as the vendor's managed properties use them
//! (`opcon-domain 1.9`).

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::context::Regional;
use super::limits::DATE_FORMAT_CHARS_MAX;
use crate::calendar::{DayOfWeek, MONTHS};
use crate::time::Zone;

/// A local date and time with the instant it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    local: DateTime,
    at: Timestamp,
    utc_offset_minutes: i64,
}

impl Moment {
    /// What the clocks of `zone` show at an instant.
    pub fn of_instant(at: Timestamp, zone: &Zone) -> Self {
        Self::with(zone.local(at), at, zone)
    }

    /// A local date and time, by the one rule of [`core_kit::zone`]; none at the ends of time.
    pub fn of_local(local: DateTime, zone: &Zone) -> Option<Self> {
        zone.first_instant(local).map(|at| Self::with(local, at, zone))
    }

    /// The beginning of a day.
    pub fn of_day(day: Date, zone: &Zone) -> Option<Self> {
        Self::of_local(day.at(0, 0, 0, 0), zone)
    }

    fn with(local: DateTime, at: Timestamp, zone: &Zone) -> Self {
        let utc = TimeZone::UTC.to_datetime(at);
        let seconds = zone.local(at).duration_since(utc).as_secs();
        Self { local, at, utc_offset_minutes: seconds.div_euclid(60) }
    }

    /// The local date and time.
    pub fn local(&self) -> DateTime {
        self.local
    }
}

/// Why a text is no date format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadFormat(String);

/// What one run of letters stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    Day(Width),
    Month(Width),
    Year {
        digits: u8,
    },
    Hour {
        is_padded: bool,
    },
    Minute {
        is_padded: bool,
    },
    Second {
        is_padded: bool,
    },
    /// `w`, from 1 on Sunday.
    Weekday,
    /// `ww`.
    Week,
    Quarter,
    DayOfYear {
        is_padded: bool,
    },
    /// `#####`.
    Serial,
    HalfDay(HalfDay),
    OffsetHours,
    OffsetMinutes,
    Regional(Pattern),
    /// Universal time, as one of the fixed patterns.
    Utc(Pattern),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Plain,
    Padded,
    Short,
    Full,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HalfDay {
    Upper,
    Lower,
    UpperLetter,
    LowerLetter,
}

/// Patterns that stand for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    ShortDate,
    LongDate,
    ShortTime,
    LongTime,
    /// Date, and time unless it is midnight.
    Sparing,
    Rfc1123,
    Sortable,
    LongDateLongTime,
}

/// A date format that has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    items: Vec<Piece>,
    is_twelve_hours: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Item(Item),
}

/// Formats that have a name, and what they stand for. *General Date* always has a time: a time stamp
/// that loses it at midnight helps nobody.
pub(super) const NAMED: [(&str, &str); 7] = [
    ("General Date", "ddddd ttttt"),
    ("Long Date", "dddddd"),
    ("Medium Date", "dd-mmm-yy"),
    ("Short Date", "ddddd"),
    ("Long Time", "ttttt"),
    ("Medium Time", "hh:nn AM/PM"),
    ("Short Time", "tttt"),
];

/// Letters that are a format only when they stand alone.
pub(super) const ALONE: [(&str, &[Item], &str); 11] = [
    ("c", &[Item::Regional(Pattern::Sparing)], ""),
    ("f", &[Item::Regional(Pattern::LongDate), Item::Regional(Pattern::ShortTime)], " "),
    ("F", &[Item::Regional(Pattern::LongDate), Item::Regional(Pattern::LongTime)], " "),
    ("g", &[Item::Regional(Pattern::ShortDate), Item::Regional(Pattern::ShortTime)], " "),
    ("G", &[Item::Regional(Pattern::ShortDate), Item::Regional(Pattern::LongTime)], " "),
    ("t", &[Item::Regional(Pattern::ShortTime)], ""),
    ("T", &[Item::Regional(Pattern::LongTime)], ""),
    ("r", &[Item::Utc(Pattern::Rfc1123)], ""),
    ("R", &[Item::Utc(Pattern::Rfc1123)], ""),
    ("u", &[Item::Utc(Pattern::Sortable)], ""),
    ("U", &[Item::Utc(Pattern::LongDateLongTime)], ""),
];

/// Runs of letters, longest first among those that begin alike; case counts where it says so.
pub(super) const LETTERS: [(&str, Item); 30] = [
    ("dddddd", Item::Regional(Pattern::LongDate)),
    ("ddddd", Item::Regional(Pattern::ShortDate)),
    ("dddd", Item::Day(Width::Full)),
    ("ddd", Item::Day(Width::Short)),
    ("dd", Item::Day(Width::Padded)),
    ("d", Item::Day(Width::Plain)),
    ("mmmm", Item::Month(Width::Full)),
    ("mmm", Item::Month(Width::Short)),
    ("mm", Item::Month(Width::Padded)),
    ("m", Item::Month(Width::Plain)),
    ("yyyy", Item::Year { digits: 4 }),
    ("yy", Item::Year { digits: 2 }),
    ("y", Item::DayOfYear { is_padded: false }),
    ("j", Item::DayOfYear { is_padded: true }),
    ("hh", Item::Hour { is_padded: true }),
    ("h", Item::Hour { is_padded: false }),
    ("nn", Item::Minute { is_padded: true }),
    ("n", Item::Minute { is_padded: false }),
    ("ss", Item::Second { is_padded: true }),
    ("s", Item::Second { is_padded: false }),
    ("q", Item::Quarter),
    ("ww", Item::Week),
    ("w", Item::Weekday),
    ("ttttt", Item::Regional(Pattern::LongTime)),
    ("tttt", Item::Regional(Pattern::ShortTime)),
    ("zzz", Item::OffsetMinutes),
    ("zz", Item::OffsetHours),
    ("#####", Item::Serial),
    ("am/pm", Item::HalfDay(HalfDay::Lower)),
    ("a/p", Item::HalfDay(HalfDay::LowerLetter)),
];

/// The half of the day in capitals: only here case counts, and these come before all others, because their letters are
/// others' too.
pub(super) const UPPER: [(&str, Item); 2] =
    [("AM/PM", Item::HalfDay(HalfDay::Upper)), ("A/P", Item::HalfDay(HalfDay::UpperLetter))];

impl DateFormat {
    /// Reads a format: letters, a predefined name (`Short Date`), quoted text (`"on "`), and `\` before
    /// a character that stands for itself. Other characters stand for themselves.
    ///
    /// # Errors
    /// Too long, empty, a quotation mark that is not closed, or a `\` at the end.
    pub fn parse(text: &str) -> Result<Self, BadFormat> {
        if text.chars().nth(DATE_FORMAT_CHARS_MAX).is_some() {
            let why = format!("a date format has at most {DATE_FORMAT_CHARS_MAX} characters");
            return Err(BadFormat(why));
        }
        let text = text.trim();
        if text.is_empty() {
            return Err(BadFormat(
                "the date format is empty, use one such as yyyy-mm-dd".to_owned(),
            ));
        }
        if let Some((_, items, gap)) = ALONE.iter().find(|(letter, _, _)| *letter == text) {
            return Ok(Self::alone(items, gap));
        }
        let named = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        Self::letters(named.map_or(text, |(_, format)| format))
    }

    fn alone(items: &[Item], gap: &str) -> Self {
        let pieces: Vec<Vec<Piece>> = items.iter().map(|item| vec![Piece::Item(*item)]).collect();
        let items = pieces.join(&Piece::Literal(gap.to_owned()));
        Self { items, is_twelve_hours: false }
    }

    fn letters(text: &str) -> Result<Self, BadFormat> {
        let mut items = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        let mut is_after_hour = false;
        while let Some(first) = rest.chars().next() {
            let after = &rest[first.len_utf8()..];
            if let Some((len, item)) = item_at(rest) {
                if !literal.is_empty() {
                    items.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                let item = minutes_after_hours(item, is_after_hour);
                is_after_hour = matches!(item, Item::Hour { .. });
                items.push(Piece::Item(item));
                rest = &rest[len..];
            } else if first == '"' {
                let end = after.find('"').ok_or_else(|| {
                    BadFormat(format!(
                        "the quotation mark in the date format `{text}` is not closed"
                    ))
                })?;
                literal.push_str(&after[..end]);
                rest = &after[end + 1..];
            } else if first == '\\' {
                let escaped = after
                    .chars()
                    .next()
                    .ok_or_else(|| BadFormat(format!("the date format `{text}` ends with `\\`")))?;
                literal.push(escaped);
                rest = &after[escaped.len_utf8()..];
            } else {
                literal.push(first);
                rest = after;
            }
        }
        if !literal.is_empty() {
            items.push(Piece::Literal(literal));
        }
        let is_twelve_hours =
            items.iter().any(|piece| matches!(piece, Piece::Item(Item::HalfDay(_))));
        Ok(Self { items, is_twelve_hours })
    }

    /// Whether it uses the formats of the installation (`ddddd`, `Long Time`), which therefore cannot
    /// be made of it.
    pub(crate) fn is_regional(&self) -> bool {
        let is_regional =
            |piece: &Piece| matches!(piece, Piece::Item(Item::Regional(_) | Item::Utc(_)));
        self.items.iter().any(is_regional)
    }

    /// The text of a moment.
    pub fn print(&self, moment: &Moment, regional: &Regional) -> String {
        let mut out = String::new();
        self.print_into(&mut out, moment, regional);
        out
    }

    fn print_into(&self, out: &mut String, moment: &Moment, regional: &Regional) {
        for piece in &self.items {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Item(item) => self.print_item(out, *item, moment, regional),
            }
        }
    }

    fn print_item(&self, out: &mut String, item: Item, moment: &Moment, regional: &Regional) {
        let (local, date) = (moment.local, moment.local.date());
        let number = |out: &mut String, value: i64, digits: usize| {
            // Writing to a String cannot fail.
            let _ = write!(out, "{value:0digits$}");
        };
        let padded = |is_padded: bool| if is_padded { 2 } else { 1 };
        match item {
            Item::Day(Width::Plain) => number(out, date.day().into(), 1),
            Item::Day(Width::Padded) => number(out, date.day().into(), 2),
            Item::Day(Width::Short) => out.push_str(&weekday(date)[..3]),
            Item::Day(Width::Full) => out.push_str(weekday(date)),
            Item::Month(Width::Plain) => number(out, date.month().into(), 1),
            Item::Month(Width::Padded) => number(out, date.month().into(), 2),
            Item::Month(Width::Short) => out.push_str(&month(date)[..3]),
            Item::Month(Width::Full) => out.push_str(month(date)),
            Item::Year { digits: 2 } => number(out, i64::from(date.year()).rem_euclid(100), 2),
            Item::Year { .. } => number(out, date.year().into(), 4),
            Item::Hour { is_padded } => number(out, self.hour(local), padded(is_padded)),
            Item::Minute { is_padded } => number(out, local.minute().into(), padded(is_padded)),
            Item::Second { is_padded } => number(out, local.second().into(), padded(is_padded)),
            Item::Weekday => number(out, date.weekday().to_sunday_one_offset().into(), 1),
            Item::Week => number(out, week_of_year(date), 1),
            Item::Quarter => number(out, i64::from((date.month() - 1) / 3 + 1), 1),
            Item::DayOfYear { is_padded } => {
                number(out, date.day_of_year().into(), if is_padded { 3 } else { 1 });
            }
            Item::Serial => number(out, serial(date), 1),
            Item::HalfDay(form) => out.push_str(half_day(form, local.hour() < 12)),
            Item::OffsetHours => {
                let _ = write!(out, "{:+03}", moment.utc_offset_minutes / 60);
            }
            Item::OffsetMinutes => print_offset(out, moment.utc_offset_minutes),
            Item::Regional(pattern) => print_pattern(out, pattern, moment, regional),
            Item::Utc(pattern) => {
                let utc = Moment::of_instant(moment.at, &Zone::utc());
                print_pattern(out, pattern, &utc, regional);
            }
        }
    }

    fn hour(&self, local: DateTime) -> i64 {
        let hour = i64::from(local.hour());
        match (self.is_twelve_hours, hour % 12) {
            (false, _) => hour,
            (true, 0) => 12,
            (true, hour) => hour,
        }
    }
}

/// The run of letters that `rest` begins with, and its length.
fn item_at(rest: &str) -> Option<(usize, Item)> {
    if let Some((letters, item)) = UPPER.iter().find(|(letters, _)| rest.starts_with(letters)) {
        return Some((letters.len(), *item));
    }
    LETTERS.iter().find_map(|(letters, item)| {
        let head = rest.get(..letters.len())?;
        head.eq_ignore_ascii_case(letters).then_some((letters.len(), *item))
    })
}

/// `m` and `mm` are minutes when the letters before them, signs aside, are hours: `hh:mm`, `hhmm`.
fn minutes_after_hours(item: Item, is_after_hour: bool) -> Item {
    match item {
        Item::Month(Width::Plain) if is_after_hour => Item::Minute { is_padded: false },
        Item::Month(Width::Padded) if is_after_hour => Item::Minute { is_padded: true },
        other => other,
    }
}

fn print_pattern(out: &mut String, pattern: Pattern, moment: &Moment, regional: &Regional) {
    let print = |out: &mut String, format: &DateFormat| format.print_into(out, moment, regional);
    match pattern {
        Pattern::ShortDate => print(out, regional.short_date()),
        Pattern::LongDate => print(out, regional.long_date()),
        Pattern::ShortTime => print(out, regional.short_time()),
        Pattern::LongTime => print(out, regional.long_time()),
        Pattern::LongDateLongTime => {
            print(out, regional.long_date());
            out.push(' ');
            print(out, regional.long_time());
        }
        Pattern::Sparing => {
            print(out, regional.short_date());
            if moment.local.time() != jiff::civil::Time::midnight() {
                out.push(' ');
                print(out, regional.long_time());
            }
        }
        Pattern::Rfc1123 => {
            let _ = write!(out, "{}", moment.local.strftime("%a, %d %b %Y %H:%M:%S GMT"));
        }
        Pattern::Sortable => {
            let _ = write!(out, "{}", moment.local.strftime("%Y-%m-%d %H:%M:%SZ"));
        }
    }
}

fn print_offset(out: &mut String, minutes: i64) {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.abs();
    let _ = write!(out, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
}

/// The marks of the halves of a day as Visual Basic writes them. The vendor's page describes them as
/// `a.m.` and `p.m.`, which is how it writes English; its letters are Visual Basic's.
fn half_day(form: HalfDay, is_morning: bool) -> &'static str {
    match (form, is_morning) {
        (HalfDay::Upper, true) => "AM",
        (HalfDay::Upper, false) => "PM",
        (HalfDay::Lower, true) => "am",
        (HalfDay::Lower, false) => "pm",
        (HalfDay::UpperLetter, true) => "A",
        (HalfDay::UpperLetter, false) => "P",
        (HalfDay::LowerLetter, true) => "a",
        (HalfDay::LowerLetter, false) => "p",
    }
}

fn weekday(date: Date) -> &'static str {
    DayOfWeek::from_sunday(date.weekday().to_sunday_zero_offset().into()).name()
}

fn month(date: Date) -> &'static str {
    MONTHS[usize::from(date.month().unsigned_abs() - 1) % 12]
}

/// The week of the year as Visual Basic counts: week 1 has 1 January, weeks begin on Sunday. A leap
/// year that begins on a Saturday has 54.
fn week_of_year(date: Date) -> i64 {
    let first = date.first_of_year().weekday().to_sunday_zero_offset();
    (i64::from(date.day_of_year()) - 1 + i64::from(first)) / 7 + 1
}

/// Days since 1900 as Microsoft counts them: 1 January 2000 is 36526. (Day 1 is 31 December 1899, so
/// that from March 1900 on it agrees with spreadsheets, for which 1900 was a leap year.)
pub(crate) fn serial(date: Date) -> i64 {
    let zero = Date::constant(1899, 12, 30);
    date.duration_since(zero).as_hours() / 24
}

#[cfg(test)]
#[path = "date_format_tests.rs"]
mod tests;
