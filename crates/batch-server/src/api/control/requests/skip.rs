//! `POST /requests/{id}/skip`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::request::{Request, one};
use crate::operate;
use crate::server::SharedServer;

/// Gives up a suspended request (code 6).
#[utoipa::path(post, path = "/requests/{id}/skip", operation_id = "skip_request", tag = "requests", params(("id" = i64, Path)), responses(
    (status = 200, body = Request), (status = "default", body = Problem)))]
pub(crate) async fn skip(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Request>> {
    operate::skip(&server, &caller, id).await?;
    Ok(Json(one(&server, id).await?))
}
