//! `GET /requests/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::request::{self, Request};
use crate::server::SharedServer;

/// One request.
#[utoipa::path(get, path = "/requests/{id}", operation_id = "read_request", tag = "requests", params(("id" = i64, Path)), responses(
    (status = 200, body = Request), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Request>> {
    Ok(Json(request::read(&server, &caller, id).await?))
}
