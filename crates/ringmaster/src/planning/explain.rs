//! `ringmaster explain-frequency`.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use anyhow::{Context, bail};
use core_kit::nearest;
use jiff::ToSpan;
use jiff::civil::Date;
use kit::ExitCode;
use kit::clock::{Clock, SystemClock};
use scheduler_core::calendar::{DateSet, WorkingDays};
use scheduler_core::definition::{Definitions, MASTER_HOLIDAY, Schedule};
use scheduler_core::frequency::{Compiled, Occurrence, Rule};
use scheduler_core::time::{Day, Zone};

use super::arguments::ExplainArguments;
use super::load::Loaded;
use super::report::count;
use crate::failure::NotThere;

/// Dates on a line of at most 80 characters.
const DATES_A_LINE: usize = 8;

/// What is explained, with the days of a schedule.
struct Subject {
    title: String,
    rule: Rule,
    compiled: Compiled,
    zone: Zone,
    alternate: bool,
}

/// Says in words when a frequency qualifies, with its next dates.
pub(crate) fn explain(arguments: &ExplainArguments) -> anyhow::Result<ExitCode> {
    let subject = match (&arguments.rule, &arguments.path, &arguments.frequency) {
        (Some(rule), ..) => of_rule(rule)?,
        (None, Some(path), Some(_)) => of_file(&Loaded::read_right(path)?, arguments)?,
        _ => bail!("name a file and a frequency, or give a rule with --rule"),
    };
    let today = || Day(subject.zone.date(SystemClock.now()));
    let first = arguments.from.unwrap_or_else(today).0;
    let last = first.saturating_add(i64::from(arguments.months).months()).saturating_sub(1.days());
    let text = text(&subject, first, last, arguments.months).context("writing the dates")?;
    crate::texts::print(text.as_bytes())
}

fn of_rule(text: &str) -> anyhow::Result<Subject> {
    let rule: Rule = scheduler_definitions::value(text)
        .map_err(anyhow::Error::msg)
        .context("reading the rule")?;
    let problems = rule.check();
    if let Some(problem) = problems.first() {
        bail!("the rule is wrong: {problem}");
    }
    if let Some(calendar) = rule.calendar() {
        bail!(
            "the rule names the calendar `{calendar}`: put both into a file and name the frequency"
        );
    }
    let working = Arc::new(WorkingDays::new(Schedule::default().workdays, []));
    let compiled = Compiled::new(&rule, working, None, false);
    Ok(Subject {
        title: "This rule".to_owned(),
        rule,
        compiled,
        zone: Zone::utc(),
        alternate: false,
    })
}

fn of_file(loaded: &Loaded, arguments: &ExplainArguments) -> anyhow::Result<Subject> {
    let definitions = loaded.definitions();
    let name = arguments.frequency.as_ref().context("the frequency is missing")?;
    let Some(frequency) = definitions.frequencies.get(name) else {
        let near = nearest(name.as_str(), definitions.frequencies.keys().map(AsRef::as_ref))
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(NotThere(format!("there is no frequency `{name}`{near}")).into());
    };
    let options = definitions.options.clone().unwrap_or_default();
    let (schedule, zone, of) = match &arguments.schedule {
        None => (
            Schedule::default(),
            options.time_zone.0.clone(),
            "a schedule with the usual working days".to_owned(),
        ),
        Some(name) => {
            let Some(schedule) = definitions.schedules.get(name) else {
                let near = nearest(name.as_str(), definitions.schedules.keys().map(AsRef::as_ref))
                    .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                return Err(NotThere(format!("there is no schedule `{name}`{near}")).into());
            };
            let zone = schedule.time_zone.as_ref().unwrap_or(&options.time_zone).0.clone();
            (schedule.clone(), zone, format!("the schedule {name}"))
        }
    };
    let working = Arc::new(working_days(definitions, &schedule));
    let calendar = frequency
        .when
        .calendar()
        .and_then(|name| definitions.calendars.get(name))
        .map(|calendar| Arc::new(calendar.date_set()));
    let alternate = options.alternate_odd_and_even_weeks;
    let compiled = Compiled::new(&frequency.when, working, calendar, alternate);
    Ok(Subject {
        title: format!("{name}, in {of}"),
        rule: frequency.when.clone(),
        compiled,
        zone,
        alternate,
    })
}

fn working_days(definitions: &Definitions, schedule: &Schedule) -> WorkingDays {
    let named = |name: &str| {
        definitions.calendars.get(name).map(scheduler_core::calendar::Calendar::date_set)
    };
    let master = schedule.use_master_holiday.then(|| named(MASTER_HOLIDAY)).flatten();
    let additional = schedule.additional_holidays.as_ref().and_then(|name| named(name.as_str()));
    let own = schedule.holidays.as_ref().map(scheduler_core::calendar::Calendar::date_set);
    let all: Vec<DateSet> = [master, additional, own].into_iter().flatten().collect();
    WorkingDays::new(schedule.workdays, &all)
}

/// The words and the dates.
fn text(subject: &Subject, first: Date, last: Date, months: u32) -> Result<String, fmt::Error> {
    let mut out = String::new();
    let words = subject.rule.explain(subject.zone.name(), subject.alternate);
    writeln!(out, "{}:\n{words}\n", subject.title)?;
    let forecast = subject.compiled.between(first, last);
    let dates = count(forecast.occurrences.len(), "date");
    let months = if months == 1 { "the month".to_owned() } else { format!("the {months} months") };
    if forecast.occurrences.is_empty() {
        writeln!(out, "No date in {months} from {first} to {last}.")?;
    } else {
        writeln!(out, "{dates} in {months} from {first} to {last}:")?;
    }
    calendar(&mut out, &forecast.occurrences)?;
    let moved: Vec<_> =
        forecast.occurrences.iter().filter(|each| each.date != each.candidate).collect();
    if !moved.is_empty() {
        writeln!(out, "\n* moved:")?;
        for occurrence in moved {
            writeln!(out, "  {}  {occurrence}", occurrence.date.strftime("%a %Y-%m-%d"))?;
        }
    }
    if !forecast.dropped.is_empty() {
        writeln!(out, "\nNot on:")?;
        for dropped in &forecast.dropped {
            writeln!(out, "  {}  {}", dropped.candidate.strftime("%a %Y-%m-%d"), dropped.why)?;
        }
    }
    Ok(out)
}

/// The dates, each month on lines of its own that fit a terminal, each date in a column.
fn calendar(out: &mut String, occurrences: &[Occurrence]) -> fmt::Result {
    let month = |each: &Occurrence| each.date.first_of_month();
    for of_month in occurrences.chunk_by(|a, b| month(a) == month(b)) {
        for (number, line) in of_month.chunks(DATES_A_LINE).enumerate() {
            match number {
                0 => write!(out, "  {} ", line[0].date.strftime("%b %Y"))?,
                _ => write!(out, "  {:9}", "")?,
            }
            let cells: Vec<String> = line
                .iter()
                .map(|each| {
                    let mark = if each.date == each.candidate { "" } else { "*" };
                    format!(" {:<7}", format!("{}{mark}", each.date.strftime("%a %d")))
                })
                .collect();
            writeln!(out, "{}", cells.concat().trim_end())?;
        }
    }
    Ok(())
}
