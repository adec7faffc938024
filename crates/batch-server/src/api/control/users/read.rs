//! `GET /users/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::user::{self, User};
use crate::server::SharedServer;

/// One user.
#[utoipa::path(get, path = "/users/{id}", operation_id = "read_user", tag = "users", params(("id" = i64, Path)), responses(
    (status = 200, body = User), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<User>> {
    Ok(Json(user::read(&server, &caller, id).await?))
}
