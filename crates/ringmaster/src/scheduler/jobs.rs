//! `ringmaster job`.

use kit::ExitCode;
use scheduler_api::{
    AddJob, AddedJobs, Done, Job, JobAction, JobDetails, JobOrder, JobPast, Kind, Reason,
};

use super::arguments::{ActOnJob, JobArguments, JobCommand, Mark, OfJob};
use super::client::{Client, Refusal};
use super::logs;
use super::output::{Output, Table, answer, print_line};
use super::schedules::date;
use super::words::{instant, segment, time};
use super::{DONE, block_on};

/// Runs a command about daily jobs.
pub(crate) fn run(arguments: &JobArguments) -> anyhow::Result<ExitCode> {
    let client = Client::new(&arguments.connection);
    let output = arguments.connection.output;
    match &arguments.command {
        JobCommand::List { day, schedule, status } => {
            let asked = [
                day.date.map(|date| format!("date={date}")),
                schedule.as_ref().map(|name| format!("schedule={}", segment(name))),
                status.as_ref().map(|status| format!("status={}", segment(status))),
            ];
            let asked: Vec<String> = asked.into_iter().flatten().collect();
            let jobs: Vec<Job> = block_on(client.get(&format!("/jobs?{}", asked.join("&"))))?;
            let quiet = |jobs: &Vec<Job>| {
                jobs.iter()
                    .try_for_each(|job| print_line(&format!("{}/{}", job.schedule, job.name)))
            };
            answer(output, &jobs, |jobs| show_list(jobs), quiet)?;
        }
        JobCommand::Show(of) => {
            let job = details(&client, of)?;
            let quiet = |job: &JobDetails| print_line(&job.job.status);
            answer(output, &job, show, quiet)?;
        }
        JobCommand::Why(of) => {
            let job = match details(&client, of) {
                Ok(job) => job,
                Err(error) => return past(&client, of, output, error),
            };
            let quiet =
                |job: &JobDetails| job.why.first().map_or(Ok(()), |why| print_line(&why.text));
            answer(output, &job, why, quiet)?;
        }
        JobCommand::Log { job, attempt, name, follow, list } => {
            return logs::run(&client, output, job, *attempt, name.as_deref(), *follow, *list);
        }
        JobCommand::Add { job, frequency, on_hold, properties, apply_exceptions } => {
            let order = AddJob {
                frequency: frequency.clone(),
                on_hold: *on_hold,
                properties: properties.clone(),
                apply_exceptions: *apply_exceptions,
                reason: job.reason.clone(),
            };
            let added: AddedJobs =
                block_on(async { client.post(&path(&client, &job.job).await?, &order).await })?;
            let of = &job.job.job.schedule;
            let lines = |added: &AddedJobs| {
                added.jobs.iter().try_for_each(|name| print_line(&format!("{of}/{name}")))
            };
            let table = |added: &AddedJobs| {
                let say = |name: &String| print_line(&format!("{of}/{name}: added"));
                added.jobs.iter().try_for_each(say)
            };
            answer(output, &added, table, lines)?;
        }
        JobCommand::Hold(of) => act(arguments, of, JobAction::Hold)?,
        JobCommand::Release(of) => act(arguments, of, JobAction::Release)?,
        JobCommand::Start(of) => act(arguments, of, JobAction::Start)?,
        JobCommand::Cancel(of) => act(arguments, of, JobAction::Cancel)?,
        JobCommand::Skip(of) => act(arguments, of, JobAction::Skip)?,
        JobCommand::Kill(of) => act(arguments, of, JobAction::Kill)?,
        JobCommand::Restart { job, on_hold, force } => {
            let action = match (on_hold, force) {
                (true, _) => JobAction::RestartOnHold,
                (false, true) => JobAction::ForceRestart,
                (false, false) => JobAction::Restart,
            };
            act(arguments, job, action)?;
        }
        JobCommand::Mark { what, job } => {
            let action = match what {
                Mark::FinishedOk => JobAction::MarkFinishedOk,
                Mark::Failed => JobAction::MarkFailed,
                Mark::UnderReview => JobAction::MarkUnderReview,
                Mark::Fixed => JobAction::MarkFixed,
            };
            act(arguments, job, action)?;
        }
    }
    Ok(DONE)
}

/// The path of a job in the API.
pub(super) async fn path(client: &Client, of: &OfJob) -> anyhow::Result<String> {
    let date = date(client, of.day.date).await?;
    Ok(format!("/jobs/{date}/{}/{}", segment(&of.job.schedule), segment(&of.job.job)))
}

