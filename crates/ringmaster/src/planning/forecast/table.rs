//! A line for each row, in columns that are as wide as their widest name.

use std::io::{self, Write};

use scheduler_core::model::Model;

use super::rows::{Row, What};
use super::{Printer, Scope, names};
use crate::planning::report::count;

/// Names longer than this widen their own line only.
const COLUMN_CHARS_MAX: usize = 48;
/// Schedules that are named in the head.
const NAMES_MAX: usize = 8;

pub(super) struct Table<W> {
    out: W,
    head: Vec<String>,
    schedule: usize,
    job: usize,
    frequency: usize,
    /// The width of the column of time zones; none where all are the same.
    zone: Option<usize>,
    has_head: bool,
    runs: usize,
    waiting: usize,
    others: usize,
}

impl<W: Write> Table<W> {
    pub(super) fn new(model: &Model, scope: &Scope, out: W) -> Self {
        let longest = names::longest(model, scope);
        let width = |chars: usize| chars.clamp(9, COLUMN_CHARS_MAX);
        let zones: Vec<&str> = scope.tops(model).map(|(_, each)| each.zone.name()).collect();
        let is_one_zone = zones.iter().all(|zone| *zone == zones[0]);
        let mut head = Vec::new();
        if let (true, Some(zone)) = (is_one_zone, zones.first()) {
            head.push(format!("Times in {zone}."));
        }
        head.extend(by_hand(model, scope));
        Self {
            out,
            head,
            schedule: width(longest.schedule),
            job: width(longest.job),
            frequency: width(longest.frequency),
            zone: (!is_one_zone).then(|| zones.iter().map(|zone| zone.len()).max().unwrap_or(0)),
            has_head: false,
            runs: 0,
            waiting: 0,
            others: 0,
        }
    }

    fn line(&mut self, cells: [&str; 7]) -> io::Result<()> {
        let [date, start, zone, schedule, job, frequency, why] = cells;
        let zone = self.zone.map_or_else(String::new, |width| format!("{zone:<width$} "));
        let (of_schedule, of_job, of_frequency) = (self.schedule, self.job, self.frequency);
        writeln!(
            self.out,
            "{date:<14} {start:<7} {zone}{schedule:<of_schedule$} {job:<of_job$} {frequency:<of_frequency$} {why}"
        )
    }

    fn head(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.has_head, true) {
            return Ok(());
        }
        for line in &self.head {
            writeln!(self.out, "{line}")?;
        }
        if !self.head.is_empty() {
            writeln!(self.out)?;
        }
        self.line(["DATE", "START", "ZONE", "SCHEDULE", "JOB", "FREQUENCY", "WHY"])
    }
}

/// A forecast has schedules that are never built by themselves: whoever reads it must know.
fn by_hand(model: &Model, scope: &Scope) -> Option<String> {
    let names: Vec<&str> = scope
        .tops(model)
        .filter(|(_, schedule)| schedule.auto_build.is_none())
        .map(|(_, schedule)| schedule.name.as_str())
        .collect();
    let more = match names.len().saturating_sub(NAMES_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown = names.iter().take(NAMES_MAX).copied().collect::<Vec<_>>().join(", ");
    (!names.is_empty()).then(|| {
        format!("Built by hand or by an event only, having no `auto_build`: {shown}{more}.")
    })
}

impl<W: Write> Printer for Table<W> {
    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.head()?;
        match row.what {
            What::Run => self.runs += 1,
            What::Waits => self.waiting += 1,
            What::Dropped | What::TakenAway | What::Excluded => self.others += 1,
        }
        let date = row.date.strftime("%a %Y-%m-%d").to_string();
        self.line([
            &date,
            &row.shown_start(),
            row.zone.name(),
            &row.schedule,
            &row.job,
            row.frequency.unwrap_or("-"),
            &row.shown_why(),
        ])
    }

    fn end(mut self: Box<Self>) -> io::Result<()> {
        if self.has_head {
            let waiting = match self.waiting {
                0 => String::new(),
                waiting => format!(", {waiting} that will wait for ever"),
            };
            let others = match self.others {
                0 => String::new(),
                others => format!(", {others} dropped, taken away or excluded"),
            };
            writeln!(self.out, "\n{}{waiting}{others}", count(self.runs, "run"))?;
        } else {
            writeln!(self.out, "nothing is planned on these dates")?;
        }
        self.out.flush()
    }
}
