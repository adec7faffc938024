//! A JSON object on each line for each row.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::Printer;
use super::rows::{Row, What};

pub(super) struct Lines<W> {
    out: W,
}

/// A row.
#[derive(Serialize)]
struct Line<'r> {
    what: What,
    /// The date of the schedule.
    date: String,
    /// When it is expected to start, in UTC; null for what waits for ever or does not run.
    expected_start: Option<String>,
    time_zone: &'r str,
    schedule: &'r str,
    job: &'r str,
    frequency: Option<&'r str>,
    why: &'r str,
    further: bool,
    latest_start: Option<String>,
    expected_end: Option<String>,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out }
    }

    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        let utc = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let line = Line {
            what: row.what,
            date: row.date.to_string(),
            expected_start: utc(row.start),
            time_zone: row.zone.name(),
            schedule: &row.schedule,
            job: &row.job,
            frequency: row.frequency,
            why: &row.why,
            further: row.is_further,
            latest_start: utc(row.latest_start),
            expected_end: utc(row.expected_end),
        };
        serde_json::to_writer(&mut self.out, &line)?;
        self.out.write_all(b"\n")
    }
}

impl<W: Write> Printer for Lines<W> {
    fn day(&mut self, rows: &[Row<'_>]) -> io::Result<()> {
        rows.iter().try_for_each(|row| self.row(row))
    }

    fn end(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}
