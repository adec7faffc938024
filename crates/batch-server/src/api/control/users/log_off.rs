//! `POST /users/{id}/log-off`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::user::{self, User};
use crate::server::SharedServer;

/// Ends all sessions of a user.
#[utoipa::path(post, path = "/users/{id}/log-off", operation_id = "log_off_user", tag = "users",
    params(("id" = i64, Path)), responses((status = 200, body = User), (status = "default", body = Problem)))]
pub(crate) async fn log_off(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<User>> {
    Ok(Json(user::log_off(&server, &caller, id).await?))
}
