//! `POST /users/{id}/approve`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::user::{self, User};
use crate::server::SharedServer;

/// Lets a user in.
#[utoipa::path(post, path = "/users/{id}/approve", operation_id = "approve_user", tag = "users",
    params(("id" = i64, Path)), responses((status = 200, body = User), (status = "default", body = Problem)))]
pub(crate) async fn approve(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<User>> {
    Ok(Json(user::approve(&server, &caller, id).await?))
}
