//! What became of jobs that are not in the plan any more, and attempts of them.

use jiff::civil::Date;
use kit::ExitCode;
use scheduler_api::{Attempt, JobPast, Kind, Outcome};

use super::client::{Client, Refusal};
use super::job_arguments::OfJob;
use super::output::{Output, Table, answer, print_line};
use super::words::{instant, time};
use super::{DONE, block_on, jobs};

/// Prints what became of a job that is not in the plan of that date; `error` says that it is not, and is the answer where nothing is
/// known of it.
pub(super) fn past(
    client: &Client,
    of: &OfJob,
    output: Output,
    error: anyhow::Error,
) -> anyhow::Result<ExitCode> {
    let refusal = error.downcast_ref::<Refusal>();
    if refusal.is_none_or(|refusal| refusal.kind() != Kind::NotFound) {
        return Err(error);
    }
    let past: JobPast =
        block_on(async { client.get(&format!("{}/past", jobs::path(client, of).await?)).await })?;
    if past.outcomes.is_empty() && past.build.is_none() {
        return Err(error);
    }
    let quiet =
        |past: &JobPast| past.outcomes.iter().try_for_each(|each| print_line(&each.outcome));
    answer(output, &past, |past| show(of, past), quiet)?;
    Ok(DONE)
}

fn show(of: &OfJob, past: &JobPast) -> anyhow::Result<()> {
    print_line(&format!("{}/{} is not in the plan of that date:", of.job.schedule, of.job.job))?;
    outcomes(&past.outcomes, &past.time_zone)?;
    if let Some(build) = &past.build {
        print_line(&format!("  automatic build of its schedule on that date: {build}"))?;
    }
    let Some(last) = past.attempts.last() else { return Ok(()) };
    attempts(&past.attempts, &past.time_zone, of.day.date)?;
    print_line(&format!("`ringmaster job log --id {}` prints what it has printed", last.id))
}

/// Prints what became of planned instants.
pub(super) fn outcomes(all: &[Outcome], zone: &str) -> anyhow::Result<()> {
    for each in all {
        let attempt = each.attempt.map_or_else(String::new, |n| format!(", attempt {n}"));
        print_line(&format!(
            "  planned at {}: {}{attempt}, decided at {}: {}",
            instant(each.planned, zone),
            each.outcome,
            instant(each.at, zone),
            each.reason
        ))?;
    }
    Ok(())
}

/// Prints attempts; times have their date where that is not `date`.
pub(super) fn attempts(all: &[Attempt], zone: &str, date: Option<Date>) -> anyhow::Result<()> {
    let mut table = Table::new(&[
        "ATTEMPT", "ID", "AGENT", "ASKED", "STARTED", "ENDED", "CODE", "STATUS", "SAID",
    ]);
    for each in all {
        let at = |instant| time(instant, zone, date.unwrap_or(Date::ZERO));
        table.row([
            each.number.to_string(),
            each.id.clone(),
            each.agent.clone(),
            at(Some(each.requested)),
            at(each.started),
            at(each.ended),
            each.code.map_or_else(String::new, |code| code.to_string()),
            each.ending.clone().unwrap_or_default(),
            each.description.clone(),
        ]);
    }
    table.print("")
}
