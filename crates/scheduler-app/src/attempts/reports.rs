//! Storing what agents say of the attempts that are followed.

use std::sync::Arc;

use connector::{Report, TaskStatus};
use scheduler_core::job::{Event, News, Status};
use scheduler_store::attempt::Attempt;

use super::start::ended;
use crate::App;
use crate::error::{Error, Result};
use crate::places::Place;
use crate::work::Work;

/// What stands for the words of an agent that the database refuses.
const UNREADABLE: &str = "UNREADABLE";

/// Stores reports together. Where that is refused for what is in one of them, each is stored alone, so that the others do not wait
/// for it. Says of which attempts nothing could be stored: what is said of them is to be asked for again later.
pub(super) async fn store(app: &App, reports: Vec<(Place, Report)>) -> Result<Vec<Place>> {
    if reports.is_empty() {
        return Ok(Vec::new());
    }
    let reports = Arc::new(reports);
    match together(app, Arc::clone(&reports)).await {
        Ok(()) => return Ok(Vec::new()),
        Err(why) if why.is_of_the_work() => {}
        Err(why) => return Err(why),
    }
    let mut refused = Vec::new();
    for (place, report) in reports.iter() {
        if !alone(app, *place, report).await? {
            refused.push(*place);
        }
    }
    Ok(refused)
}

/// Stores one report, or as much of it as can be. False where nothing can.
async fn alone(app: &App, place: Place, report: &Report) -> Result<bool> {
    let Err(why) = together(app, Arc::new(vec![(place, report.clone())])).await else {
        return Ok(true);
    };
    if !why.is_of_the_work() {
        return Err(why);
    }
    let (job, attempt) = place;
    tracing::error!(job, attempt, "what its agent says could not be stored: {}", why.told());
    if matches!(&why, Error::Sql(why) if why.is_too_long()) {
        // It may be stored as it is when there is less to do.
        return Ok(false);
    }
    match together(app, Arc::new(vec![(place, without_words(report, &why))])).await {
        Ok(()) => Ok(true),
        Err(why) if why.is_of_the_work() => Ok(false),
        Err(why) => Err(why),
    }
}

/// A report without what the agent has put into words.
fn without_words(report: &Report, why: &Error) -> Report {
    let said = || format!("what its agent says could not be stored: {}", why.told());
    let phase = || UNREADABLE.to_owned();
    let status = match report.status.clone() {
        TaskStatus::Waiting { code, .. } => TaskStatus::Waiting { phase: phase(), code },
        TaskStatus::Running { code, .. } => TaskStatus::Running { phase: phase(), code },
        TaskStatus::PreRun => TaskStatus::PreRun,
        TaskStatus::Ended(end) => TaskStatus::Ended(connector::End { description: said(), ..end }),
        TaskStatus::Lost { .. } => TaskStatus::Lost { why: said() },
    };
    Report { attempt: report.attempt.clone(), state: None, status }
}

async fn together(app: &App, reports: Arc<Vec<(Place, Report)>>) -> Result<()> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let done = app
        .db()
        .write(move |tx| {
            let (bodies, reports) = (Arc::clone(&bodies), Arc::clone(&reports));
            Box::pin(async move {
                let mut work = Work::begin(tx, bodies, now, life).await?;
                let jobs: Vec<i64> = reports.iter().map(|((job, _), _)| *job).collect();
                work.expect(&jobs).await?;
                for (place, report) in reports.iter() {
                    take(&mut work, *place, report, sql::to_micros(now)).await?;
                }
                work.finish().await
            })
        })
        .await?;
    app.wakes().after(done);
    Ok(())
}

/// What is shown of a job of which nobody knows what has become of it.
pub(crate) const LOST: &str = "LOST";

/// What a report makes of an attempt and its job.
async fn take(
    work: &mut Work<'_, '_>,
    (job, number): (i64, i64),
    report: &Report,
    now: i64,
) -> Result<()> {
    let attempt = u32::try_from(number).unwrap_or(u32::MAX);
    let Some(row) = work.attempt(job, number).await? else { return Ok(()) };
    if row.ended_at.is_some() {
        over(row, report, now);
        return Ok(());
    }
    if let Some(state) = &report.state {
        row.handle = Some(state.0.clone());
    }
    match &report.status {
        TaskStatus::Waiting { phase, code } => work.phase(job, phase, *code).await,
        TaskStatus::Running { phase, code } => {
            work.job(job, Event::News { attempt, news: News::Running });
            work.phase(job, phase, *code).await
        }
        TaskStatus::PreRun => {
            work.job(job, Event::News { attempt, news: News::PrerunStarted });
            Ok(())
        }
        TaskStatus::Ended(end) => {
            (row.code, row.ended_at) = (end.code.map(i64::from), Some(now));
            row.description.clone_from(&end.description);
            (row.wanted, row.due_at, row.tries) = (Some("archive".to_owned()), Some(now), 0);
            if end.is_pre_run_failure {
                row.ending = Some(Status::PrerunFailed.description().to_owned());
            }
            work.job(job, Event::News { attempt, news: ended(end) });
            Ok(())
        }
        TaskStatus::Lost { why } => {
            row.description.clone_from(why);
            if row.wanted.is_some() {
                let attempt = report.attempt.as_str();
                tracing::warn!(
                    attempt,
                    agent = row.agent,
                    "nobody knows what has become of it: {why}"
                );
            }
            (row.wanted, row.due_at) = (None, None);
            work.phase(job, LOST, None).await
        }
    }
}

/// News of an attempt that counts as ended already. Where somebody has decided how it ended while its task went on, that stays; its
/// logs are wanted once the task is over.
fn over(row: &mut Attempt, report: &Report, now: i64) {
    if row.wanted.as_deref() != Some("watch") {
        return;
    }
    match &report.status {
        TaskStatus::Ended(end) => {
            row.code = end.code.map(i64::from);
            row.description.clone_from(&end.description);
            (row.wanted, row.due_at, row.tries) = (Some("archive".to_owned()), Some(now), 0);
        }
        TaskStatus::Lost { why } => {
            row.description.clone_from(why);
            (row.wanted, row.due_at) = (None, None);
        }
        TaskStatus::Waiting { .. } | TaskStatus::PreRun | TaskStatus::Running { .. } => {}
    }
}
