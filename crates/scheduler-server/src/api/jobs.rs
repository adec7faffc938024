//! `/jobs`: daily jobs.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream::{self, StreamExt};
use jiff::civil::Date;
use scheduler_api::{
    AddJob, AddedJobs, Attempt, Done, Job, JobAction, JobDetails, JobOrder, JobPast, Outcome,
    Reason, Restart,
};
use scheduler_app::build::AddRequest;
use scheduler_app::operate::{self, JobPlace};
use scheduler_app::view::{self, JobFilter, JobView, Why};
use scheduler_app::{App, Error, history};
use scheduler_core::action::Action;
use scheduler_core::job::SubscheduleRestart;
use scheduler_store::attempt;
use serde::Deserialize;

use super::caller::Caller;
use super::extract::{self, Asked, At};
use super::failure::Failure;
use super::server::instant;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/jobs", get(list))
        .route("/jobs/{date}/{schedule}/{job}", get(show).post(add))
        .route("/jobs/{date}/{schedule}/{job}/past", get(past))
        .route("/jobs/{date}/{schedule}/{job}/actions", post(act))
}

/// Which daily jobs are meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Of {
    /// The date; today if left out.
    date: Option<Date>,
    /// The daily schedule.
    schedule: Option<String>,
    /// The first letters of the status.
    status: Option<String>,
    /// The first letters of what the agent says of it now, or its number.
    says: Option<String>,
}

async fn list(State(app): State<App>, Asked(of): Asked<Of>) -> Result<Response, Failure> {
    let date = super::schedules::date(&app, of.date).await?;
    let filter = JobFilter { schedule: of.schedule, status: of.status, says: of.says };
    let jobs = view::Jobs::of(&app, date, filter).await?;
    Ok(array(jobs).into_response())
}

/// A JSON array that is sent while it is read.
fn array(jobs: view::Jobs) -> impl IntoResponse {
    let lead = stream::once(async { Ok::<_, Error>("[".to_owned()) });
    let parts = stream::try_unfold((jobs, true), |(mut jobs, mut is_first)| async move {
        let Some(part) = jobs.next().await? else { return Ok(None) };
        let mut text = String::new();
        for each in part {
            if !std::mem::take(&mut is_first) {
                text.push(',');
            }
            text += &serde_json::to_string(&job(each)).unwrap_or_else(|_| "null".to_owned());
        }
        Ok(Some((text, (jobs, is_first))))
    });
    let whole = lead.chain(parts).chain(stream::once(async { Ok("]".to_owned()) }));
    ([(CONTENT_TYPE, "application/json")], Body::from_stream(whole))
}

async fn show(
    State(app): State<App>,
    At(place): At<(Date, String, String)>,
) -> Result<Json<JobDetails>, Failure> {
    let id = find(&app, place.clone()).await?;
    let (view, attempts, why) = view::job(&app, id).await?;
    let past = history::past(&app, place.0, &place.1, &place.2).await?;
    Ok(Json(JobDetails {
        tags: view.tags.clone(),
        latest_start: view.job.latest_start.map(instant),
        job: job(view),
        attempts: attempts.into_iter().map(tried).collect(),
        earlier: past.attempts.into_iter().map(tried).collect(),
        why: why.into_iter().map(reason).collect(),
        outcomes: past.outcomes.into_iter().filter(|of| of.job_id == id).map(outcome).collect(),
    }))
}

async fn add(
    State(app): State<App>,
    Caller(caller): Caller,
    At((date, schedule, job)): At<(Date, String, String)>,
    extract::Body(asked): extract::Body<AddJob>,
) -> Result<Json<AddedJobs>, Failure> {
    let properties = super::properties::given(asked.properties)?;
    let request = AddRequest {
        date,
        schedule,
        job,
        frequency: asked.frequency,
        on_hold: asked.on_hold,
        properties,
        apply_exceptions: asked.apply_exceptions,
    };
    let jobs = operate::add_job(&app, &caller, request, asked.reason.as_deref()).await?;
    Ok(Json(AddedJobs { jobs }))
}

