//! `POST /users`.

use axum::extract::State;

use crate::api::control::created::Created;
use crate::api::extract::{Authenticated, Body};
use crate::api::problem::{Answer, Problem};
use crate::configure::user::{self, User, UserInput};
use crate::server::SharedServer;

/// Makes a user.
#[utoipa::path(post, path = "/users", operation_id = "create_user", tag = "users", request_body = UserInput, responses(
    (status = 201, body = User, headers(("Location" = String, description = "Where it is"))),
    (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Body(input): Body<UserInput>,
) -> Answer<Created<User>> {
    let made = user::create(&server, &caller, &input).await?;
    Ok(Created::at("users", made.id, made))
}
