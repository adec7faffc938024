//! `PUT /requests/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Body, Id, IfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::request::{self, Request, RequestChange};
use crate::server::SharedServer;

/// Puts a request that waits into another queue.
#[utoipa::path(put, path = "/requests/{id}", operation_id = "change_request", tag = "requests", request_body = RequestChange,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "The version that was read, or `*`")), responses(
    (status = 200, body = Request), (status = "default", body = Problem)))]
pub(crate) async fn change(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    IfMatch(expected): IfMatch,
    Body(input): Body<RequestChange>,
) -> Answer<Json<Request>> {
    Ok(Json(request::change(&server, &caller, id, expected, &input).await?))
}
