//! A line for each row, in columns that are as wide as their widest name.

use std::io::{self, Write};

use scheduler_core::model::Model;

use super::fold::{Fold, each, fold};
use super::rows::{Row, What};
use super::scope::Scope;
use super::{Printer, names};
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
    /// Whether each run has a line, also those of a job that repeats.
    is_each_run: bool,
    has_head: bool,
    runs: usize,
    waiting: usize,
    others: usize,
}

impl<W: Write> Table<W> {
    pub(super) fn new(model: &Model, scope: &Scope, is_each_run: bool, out: W) -> Self {
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
            is_each_run,
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

    fn fold(&mut self, fold: &Fold<'_, '_>) -> io::Result<()> {
        self.head()?;
        let row = fold.first();
        match row.what {
            What::Run => self.runs += fold.len(),
            What::Waits => self.waiting += fold.len(),
            What::Dropped | What::TakenAway | What::Excluded => self.others += fold.len(),
        }
        let date = row.date.strftime("%a %Y-%m-%d").to_string();
        self.line([
            &date,
            &row.shown_start(),
            row.zone.name(),
            &row.schedule,
            &row.job,
            row.frequency.unwrap_or("-"),
            &fold.why(),
        ])
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
    fn day(&mut self, rows: &[Row<'_>]) -> io::Result<()> {
        let repeats = rows.iter().any(|row| row.is_further);
        let lines = if repeats && !self.is_each_run { fold(rows) } else { each(rows) };
        lines.iter().try_for_each(|line| self.fold(line))
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
