//! `PUT /users/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Body, Id, IfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::user::{self, User, UserInput};
use crate::server::SharedServer;

/// Replaces a user; roles that are left out stay.
#[utoipa::path(put, path = "/users/{id}", operation_id = "change_user", tag = "users", request_body = UserInput,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "The version that was read, or `*`")), responses(
    (status = 200, body = User), (status = "default", body = Problem)))]
pub(crate) async fn change(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    IfMatch(expected): IfMatch,
    Body(input): Body<UserInput>,
) -> Answer<Json<User>> {
    Ok(Json(user::change(&server, &caller, id, expected, &input).await?))
}
