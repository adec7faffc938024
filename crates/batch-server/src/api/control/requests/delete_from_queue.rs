//! `POST /requests/{id}/delete-from-queue`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::request::{Request, one};
use crate::operate;
use crate::server::SharedServer;

/// Takes a waiting request out of its queue (code 10).
#[utoipa::path(post, path = "/requests/{id}/delete-from-queue", operation_id = "delete_from_queue_request", tag = "requests", params(("id" = i64, Path)), responses(
    (status = 200, body = Request), (status = "default", body = Problem)))]
pub(crate) async fn delete_from_queue(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Request>> {
    operate::delete(&server, &caller, id).await?;
    Ok(Json(one(&server, id).await?))
}
