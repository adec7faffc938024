//! What tokens may be made of, as Markdown for the reference in the documents.

use std::fmt::Write as _;

use super::context::Regional;
use super::date_format::{ALONE, DateFormat, LETTERS, Moment, NAMED, UPPER};
use super::date_offset::{OffsetUnit, UNITS};
use super::scope::Scope;

/// The scopes: how a token of each is written in short and in full, and what it is.
pub fn scopes_table() -> String {
    let mut out = String::from("| written as | in full | is |\n|---|---|---|\n");
    for scope in Scope::ALL {
        let short = match scope {
            Scope::Global => "`[[NAME]]`, `[[OI.NAME]]`".to_owned(),
            scope => format!("`[[{}.NAME]]`", scope.prefix()),
        };
        let qualifiers: String =
            scope.qualifiers().iter().map(|qualifier| format!(".{qualifier}")).collect();
        let full = if qualifiers.is_empty() {
            String::new()
        } else {
            format!("`[[{}.NAME{qualifiers}]]`", scope.prefix())
        };
        let is = match scope {
            Scope::ResourceMaximum => "units of a resource, all of them",
            Scope::ResourceInUse => "units of a resource that are in use",
            Scope::Threshold => "value of a threshold",
            scope => scope.noun(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "| {short} | {full} | {is} |");
    }
    out.push_str("| | `[[RI.installation.…]]` | any of these, of a remote installation |\n");
    out
}

/// The formats of dates and times, with what they make of a moment.
pub fn date_formats_table(moment: &Moment) -> String {
    let mut out = String::from("| format | prints |\n|---|---|\n");
    let letters = LETTERS.iter().chain(&UPPER).map(|(letters, _)| *letters);
    let alone = ALONE.iter().map(|(letter, _, _)| *letter);
    let named = NAMED.iter().map(|(name, _)| *name);
    for format in letters.chain(alone).chain(named) {
        let printed = DateFormat::parse(format)
            .map_or_else(|bad| bad.to_string(), |read| read.print(moment, &Regional::default()));
        let _ = writeln!(out, "| `{format}` | {printed} |");
    }
    out
}

/// The units of offsets.
pub fn offset_units_table() -> String {
    let mut out = String::from("| unit | |\n|---|---|\n");
    for (name, unit) in UNITS {
        let is = match unit {
            OffsetUnit::Year => "years; 29 February becomes 28 February where there is none",
            OffsetUnit::Quarter => "quarters of a year, as three months each",
            OffsetUnit::Month => "months; the day becomes the last of a month that is too short",
            OffsetUnit::EndOfMonth => {
                "ends of months: `+1` is the end of this month, `+2` of the next, `-1` of the one before"
            }
            OffsetUnit::Week => "weeks",
            OffsetUnit::Day => "days; without a unit, too",
            OffsetUnit::WorkingDay => {
                "working days of the schedule: `+1` is the first one after the date, `-1` the last one before"
            }
            OffsetUnit::Hour => "hours that pass, whatever the clocks do",
            OffsetUnit::Minute => "minutes",
            OffsetUnit::Second => "seconds",
        };
        let _ = writeln!(out, "| `{name}` | {is} |");
    }
    out
}
