//! `GET /schedules/{id}/runs`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id, PageParams, Params};
use crate::api::problem::{Answer, Problem};
use crate::configure::Page;
use crate::planner::{self, RunView};
use crate::server::SharedServer;

/// The starts of a schedule and what became of them, newest first.
#[utoipa::path(get, path = "/schedules/{id}/runs", operation_id = "list_schedule_runs", tag = "schedules",
    params(("id" = i64, Path), PageParams), responses(
    (status = 200, body = Page<RunView>), (status = "default", body = Problem)))]
pub(crate) async fn runs(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    Params(params): Params<PageParams>,
) -> Answer<Json<Page<RunView>>> {
    Ok(Json(planner::runs(&server, &caller, id, params.page()?).await?))
}