async fn past(
    State(app): State<App>,
    At((date, schedule, job)): At<(Date, String, String)>,
) -> Result<Json<JobPast>, Failure> {
    let past = history::past(&app, date, &schedule, &job).await?;
    let options = view::server(&app).await?.options;
    Ok(Json(JobPast {
        outcomes: past.outcomes.into_iter().map(outcome).collect(),
        build: past.build.map(|day| format!("{}: {}", day.what, day.reason)),
        attempts: past.attempts.into_iter().map(tried).collect(),
        time_zone: options.time_zone.0.name().to_owned(),
    }))
}

async fn act(
    State(app): State<App>,
    Caller(caller): Caller,
    At(place): At<(Date, String, String)>,
    extract::Body(asked): extract::Body<JobOrder>,
) -> Result<Json<Done>, Failure> {
    let id = find(&app, place).await?;
    let restart = match asked.restart {
        Some(Restart::Rebuild) => SubscheduleRestart::Rebuild,
        Some(Restart::Leave) => SubscheduleRestart::Leave,
        Some(Restart::Matching) => SubscheduleRestart::RestartMatching,
        Some(Restart::All) | None => SubscheduleRestart::RestartAll,
    };
    let reason = asked.reason.as_deref();
    let action = action(asked.action);
    let status = operate::job(&app, &caller, id, action, restart, reason).await?;
    let note = match action {
        Action::Start | Action::ForceRestart => view::schedule_in_the_way(&app, id).await?,
        _ => None,
    };
    let note = note.map(|why| format!("it does not start yet: {why}"));
    let note = note.or(view::still_runs(&app, id).await?);
    Ok(Json(Done { status, note }))
}

/// The number of a job.
pub(super) async fn find(
    app: &App,
    (date, schedule, job): (Date, String, String),
) -> Result<i64, Failure> {
    Ok(operate::find_job(app, &JobPlace { date, schedule, job }).await?)
}

const fn action(asked: JobAction) -> Action {
    match asked {
        JobAction::Hold => Action::Hold,
        JobAction::Release => Action::Release,
        JobAction::Cancel => Action::Cancel,
        JobAction::Skip => Action::Skip,
        JobAction::Start => Action::Start,
        JobAction::Kill => Action::Kill,
        JobAction::Restart => Action::Restart,
        JobAction::RestartOnHold => Action::RestartOnHold,
        JobAction::ForceRestart => Action::ForceRestart,
        JobAction::MarkFinishedOk => Action::MarkFinishedOk,
        JobAction::MarkFailed => Action::MarkFailed,
        JobAction::MarkUnderReview => Action::MarkUnderReview,
        JobAction::MarkFixed => Action::MarkFixed,
    }
}

fn job(view: JobView) -> Job {
    let starts_at = view.starts_at();
    let JobView { job, schedule, last, .. } = view;
    Job {
        id: job.id,
        date: schedule.date.parse().unwrap_or(Date::ZERO),
        schedule: schedule.name,
        name: job.name,
        status: job.status,
        phase: job.phase,
        phase_code: job.phase_code,
        start: instant(starts_at),
        time_zone: schedule.time_zone,
        agent: job.agent,
        started: last.as_ref().and_then(|last| last.started_at).map(instant),
        ended: last.as_ref().and_then(|last| last.ended_at).map(instant),
        code: last.as_ref().and_then(|last| last.code),
    }
}

fn tried(row: attempt::Attempt) -> Attempt {
    Attempt {
        id: format!("{}.{}", row.job_id, row.number),
        number: row.number,
        agent: row.agent,
        planned: instant(row.planned_at),
        requested: instant(row.requested_at),
        started: row.started_at.map(instant),
        ended: row.ended_at.map(instant),
        archived: row.archived_at.map(instant),
        code: row.code,
        ending: row.ending,
        description: row.description,
        open: row.wanted,
    }
}

fn outcome(of: scheduler_store::outcome::Outcome) -> Outcome {
    Outcome {
        planned: instant(of.planned_at),
        outcome: of.outcome,
        reason: of.reason,
        at: instant(of.at),
        attempt: of.attempt,
    }
}

fn reason(why: Why) -> Reason {
    Reason { text: why.text, because: why.because.into_iter().map(reason).collect() }
}
