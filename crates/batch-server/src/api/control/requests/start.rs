//! `POST /requests/{id}/start`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::request::{Request, one};
use crate::operate;
use crate::server::SharedServer;

/// Starts a waiting request now (code 7): it passes window, hold and concurrency, but not the halted switch.
#[utoipa::path(post, path = "/requests/{id}/start", operation_id = "start_request", tag = "requests", params(("id" = i64, Path)), responses(
    (status = 200, body = Request), (status = "default", body = Problem)))]
pub(crate) async fn start(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Request>> {
    operate::start_manual(&server, &caller, id).await?;
    Ok(Json(one(&server, id).await?))
}
