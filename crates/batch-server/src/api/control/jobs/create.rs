//! `POST /jobs`.

use axum::extract::State;

use crate::api::control::created::Created;
use crate::api::extract::{Authenticated, Body};
use crate::api::problem::{Answer, Problem};
use crate::configure::job::{self, Job, JobInput};
use crate::server::SharedServer;

/// Makes a job.
#[utoipa::path(post, path = "/jobs", operation_id = "create_job", tag = "jobs", request_body = JobInput, responses(
    (status = 201, body = Job, headers(("Location" = String, description = "Where it is"))),
    (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Body(input): Body<JobInput>,
) -> Answer<Created<Job>> {
    let made = job::create(&server, &caller, &input).await?;
    Ok(Created::at("jobs", made.id, made))
}