fn details(client: &Client, of: &OfJob) -> anyhow::Result<JobDetails> {
    block_on(async { client.get(&path(client, of).await?).await })
}

/// What became of a job that is not in the plan of that date; `error` says that it is not.
fn past(
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
        block_on(async { client.get(&format!("{}/past", path(client, of).await?)).await })?;
    if past.outcomes.is_empty() && past.build.is_none() {
        return Err(error);
    }
    let table = |past: &JobPast| {
        print_line(&format!(
            "{}/{} is not in the plan of that date:",
            of.job.schedule, of.job.job
        ))?;
        for each in &past.outcomes {
            let attempt = each.attempt.map_or_else(String::new, |n| format!(", attempt {n}"));
            print_line(&format!(
                "  planned at {}: {}{attempt}, decided at {}: {}",
                instant(each.planned, &past.time_zone),
                each.outcome,
                instant(each.at, &past.time_zone),
                each.reason
            ))?;
        }
        past.build.iter().try_for_each(|build| {
            print_line(&format!("  automatic build of its schedule on that date: {build}"))
        })
    };
    let quiet =
        |past: &JobPast| past.outcomes.iter().try_for_each(|each| print_line(&each.outcome));
    answer(output, &past, table, quiet)?;
    Ok(DONE)
}

fn act(arguments: &JobArguments, of: &ActOnJob, action: JobAction) -> anyhow::Result<()> {
    let client = Client::new(&arguments.connection);
    let done: Done = block_on(async {
        let path = path(&client, &of.job).await?;
        let order = JobOrder { action, restart: None, reason: of.reason.clone() };
        client.post(&format!("{path}/actions"), &order).await
    })?;
    let name = &of.job.job;
    let table =
        |done: &Done| print_line(&format!("{}/{}: {}", name.schedule, name.job, done.status));
    answer(arguments.connection.output, &done, table, |_| Ok(()))
}

fn show_list(jobs: &[Job]) -> anyhow::Result<()> {
    let mut table = Table::new(&[
        "SCHEDULE", "JOB", "STATUS", "START", "STARTED", "ENDED", "CODE", "AGENT", "SAYS",
    ]);
    for job in jobs {
        let at = |instant| time(instant, &job.time_zone, job.date);
        table.row([
            job.schedule.clone(),
            job.name.clone(),
            job.status.clone(),
            at(Some(job.start)),
            at(job.started),
            at(job.ended),
            job.code.map_or_else(String::new, |code| code.to_string()),
            job.agent.clone().unwrap_or_default(),
            job.phase.clone().unwrap_or_default(),
        ]);
    }
    table.print("there are no such jobs on that date")
}

fn show(details: &JobDetails) -> anyhow::Result<()> {
    let job = &details.job;
    let zone = &job.time_zone;
    print_line(&format!("{}/{} of {}: {}", job.schedule, job.name, job.date, job.status))?;
    print_line(&format!("may start at {}", instant(job.start, zone)))?;
    if !details.tags.is_empty() {
        print_line(&format!("tags: {}", details.tags.join(", ")))?;
    }
    if !details.attempts.is_empty() {
        let mut table = Table::new(&[
            "ATTEMPT", "AGENT", "ASKED", "STARTED", "ENDED", "CODE", "STATUS", "SAID",
        ]);
        for each in &details.attempts {
            let at = |instant| time(instant, zone, job.date);
            table.row([
                each.number.to_string(),
                each.agent.clone(),
                at(Some(each.requested)),
                at(each.started),
                at(each.ended),
                each.code.map_or_else(String::new, |code| code.to_string()),
                each.ending.clone().unwrap_or_default(),
                each.description.clone(),
            ]);
        }
        table.print("")?;
    }
    print_reasons(&details.why, 0)
}

fn why(details: &JobDetails) -> anyhow::Result<()> {
    let job = &details.job;
    print_line(&format!("{}/{} of {} is `{}`:", job.schedule, job.name, job.date, job.status))?;
    print_reasons(&details.why, 1)
}

fn print_reasons(reasons: &[Reason], depth: usize) -> anyhow::Result<()> {
    for reason in reasons {
        print_line(&format!("{}{}", "  ".repeat(depth), reason.text))?;
        print_reasons(&reason.because, depth + 1)?;
    }
    Ok(())
}
