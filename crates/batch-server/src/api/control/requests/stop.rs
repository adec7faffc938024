//! `POST /requests/{id}/stop`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::request::{Request, one};
use crate::operate;
use crate::server::SharedServer;

/// Asks a running request politely to end; no kill follows.
#[utoipa::path(post, path = "/requests/{id}/stop", operation_id = "stop_request", tag = "requests", params(("id" = i64, Path)), responses(
    (status = 200, body = Request), (status = "default", body = Problem)))]
pub(crate) async fn stop(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Request>> {
    operate::stop(&server, &caller, id).await?;
    Ok(Json(one(&server, id).await?))
}
