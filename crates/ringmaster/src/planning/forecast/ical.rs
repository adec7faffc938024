//! An iCalendar file (RFC 5545), an event for each run. The crates for it bring a second library for time
//! (`docs/decisions/0001-jiff.md`), and what is written here is six properties.

use std::io::{self, Write};

use jiff::Timestamp;

use super::Printer;
use super::rows::Row;

/// Longest line without its break, in bytes (RFC 5545, 3.1).
const LINE_BYTES_MAX: usize = 75;

pub(super) struct Calendar<W> {
    out: W,
    has_head: bool,
}

impl<W: Write> Calendar<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, has_head: false }
    }

    fn head(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.has_head, true) {
            return Ok(());
        }
        for (name, value) in [
            ("BEGIN", "VCALENDAR"),
            ("VERSION", "2.0"),
            ("PRODID", "-//Ringmaster//forecast//EN"),
            ("CALSCALE", "GREGORIAN"),
        ] {
            self.line(name, value)?;
        }
        Ok(())
    }

    /// A property, in lines of the length that is allowed; a line that begins with a blank continues the one before.
    fn line(&mut self, name: &str, value: &str) -> io::Result<()> {
        let text = format!("{name}:{value}");
        let mut rest = text.as_str();
        let mut room = LINE_BYTES_MAX;
        while rest.len() > room {
            let (line, after) = rest.split_at(rest.floor_char_boundary(room));
            write!(self.out, "{line}\r\n ")?;
            (rest, room) = (after, LINE_BYTES_MAX - 1);
        }
        write!(self.out, "{rest}\r\n")
    }
}

impl<W: Write> Printer for Calendar<W> {
    fn run(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.head()?;
        let (schedule, job) = (row.schedule(), row.job());
        // The same run has the same id in every forecast, so that a calendar program updates it.
        let uid =
            format!("{}/{schedule}/{job}/{}@ringmaster", row.plan.date, row.start.as_second());
        self.line("BEGIN", "VEVENT")?;
        self.line("UID", &text(&uid))?;
        self.line("DTSTAMP", &utc(row.start))?;
        self.line("DTSTART", &utc(row.start))?;
        // An event without an end is a moment; an end must lie after the start.
        let end = row.plan.expected_end(row.daily);
        if let Some(end) =
            end.filter(|end| !row.is_further && end.as_second() > row.start.as_second())
        {
            self.line("DTEND", &utc(end))?;
        }
        self.line("SUMMARY", &text(&format!("{job} ({schedule})")))?;
        self.line("DESCRIPTION", &text(&format!("{}: {}", row.frequency(), row.why())))?;
        self.line("END", "VEVENT")
    }

    fn end(mut self: Box<Self>) -> io::Result<()> {
        self.head()?;
        self.line("END", "VCALENDAR")?;
        self.out.flush()
    }
}

/// A text with the signs that have a meaning escaped (RFC 5545, 3.3.11).
fn text(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for sign in value.chars() {
        match sign {
            '\\' | ';' | ',' => text.extend(['\\', sign]),
            '\n' => text.push_str("\\n"),
            sign if sign.is_control() => {}
            sign => text.push(sign),
        }
    }
    text
}

fn utc(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}
