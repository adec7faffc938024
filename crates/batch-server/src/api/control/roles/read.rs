//! `GET /roles/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::role::{self, Role};
use crate::server::SharedServer;

/// One role.
#[utoipa::path(get, path = "/roles/{id}", operation_id = "read_role", tag = "roles", params(("id" = i64, Path)), responses(
    (status = 200, body = Role), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Role>> {
    Ok(Json(role::read(&server, &caller, id).await?))
}
