//! `GET /controllers`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, PageParams, Params};
use crate::api::problem::{Answer, Problem};
use crate::configure::Page;
use crate::configure::controller::{self, Controller};
use crate::server::SharedServer;

/// The controllers.
#[utoipa::path(get, path = "/controllers", operation_id = "list_controllers", tag = "controllers", params(PageParams), responses(
    (status = 200, body = Page<Controller>), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Params(params): Params<PageParams>,
) -> Answer<Json<Page<Controller>>> {
    Ok(Json(controller::list(&server, &caller, params.page()?).await?))
}
