//! `GET /jobs/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::job::{self, Job};
use crate::server::SharedServer;

/// One job.
#[utoipa::path(get, path = "/jobs/{id}", operation_id = "read_job", tag = "jobs", params(("id" = i64, Path)), responses(
    (status = 200, body = Job), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Job>> {
    Ok(Json(job::read(&server, &caller, id)?))
}
