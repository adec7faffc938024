//! `GET /users`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, PageParams, Params};
use crate::api::problem::{Answer, Problem};
use crate::configure::Page;
use crate::configure::user::{self, User};
use crate::server::SharedServer;

/// The users.
#[utoipa::path(get, path = "/users", operation_id = "list_users", tag = "users", params(PageParams), responses(
    (status = 200, body = Page<User>), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Params(params): Params<PageParams>,
) -> Answer<Json<Page<User>>> {
    Ok(Json(user::list(&server, &caller, params.page()?).await?))
}
