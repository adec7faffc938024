//! `POST /requests/{id}/kill`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::request::{Request, one};
use crate::operate;
use crate::server::SharedServer;

/// Ends a request whatever its state (code 3).
#[utoipa::path(post, path = "/requests/{id}/kill", operation_id = "kill_request", tag = "requests", params(("id" = i64, Path)), responses(
    (status = 200, body = Request), (status = "default", body = Problem)))]
pub(crate) async fn kill(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Request>> {
    operate::kill(&server, &caller, id).await?;
    Ok(Json(one(&server, id).await?))
}
