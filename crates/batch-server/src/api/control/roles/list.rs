//! `GET /roles`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, PageParams, Params};
use crate::api::problem::{Answer, Problem};
use crate::configure::Page;
use crate::configure::role::{self, Role};
use crate::server::SharedServer;

/// The roles.
#[utoipa::path(get, path = "/roles", operation_id = "list_roles", tag = "roles", params(PageParams), responses(
    (status = 200, body = Page<Role>), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Params(params): Params<PageParams>,
) -> Answer<Json<Page<Role>>> {
    Ok(Json(role::list(&server, &caller, params.page()?).await?))
}
