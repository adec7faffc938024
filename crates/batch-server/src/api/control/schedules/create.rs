//! `POST /schedules`.

use axum::extract::State;

use crate::api::control::created::Created;
use crate::api::extract::{Authenticated, Body};
use crate::api::problem::{Answer, Problem};
use crate::planner::{self, ScheduleInput, ScheduleView};
use crate::server::SharedServer;

/// Makes a schedule. It starts nothing that was due before, and no job for a file that is there already.
#[utoipa::path(post, path = "/schedules", operation_id = "create_schedule", tag = "schedules", request_body = ScheduleInput, responses(
    (status = 201, body = ScheduleView, headers(("Location" = String, description = "Where it is"))),
    (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Body(input): Body<ScheduleInput>,
) -> Answer<Created<ScheduleView>> {
    let made = planner::create(&server, &caller, &input).await?;
    Ok(Created::at("schedules", made.id, made))
}
