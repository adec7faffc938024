//! `POST /users/{id}/unlock`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::user::{self, User};
use crate::server::SharedServer;

/// Clears the lock after too many failed logons.
#[utoipa::path(post, path = "/users/{id}/unlock", operation_id = "unlock_user", tag = "users",
    params(("id" = i64, Path)), responses((status = 200, body = User), (status = "default", body = Problem)))]
pub(crate) async fn unlock(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<User>> {
    Ok(Json(user::unlock(&server, &caller, id).await?))
}
