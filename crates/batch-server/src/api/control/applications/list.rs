//! `GET /applications`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, PageParams, Params};
use crate::api::problem::{Answer, Problem};
use crate::configure::Page;
use crate::configure::application::{self, Application};
use crate::server::SharedServer;

/// The applications.
#[utoipa::path(get, path = "/applications", operation_id = "list_applications", tag = "applications", params(PageParams), responses(
    (status = 200, body = Page<Application>), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Params(params): Params<PageParams>,
) -> Answer<Json<Page<Application>>> {
    Ok(Json(application::list(&server, &caller, params.page()?).await?))
}
