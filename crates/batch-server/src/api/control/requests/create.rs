//! `POST /requests`.

use axum::extract::State;

use crate::api::control::created::Created;
use crate::api::extract::{Authenticated, Body};
use crate::api::problem::{Answer, Problem};
use crate::configure::request::{self, Request, RequestInput};
use crate::server::SharedServer;

/// Submits a request. One that can never run (a missing file) is stored all the same and has ended.
#[utoipa::path(post, path = "/requests", operation_id = "create_request", tag = "requests", request_body = RequestInput, responses(
    (status = 201, body = Request, headers(("Location" = String, description = "Where it is"))),
    (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Body(input): Body<RequestInput>,
) -> Answer<Created<Request>> {
    let made = request::create(&server, &caller, input).await?;
    Ok(Created::at("requests", made.id, made))
}
