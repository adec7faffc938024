//! A line for each run, in columns that are as wide as their widest name.

use std::io::{self, Write};

use scheduler_core::model::Model;

use super::Printer;
use super::rows::Row;

/// Names longer than this widen their own line only.
const COLUMN_CHARS_MAX: usize = 40;

pub(super) struct Table<W> {
    out: W,
    schedule: usize,
    job: usize,
    frequency: usize,
    has_head: bool,
    runs: u64,
}

impl<W: Write> Table<W> {
    pub(super) fn new(model: &Model, out: W) -> Self {
        let width = |names: &mut dyn Iterator<Item = usize>| {
            names.max().unwrap_or(0).clamp(9, COLUMN_CHARS_MAX)
        };
        let chars = |name: &str| name.chars().count();
        Self {
            out,
            schedule: width(&mut model.schedule_names().map(chars)),
            job: width(&mut model.jobs().map(|(_, job)| chars(job.name.as_str()))),
            frequency: width(
                &mut model
                    .jobs()
                    .flat_map(|(id, _)| model.uses(id))
                    .map(|each| chars(each.frequency.as_str())),
            ),
            has_head: false,
            runs: 0,
        }
    }

    fn line(&mut self, cells: [&str; 6]) -> io::Result<()> {
        let [date, start, schedule, job, frequency, why] = cells;
        let (of_schedule, of_job, of_frequency) = (self.schedule, self.job, self.frequency);
        writeln!(
            self.out,
            "{date:<14} {start:<7} {schedule:<of_schedule$} {job:<of_job$} {frequency:<of_frequency$} {why}"
        )
    }
}

impl<W: Write> Printer for Table<W> {
    fn run(&mut self, row: &Row<'_>) -> io::Result<()> {
        if !self.has_head {
            self.line(["DATE", "START", "SCHEDULE", "JOB", "FREQUENCY", "WHY"])?;
            self.has_head = true;
        }
        self.runs += 1;
        let start = row.shown_start();
        let date = row.plan.date.strftime("%a %Y-%m-%d").to_string();
        self.line([&date, &start, &row.schedule(), &row.job(), row.frequency(), &row.why()])
    }

    fn end(mut self: Box<Self>) -> io::Result<()> {
        if self.runs == 0 {
            writeln!(self.out, "nothing is planned on these dates")?;
        }
        self.out.flush()
    }
}
