//! `/schedules`: daily schedules.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::civil::Date;
use scheduler_api::{
    Build, Built, BuiltSchedule, Done, LeftSchedule, Schedule, ScheduleAction, ScheduleOrder, Stuck,
};
use scheduler_app::build::{self, Request};
use scheduler_app::{App, operate, view};
use scheduler_core::name::InstanceName;
use scheduler_core::schedule::Action;
use scheduler_store::daily_schedule::DailySchedule;
use serde::Deserialize;

use super::caller::Caller;
use super::extract::{Asked, At, Body};
use super::failure::Failure;
use super::server::instant;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/schedules", get(list))
        .route("/schedules/build", post(build))
        .route("/schedules/{date}/check", post(check))
        .route("/schedules/{date}/{name}/actions", post(act))
}

/// Which daily schedules are meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Of {
    /// The date; today if left out.
    date: Option<Date>,
}

async fn list(
    State(app): State<App>,
    Asked(of): Asked<Of>,
) -> Result<Json<Vec<Schedule>>, Failure> {
    let date = date(&app, of.date).await?;
    Ok(Json(view::schedules(&app, date).await?.into_iter().map(schedule).collect()))
}

async fn build(
    State(app): State<App>,
    Caller(caller): Caller,
    Body(asked): Body<Build>,
) -> Result<Json<Built>, Failure> {
    let date = date(&app, asked.date).await?;
    let request = Request {
        date,
        schedules: asked.schedules,
        overwrite: asked.overwrite,
        on_hold: asked.on_hold,
        reason: asked.reason,
    };
    let done = if asked.properties.is_empty() && asked.instance.is_none() {
        build::build(&app, &caller, request).await?
    } else {
        if request.schedules.as_ref().is_none_or(|names| names.len() != 1) {
            return Err(Failure::bad("properties and an instance are of one schedule: name it"));
        }
        let instance = asked.instance.map(|name| name.parse::<InstanceName>()).transpose();
        let instance = instance.map_err(|why| Failure::bad(why.to_string()))?;
        let properties = super::properties::given(asked.properties)?;
        build::build_given(&app, &caller, request, properties, instance).await?
    };
    let made = done.schedules.into_iter();
    let left = done.left.into_iter();
    Ok(Json(Built {
        date,
        schedules: made.map(|each| BuiltSchedule { name: each.name, jobs: each.jobs }).collect(),
        left: left.map(|(name, why)| LeftSchedule { name, why: why.to_string() }).collect(),
    }))
}

/// Of these daily schedules; of all of the date where none is named.
async fn check(
    State(app): State<App>,
    At(date): At<Date>,
    Body(names): Body<Vec<String>>,
) -> Result<Json<Vec<Stuck>>, Failure> {
    let found = view::check(&app, date, &names).await?.into_iter();
    let stuck = |of: view::Finding| Stuck { schedule: of.schedule, job: of.job, text: of.text };
    Ok(Json(found.map(stuck).collect()))
}

async fn act(
    State(app): State<App>,
    Caller(caller): Caller,
    At((date, name)): At<(Date, String)>,
    Body(asked): Body<ScheduleOrder>,
) -> Result<Json<Done>, Failure> {
    let action = match asked.action {
        ScheduleAction::Hold => Action::Hold,
        ScheduleAction::Release => Action::Release,
        ScheduleAction::Start => Action::Start,
        ScheduleAction::Close => Action::Close,
    };
    let id = operate::find_schedule(&app, date, &name).await?;
    let after = operate::schedule(&app, &caller, id, action, asked.reason.as_deref()).await?;
    let is_left = action == Action::Close && after.open_jobs > 0;
    let note = is_left.then(|| {
        format!(
            "{} of its jobs had not ended: those that run go on, the others do not start any more, but for a `ringmaster job start`",
            after.open_jobs
        )
    });
    Ok(Json(Done { status: after.status, note }))
}

/// A date that was named, or today in the server's zone.
pub(super) async fn date(app: &App, named: Option<Date>) -> Result<Date, Failure> {
    match named {
        Some(date) => Ok(date),
        None => Ok(view::server(app).await?.options.time_zone.0.local(app.now()).date()),
    }
}

fn schedule(row: DailySchedule) -> Schedule {
    Schedule {
        id: row.id,
        date: row.date.parse().unwrap_or(Date::ZERO),
        name: row.name,
        status: row.status,
        start: instant(row.start_at),
        completed: row.completed_at.map(instant),
        time_zone: row.time_zone,
        open_jobs: row.open_jobs,
        failed_jobs: row.failed_jobs,
    }
}
