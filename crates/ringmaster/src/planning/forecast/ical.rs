//! An iCalendar file (RFC 5545), an event for each run. The crates for it bring a second library for time
//! (`docs/decisions/0001-jiff.md`), and what is written here is six properties.

use std::io::{self, Write};

use jiff::Timestamp;

use super::Printer;
use super::rows::{Row, What};

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

    fn run(&mut self, row: &Row<'_>, start: Timestamp) -> io::Result<()> {
        // The same run has the same id in every forecast, whatever it is expected to wait for, so that a calendar program
        // updates it.
        self.uid(row, &row.planned.unwrap_or(start).as_second().to_string())?;
        self.line("DTSTAMP", &utc(start))?;
        self.line("DTSTART", &utc(start))?;
        // An event without an end is a moment; an end must lie after the start.
        let end = row.expected_end.filter(|_| !row.is_further);
        match end.filter(|end| end.as_second() > start.as_second()) {
            Some(end) => self.line("DTEND", &utc(end)),
            None => Ok(()),
        }
    }

    /// What does not run is a cancelled event of the whole date, which takes no time.
    fn cancelled(&mut self, row: &Row<'_>) -> io::Result<()> {
        let date = row.date.strftime("%Y%m%d").to_string();
        self.uid(row, &format!("{}/{}", row.what.word(), row.frequency.unwrap_or("-")))?;
        self.line("DTSTAMP", &format!("{date}T000000Z"))?;
        self.line("DTSTART;VALUE=DATE", &date)?;
        self.line("STATUS", "CANCELLED")?;
        self.line("TRANSP", "TRANSPARENT")
    }

    fn uid(&mut self, row: &Row<'_>, last: &str) -> io::Result<()> {
        let Row { date, schedule, job, .. } = row;
        self.line("UID", &text(&format!("{date}/{schedule}/{job}/{last}@ringmaster")))
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

    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.head()?;
        self.line("BEGIN", "VEVENT")?;
        match row.start.or(row.planned) {
            Some(start) => self.run(row, start)?,
            None => self.cancelled(row)?,
        }
        if row.what == What::Waits {
            self.line("STATUS", "TENTATIVE")?;
        }
        self.line("SUMMARY", &text(&format!("{} ({})", row.job, row.schedule)))?;
        let frequency = row.frequency.map_or_else(String::new, |name| format!("{name}: "));
        self.line("DESCRIPTION", &text(&format!("{frequency}{}", row.shown_why())))?;
        self.line("END", "VEVENT")
    }
}

impl<W: Write> Printer for Calendar<W> {
    fn day(&mut self, rows: &[Row<'_>]) -> io::Result<()> {
        rows.iter().try_for_each(|row| self.row(row))
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
