//! `/thresholds` and `/resources`.

use axum::extract::State;
use axum::routing::{get, put};
use axum::{Json, Router};
use scheduler_api::{Done, Resource, SetNumber, Threshold};
use scheduler_app::{App, operate, view};

use super::caller::Caller;
use super::extract::{At, Body};
use super::failure::Failure;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/thresholds", get(thresholds))
        .route("/thresholds/{name}", put(set_threshold))
        .route("/resources", get(resources))
        .route("/resources/{name}", put(set_resource))
}

async fn thresholds(State(app): State<App>) -> Result<Json<Vec<Threshold>>, Failure> {
    let all = view::thresholds(&app).await?.into_iter();
    Ok(Json(all.map(|(name, value)| Threshold { name, value }).collect()))
}

async fn resources(State(app): State<App>) -> Result<Json<Vec<Resource>>, Failure> {
    let all = view::resources(&app).await?.into_iter().map(|(each, kept_for)| Resource {
        name: each.resource,
        units: each.maximum,
        used: each.used,
        kept_for,
    });
    Ok(Json(all.collect()))
}

async fn set_threshold(
    State(app): State<App>,
    Caller(caller): Caller,
    At(name): At<String>,
    Body(asked): Body<SetNumber>,
) -> Result<Json<Done>, Failure> {
    let (value, reason) = (asked.value, asked.reason.as_deref());
    let before = operate::set_threshold(&app, &caller, &name, value, reason).await?;
    Ok(Json(Done::new(format!("{value}, before {before}"))))
}

async fn set_resource(
    State(app): State<App>,
    Caller(caller): Caller,
    At(name): At<String>,
    Body(asked): Body<SetNumber>,
) -> Result<Json<Done>, Failure> {
    let (units, reason) = (asked.value, asked.reason.as_deref());
    let before = operate::set_resource(&app, &caller, &name, units, reason).await?;
    let all = view::resources(&app).await?;
    let used = all.iter().find(|(each, _)| each.resource == name).map_or(0, |(each, _)| each.used);
    let note = (used > i64::from(units)).then(|| {
        format!("running jobs hold {used} units, and keep them: others start when fewer are held than there are")
    });
    Ok(Json(Done { status: format!("{units} units, before {before}"), note }))
}
