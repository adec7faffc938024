//! All dates of one job: runs, and what was moved or dropped and why.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::civil::Date;
use scheduler_core::frequency::{Missing, MissingWhy, Subtraction, plan as plan_dates};
use scheduler_core::model::{JobId, Model};
use scheduler_core::plan::{Plan, Wanted, build};
use scheduler_core::time::Day;

use super::rows::rows;
use crate::planning::report::count;

/// A line of the list.
struct Line {
    date: Date,
    start: String,
    instant: Option<Timestamp>,
    what: &'static str,
    frequency: String,
    why: String,
}

pub(super) fn print(
    model: &Model,
    job: JobId,
    first: Day,
    days: u32,
    mut out: impl Write,
) -> anyhow::Result<io::Result<()>> {
    let dates: Vec<Date> = first.0.series(jiff::Span::new().days(1)).take(days as usize).collect();
    let Some(last) = dates.last() else { return Ok(Ok(())) };
    let progress = crate::planning::progress::days(days, "forecasting");
    let mut lines = Vec::new();
    for date in &dates {
        let plan = build(model, *date, Wanted::All)?;
        lines.extend(of_day(model, job, &plan));
        progress.inc(1);
    }
    progress.finish_and_clear();
    let missing = plan_dates(first.0, *last, model.rules(job)).missing;
    // What a lower frequency runs all the same is no missing run.
    let runs: std::collections::BTreeSet<Date> =
        lines.iter().filter(|line| line.what == "runs").map(|line| line.date).collect();
    lines.extend(
        missing
            .iter()
            .filter(|each| !runs.contains(&each.date))
            .map(|each| of_missing(model, job, each)),
    );
    lines.sort_by_key(|line| (line.date, line.instant));
    Ok(write(model, job, &lines, &mut out))
}

fn of_day(model: &Model, job: JobId, plan: &Plan) -> Vec<Line> {
    let runs = rows(model, plan).into_iter().filter(|row| row.daily.job == job).map(|row| Line {
        date: plan.date,
        start: row.shown_start(),
        instant: Some(row.start),
        what: "runs",
        frequency: row.frequency().to_owned(),
        why: row.why(),
    });
    let excluded = plan.excluded.iter().filter(|each| each.job == job).map(|each| {
        let by = model.job(each.by);
        let schedule = model.schedule(by.schedule).name.as_str();
        Line {
            date: plan.date,
            start: String::new(),
            instant: None,
            what: "excluded",
            frequency: String::new(),
            why: format!("excluded by the job `{}` of `{schedule}`", by.name.as_str()),
        }
    });
    runs.chain(excluded).collect()
}

fn of_missing(model: &Model, job: JobId, missing: &Missing) -> Line {
    let (what, why) = match &missing.why {
        MissingWhy::Not(why) => ("dropped", why.to_string()),
        MissingWhy::Subtracted(Subtraction::DoNotSchedule(reason)) => {
            ("taken away", format!("do not schedule; {reason}"))
        }
        MissingWhy::Subtracted(Subtraction::Excluded(exclusion)) => {
            ("excluded", exclusion.to_string())
        }
    };
    let frequency = model.uses(job)[missing.index].frequency.as_str().to_owned();
    Line { date: missing.date, start: String::new(), instant: None, what, frequency, why }
}

fn write(model: &Model, job: JobId, lines: &[Line], out: &mut impl Write) -> io::Result<()> {
    let planned = model.job(job);
    let schedule = model.schedule(planned.schedule);
    let runs = lines.iter().filter(|line| line.what == "runs").count();
    writeln!(
        out,
        "{} of {}, times in {}: {}\n",
        planned.name.as_str(),
        schedule.name.as_str(),
        schedule.zone.name(),
        count(runs, "run")
    )?;
    let width = lines.iter().map(|line| line.frequency.chars().count()).max().unwrap_or(0).max(9);
    writeln!(out, "{:<14} {:<7} {:<10} {:<width$} WHY", "DATE", "START", "", "FREQUENCY")?;
    for line in lines {
        let date = line.date.strftime("%a %Y-%m-%d").to_string();
        writeln!(
            out,
            "{date:<14} {:<7} {:<10} {:<width$} {}",
            line.start, line.what, line.frequency, line.why
        )?;
    }
    out.flush()
}
