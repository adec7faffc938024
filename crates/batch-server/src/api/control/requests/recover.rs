//! `POST /requests/{id}/recover`.

use axum::extract::State;

use crate::api::control::created::Created;
use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::request::{Request, one};
use crate::operate;
use crate::server::SharedServer;

/// Starts a request that was aborted with recovery (code 22) again from its critical point, as a new request.
#[utoipa::path(post, path = "/requests/{id}/recover", operation_id = "recover_request", tag = "requests", params(("id" = i64, Path)), responses(
    (status = 201, body = Request, headers(("Location" = String, description = "Where the new request is"))),
    (status = "default", body = Problem)))]
pub(crate) async fn recover(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Created<Request>> {
    let new = operate::recover(&server, &caller, id).await?.batch_request_id;
    Ok(Created::at("requests", new, one(&server, new).await?))
}
