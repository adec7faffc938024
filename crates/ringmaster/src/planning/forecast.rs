//! `ringmaster forecast`.

mod fold;
mod ical;
mod json;
mod names;
mod rows;
mod scope;
mod table;
mod waits;

use std::io::{self, BufWriter};

use kit::ExitCode;
use scheduler_core::model::Model;
use scheduler_core::plan::{Days, Wanted};
use scheduler_core::time::Day;

use super::arguments::{ForecastArguments, ForecastFormat};
use super::load::Loaded;
use rows::{Row, rows};
use scope::Scope;

/// Where rows are written to, a date after the other.
trait Printer {
    /// The rows of a date.
    fn day(&mut self, rows: &[Row<'_>]) -> io::Result<()>;
    fn end(self: Box<Self>) -> io::Result<()>;
}

/// Shows every planned run.
pub(crate) fn forecast(arguments: &ForecastArguments) -> anyhow::Result<ExitCode> {
    let loaded = Loaded::read_right(&arguments.definitions.path)?;
    let (first, days) = arguments.span.dates(|| loaded.today())?;
    let model = &loaded.model;
    let scope = Scope::of(arguments, model)?;
    let out = BufWriter::new(io::stdout().lock());
    let printer: Box<dyn Printer> = match arguments.output {
        ForecastFormat::Table => {
            Box::new(table::Table::new(model, &scope, arguments.all_runs, out))
        }
        ForecastFormat::Json => Box::new(json::Lines::new(out)),
        ForecastFormat::Ical => Box::new(ical::Calendar::new(out)),
    };
    end(print(model, first, days, &scope, printer)?)
}

fn print(
    model: &Model,
    first: Day,
    days: u32,
    scope: &Scope,
    mut printer: Box<dyn Printer + '_>,
) -> anyhow::Result<io::Result<()>> {
    let progress = super::progress::days(days, "forecasting");
    // Whole days, whatever is shown of them: jobs of other schedules are waited for, and exclude some of these.
    let mut built = Days::new(model, first.0, Wanted::All)?;
    for _ in 0..days {
        if let Err(error) = printer.day(&rows(model, built.next_day()?, scope)) {
            return Ok(Err(error));
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(printer.end())
}

/// A reader that has seen enough (`| head`) is no failure.
fn end(written: io::Result<()>) -> anyhow::Result<ExitCode> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::Success),
    }
}
