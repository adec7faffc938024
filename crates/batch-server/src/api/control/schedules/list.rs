//! `GET /schedules`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, PageParams, Params};
use crate::api::problem::{Answer, Problem};
use crate::configure::Page;
use crate::planner::{self, ScheduleView};
use crate::server::SharedServer;

/// The schedules.
#[utoipa::path(get, path = "/schedules", operation_id = "list_schedules", tag = "schedules", params(PageParams), responses(
    (status = 200, body = Page<ScheduleView>), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Params(params): Params<PageParams>,
) -> Answer<Json<Page<ScheduleView>>> {
    Ok(Json(planner::list(&server, &caller, params.page()?).await?))
}
