//! `PUT /jobs/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Body, Id, IfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::job::{self, Job, JobInput};
use crate::server::SharedServer;

/// Replaces a job.
#[utoipa::path(put, path = "/jobs/{id}", operation_id = "change_job", tag = "jobs", request_body = JobInput,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "The version that was read, or `*`")), responses(
    (status = 200, body = Job), (status = "default", body = Problem)))]
pub(crate) async fn change(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    IfMatch(expected): IfMatch,
    Body(input): Body<JobInput>,
) -> Answer<Json<Job>> {
    Ok(Json(job::change(&server, &caller, id, expected, &input).await?))
}
