//! `/properties` and `/keys`. Values of encrypted properties go in and never come out.

use axum::extract::State;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use kit::Secret;
use scheduler_api::{Because, Done, Property, PropertyPlace, Rotated, SetProperty};
use scheduler_app::properties::{
    self, JobKey, Place, PropertyEntry, PropertyValue, ScheduleKey, Target,
};
use scheduler_app::{App, secrets};
use scheduler_core::name::PropertyName;
use scheduler_core::schedule::event_properties::{Set, set_of};

use super::caller::Caller;
use super::extract::{Asked, At, Body};
use super::failure::Failure;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/properties", get(list))
        .route("/properties/{name}", put(set).delete(delete))
        .route("/keys", post(rotate))
}

/// Properties that are given with a job or a schedule, in their order.
pub(super) fn given(all: Vec<(String, String)>) -> Result<Set, Failure> {
    let mut given = Vec::with_capacity(all.len());
    for (name, value) in all {
        let read = name.parse::<PropertyName>();
        given.push((read.map_err(|why| Failure::bad(why.to_string()))?, value));
    }
    Ok(set_of(given))
}

async fn list(
    State(app): State<App>,
    Caller(caller): Caller,
    Asked(of): Asked<PropertyPlace>,
) -> Result<Json<Vec<Property>>, Failure> {
    let place = place(&app, of).await?;
    let all = properties::list(&app, &caller, &place).await?;
    Ok(Json(all.into_iter().map(property).collect()))
}

async fn set(
    State(app): State<App>,
    Caller(caller): Caller,
    At(name): At<String>,
    Asked(of): Asked<PropertyPlace>,
    Body(asked): Body<SetProperty>,
) -> Result<Json<Done>, Failure> {
    let target = Target { place: place(&app, of).await?, name };
    let value = Secret::new(asked.value);
    properties::set(&app, &caller, &target, value, asked.reason.as_deref()).await?;
    Ok(Json(Done::new("set")))
}

async fn delete(
    State(app): State<App>,
    Caller(caller): Caller,
    At(name): At<String>,
    Asked(of): Asked<PropertyPlace>,
) -> Result<Json<Done>, Failure> {
    let reason = of.reason.clone();
    let target = Target { place: place(&app, of).await?, name };
    properties::delete(&app, &caller, &target, reason.as_deref()).await?;
    Ok(Json(Done::new("deleted")))
}

async fn rotate(
    State(app): State<App>,
    Caller(caller): Caller,
    Body(asked): Body<Because>,
) -> Result<Json<Rotated>, Failure> {
    let done = secrets::rotate(&app, &caller, asked.reason.as_deref()).await?;
    Ok(Json(Rotated { key: done.key, secrets: done.secrets, unused: done.unused }))
}

async fn place(app: &App, of: PropertyPlace) -> Result<Place, Failure> {
    match (of.agent, of.schedule, of.job) {
        (None, None, None) => Ok(Place::Global),
        (Some(agent), None, None) => Ok(Place::Machine(agent)),
        (None, Some(name), job) => {
            let date = super::schedules::date(app, of.date).await?;
            let schedule = ScheduleKey { date, name };
            Ok(match job {
                Some(name) => Place::Job(JobKey { schedule, name }),
                None => Place::Schedule(schedule),
            })
        }
        (Some(_), Some(_), _) | (_, None, Some(_)) => {
            Err(Failure::bad("give `agent`, or `schedule` with or without `job`, or none of them"))
        }
    }
}

fn property(of: PropertyEntry) -> Property {
    let (value, is_encrypted, has_value) = match of.value {
        PropertyValue::Clear(value) => (Some(value), false, true),
        PropertyValue::Hidden => (None, true, true),
        PropertyValue::Missing => (None, true, false),
    };
    Property {
        name: of.name,
        value,
        is_encrypted,
        has_value,
        is_defined: of.is_defined,
        is_set: of.is_set,
    }
}
