//! `GET /jobs`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::extract::{Authenticated, PageParams, Params};
use crate::api::problem::{Answer, Problem};
use crate::configure::Page;
use crate::configure::job::{self, Job};
use crate::server::SharedServer;

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobParams {
    /// The `next` of the page before; none for the first page.
    after: Option<i64>,
    /// How many items at most: 1 to 1000, 100 by default.
    limit: Option<i64>,
    /// Those of this application only.
    application: Option<String>,
}

/// The jobs that the caller may use.
#[utoipa::path(get, path = "/jobs", operation_id = "list_jobs", tag = "jobs", params(JobParams), responses(
    (status = 200, body = Page<Job>), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Params(params): Params<JobParams>,
) -> Answer<Json<Page<Job>>> {
    let page = PageParams { after: params.after, limit: params.limit }.page()?;
    Ok(Json(job::list(&server, &caller, page, params.application.as_deref())?))
}
