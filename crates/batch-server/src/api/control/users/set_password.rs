//! `POST /users/{id}/set-password`.

use axum::Json;
use axum::extract::State;
use kit::Secret;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::extract::{Authenticated, Body, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::user::{self, User};
use crate::server::SharedServer;

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    /// At least as long as the server's option `security.password_length`, at most 256 characters.
    #[schema(value_type = String, format = Password, write_only)]
    password: Secret,
}

/// Sets the password of a user; its sessions end.
#[utoipa::path(post, path = "/users/{id}/set-password", operation_id = "set_password_user", tag = "users", request_body = NewPassword,
    params(("id" = i64, Path)), responses((status = 200, body = User), (status = "default", body = Problem)))]
pub(crate) async fn set_password(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    Body(input): Body<NewPassword>,
) -> Answer<Json<User>> {
    Ok(Json(user::set_password(&server, &caller, id, &input.password).await?))
}
