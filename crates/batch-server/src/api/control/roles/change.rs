//! `PUT /roles/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Body, Id, IfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::role::{self, Role, RoleInput};
use crate::server::SharedServer;

/// Replaces a role.
#[utoipa::path(put, path = "/roles/{id}", operation_id = "change_role", tag = "roles", request_body = RoleInput,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "The version that was read, or `*`")), responses(
    (status = 200, body = Role), (status = "default", body = Problem)))]
pub(crate) async fn change(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    IfMatch(expected): IfMatch,
    Body(input): Body<RoleInput>,
) -> Answer<Json<Role>> {
    Ok(Json(role::change(&server, &caller, id, expected, &input).await?))
}
