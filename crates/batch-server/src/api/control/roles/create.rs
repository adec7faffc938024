//! `POST /roles`.

use axum::extract::State;

use crate::api::control::created::Created;
use crate::api::extract::{Authenticated, Body};
use crate::api::problem::{Answer, Problem};
use crate::configure::role::{self, Role, RoleInput};
use crate::server::SharedServer;

/// Makes a role.
#[utoipa::path(post, path = "/roles", operation_id = "create_role", tag = "roles", request_body = RoleInput, responses(
    (status = 201, body = Role, headers(("Location" = String, description = "Where it is"))),
    (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Body(input): Body<RoleInput>,
) -> Answer<Created<Role>> {
    let made = role::create(&server, &caller, &input).await?;
    Ok(Created::at("roles", made.id, made))
}
