//! A JSON object on each line for each run.

use std::io::{self, Write};

use serde::Serialize;

use super::Printer;
use super::rows::Row;

pub(super) struct Lines<W> {
    out: W,
}

/// A run.
#[derive(Serialize)]
struct Run<'r> {
    /// The date of the schedule.
    date: String,
    /// When it is expected to start, in UTC.
    expected_start: String,
    time_zone: &'r str,
    schedule: String,
    job: String,
    frequency: &'r str,
    why: String,
    further: bool,
    latest_start: Option<String>,
    expected_end: Option<String>,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Printer for Lines<W> {
    fn run(&mut self, row: &Row<'_>) -> io::Result<()> {
        let run = Run {
            date: row.plan.date.to_string(),
            expected_start: row.start.to_string(),
            time_zone: row.zone(),
            schedule: row.schedule(),
            job: row.job(),
            frequency: row.frequency(),
            why: row.why(),
            further: row.is_further,
            latest_start: row.plan.latest_start(row.daily).map(|time| time.to_string()),
            expected_end: row.plan.expected_end(row.daily).map(|time| time.to_string()),
        };
        serde_json::to_writer(&mut self.out, &run)?;
        self.out.write_all(b"\n")
    }

    fn end(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}
