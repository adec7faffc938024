//! `ringmaster job`.

use kit::ExitCode;
use scheduler_api::{
    AddJob, AddedJobs, Done, Job, JobAction, JobDetails, JobOrder, Reason, Restart,
};

use super::client::Client;
use super::job_arguments::{ActOnJob, Inside, JobArguments, JobCommand, Mark, OfJob};
use super::output::{Table, answer, print_line, say_done};
use super::schedules::date;
use super::server::note_pause;
use super::words::{instant, segment, time, zones};
use super::{DONE, block_on, logs, past};

/// Runs a command about daily jobs.
pub(crate) fn run(arguments: &JobArguments) -> anyhow::Result<ExitCode> {
    let client = Client::new(&arguments.connection);
    let output = arguments.connection.output;
    match &arguments.command {
        JobCommand::List { day, schedule, status, says } => {
            let asked = [
                day.date.map(|date| format!("date={date}")),
                schedule.as_ref().map(|name| format!("schedule={}", segment(name))),
                status.as_ref().map(|status| format!("status={}", segment(status))),
                says.as_ref().map(|says| format!("says={}", segment(says))),
            ];
            let asked: Vec<String> = asked.into_iter().flatten().collect();
            let jobs: Vec<Job> = block_on(client.read(&format!("/jobs?{}", asked.join("&"))))?;
            let quiet = |jobs: &Vec<Job>| {
                jobs.iter()
                    .try_for_each(|job| print_line(&format!("{}/{}", job.schedule, job.name)))
            };
            answer(output, &jobs, |jobs| show_list(jobs), quiet)?;
        }
        JobCommand::Show(of) => {
            let job = match details(&client, of) {
                Ok(job) => job,
                Err(error) => return past::past(&client, of, output, error),
            };
            let quiet = |job: &JobDetails| print_line(&job.job.status);
            answer(output, &job, show, quiet)?;
        }
        JobCommand::Why(of) => {
            let job = match details(&client, of) {
                Ok(job) => job,
                Err(error) => return past::past(&client, of, output, error),
            };
            let quiet =
                |job: &JobDetails| job.why.first().map_or(Ok(()), |why| print_line(&why.text));
            answer(output, &job, why, quiet)?;
        }
        JobCommand::Log { job, day, attempt, id, name, follow, list } => {
            let job = job.clone().map(|job| OfJob { job, day: day.clone() });
            let wanted = logs::Wanted {
                job: job.as_ref(),
                id: *id,
                attempt: *attempt,
                name: name.as_deref(),
                follow: *follow,
                list: *list,
            };
            return logs::run(&client, output, wanted);
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
        JobCommand::Restart { job, on_hold, force, subschedule } => {
            let action = match (on_hold, force) {
                (true, _) => JobAction::RestartOnHold,
                (false, true) => JobAction::ForceRestart,
                (false, false) => JobAction::Restart,
            };
            act_and(arguments, job, action, Some(restart(*subschedule)))?;
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
    note_pause(&client, output);
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

/// What is asked for the jobs in a container.
const fn restart(inside: Inside) -> Restart {
    match inside {
        Inside::All => Restart::All,
        Inside::Matching => Restart::Matching,
        Inside::Leave => Restart::Leave,
        Inside::Rebuild => Restart::Rebuild,
    }
}

fn act(arguments: &JobArguments, of: &ActOnJob, action: JobAction) -> anyhow::Result<()> {
    act_and(arguments, of, action, None)
}

fn act_and(
    arguments: &JobArguments,
    of: &ActOnJob,
    action: JobAction,
    restart: Option<Restart>,
) -> anyhow::Result<()> {
    let client = Client::new(&arguments.connection);
    let done: Done = block_on(async {
        let path = path(&client, &of.job).await?;
        let order = JobOrder { action, restart, reason: of.reason.clone() };
        client.post(&format!("{path}/actions"), &order).await
    })?;
    let name = &of.job.job;
    let table =
        |done: &Done| print_line(&format!("{}/{}: {}", name.schedule, name.job, done.status));
    say_done(arguments.connection.output, &done, table)
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
    table.print("there are no such jobs on that date")?;
    zones(jobs.iter().map(|job| job.time_zone.as_str())).map_or(Ok(()), |line| print_line(&line))
}

fn show(details: &JobDetails) -> anyhow::Result<()> {
    let job = &details.job;
    let zone = &job.time_zone;
    print_line(&format!("{}/{} of {}: {}", job.schedule, job.name, job.date, job.status))?;
    print_line(&format!("may start at {}", instant(job.start, zone)))?;
    if let Some(latest) = details.latest_start {
        print_line(&format!("has to start by {}", instant(latest, zone)))?;
    }
    if !details.tags.is_empty() {
        print_line(&format!("tags: {}", details.tags.join(", ")))?;
    }
    if !details.attempts.is_empty() {
        past::attempts(&details.attempts, zone, Some(job.date))?;
    }
    print_reasons(&details.why, 0)?;
    recorded(details)?;
    if details.earlier.is_empty() {
        return Ok(());
    }
    print_line("earlier daily jobs of that name and date, replaced or deleted since:")?;
    past::attempts(&details.earlier, zone, Some(job.date))
}

fn why(details: &JobDetails) -> anyhow::Result<()> {
    let job = &details.job;
    print_line(&format!("{}/{} of {} is `{}`:", job.schedule, job.name, job.date, job.status))?;
    print_reasons(&details.why, 1)?;
    recorded(details)
}

/// What is recorded of its planned instants.
fn recorded(details: &JobDetails) -> anyhow::Result<()> {
    if details.outcomes.is_empty() {
        return Ok(());
    }
    print_line("recorded:")?;
    past::outcomes(&details.outcomes, &details.job.time_zone)
}

fn print_reasons(reasons: &[Reason], depth: usize) -> anyhow::Result<()> {
    for reason in reasons {
        print_line(&format!("{}{}", "  ".repeat(depth), reason.text))?;
        print_reasons(&reason.because, depth + 1)?;
    }
    Ok(())
}
