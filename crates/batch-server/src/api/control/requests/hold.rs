//! `POST /requests/{id}/hold`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::request::{Request, one};
use crate::operate;
use crate::server::SharedServer;

/// Holds a waiting request back.
#[utoipa::path(post, path = "/requests/{id}/hold", operation_id = "hold_request", tag = "requests", params(("id" = i64, Path)), responses(
    (status = 200, body = Request), (status = "default", body = Problem)))]
pub(crate) async fn hold(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Request>> {
    operate::hold(&server, &caller, id).await?;
    Ok(Json(one(&server, id).await?))
}
