//! `ringmaster eval`.

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use jiff::civil::DateTime;
use kit::ExitCode;
use kit::clock::{Clock, SystemClock};
use scheduler_core::expression;
use scheduler_core::property::given::{Given, Instant, Prepared};
use scheduler_core::property::{Assignment, Problems, resolve};
use scheduler_core::time::{Zone, ZoneName};

use super::arguments::EvalArguments;

/// Largest context that is read, in bytes.
const CONTEXT_BYTES_MAX: u64 = 16 << 20;

/// Resolves a text or calculates an expression.
pub(crate) fn eval(arguments: &EvalArguments) -> anyhow::Result<ExitCode> {
    let prepared = prepared(arguments)?;
    let context = prepared.context();
    let (result, assignments) = if arguments.expression {
        let evaluation = expression::evaluate(&arguments.text, &context);
        let Some(evaluation) = shown(evaluation, &arguments.text) else {
            return Ok(ExitCode::Failure);
        };
        (evaluation.to_string(), evaluation.assignments)
    } else {
        let resolution = resolve(&arguments.text, &context);
        let Some(resolution) = shown(resolution, &arguments.text) else {
            return Ok(ExitCode::Failure);
        };
        // What is encrypted is shown as ***.
        (resolution.text.to_string(), resolution.assignments)
    };
    crate::texts::print(format!("{result}\n").as_bytes())?;
    for Assignment { target, value } in &assignments {
        crate::texts::say(&format!("sets `{}` of {} to `{value}`", target.name, target.place));
    }
    Ok(ExitCode::Success)
}

/// What was made of the text, or its mistakes on standard error.
fn shown<T>(result: Result<T, Problems>, text: &str) -> Option<T> {
    match result {
        Ok(made) => Some(made),
        Err(problems) => {
            for problem in &problems {
                crate::texts::say(&format!("ringmaster: {problem}"));
            }
            let first = problems.iter().next();
            if let Some(problem) = first
                .filter(|problem| problem.line == 1 && !text.contains('\n') && text.len() < 200)
            {
                crate::texts::say(&format!(
                    "  {text}\n  {}^",
                    " ".repeat(problem.column.saturating_sub(1))
                ));
            }
            None
        }
    }
}

fn prepared(arguments: &EvalArguments) -> anyhow::Result<Prepared> {
    let now = SystemClock.now();
    let text = match &arguments.context {
        Some(file) => super::read::limited(file, CONTEXT_BYTES_MAX)?,
        None => format!("now: {now}"),
    };
    let mut given: Given = scheduler_definitions::value(&text)
        .map_err(anyhow::Error::msg)
        .context("reading the context")?;
    if let Some(zone) = &arguments.zone {
        given.zone = Some(zone.clone());
    }
    if let Some(at) = &arguments.at {
        given.now = Instant(instant(at, given.zone.as_ref())?);
    }
    for set in &arguments.set {
        let Some((name, value)) = set.split_once('=') else {
            bail!("`{set}` is not NAME=VALUE");
        };
        given.properties.insert(name.trim().to_owned(), value.to_owned());
    }
    given
        .prepare()
        .map_err(|problems| anyhow::Error::msg(problems.join("\n")))
        .context("reading the context")
}

/// An instant with its distance from UTC, or a local time of the zone, which must exist on its date.
fn instant(text: &str, zone: Option<&ZoneName>) -> anyhow::Result<Timestamp> {
    if let Ok(instant) = text.parse::<Instant>() {
        return Ok(instant.0);
    }
    let Ok(local) = text.replace(' ', "T").parse::<DateTime>() else {
        bail!(
            "`{text}` is no time: expected one such as 2026-12-31T06:00:00Z, or 2026-12-31T06:00 of the time zone"
        );
    };
    let zone = zone.map_or_else(Zone::utc, |zone| zone.0.clone());
    if !zone.has(local) {
        bail!("{text} does not exist in {}: the clocks are set forward over it", zone.name());
    }
    zone.first_instant(local).with_context(|| format!("{text} is beyond the end of time"))
}
