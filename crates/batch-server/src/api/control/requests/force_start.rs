//! `POST /requests/{id}/force-start`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::request::{Request, one};
use crate::operate;
use crate::server::SharedServer;

/// Starts a waiting request now, also while the job server is halted (code 8).
#[utoipa::path(post, path = "/requests/{id}/force-start", operation_id = "force_start_request", tag = "requests", params(("id" = i64, Path)), responses(
    (status = 200, body = Request), (status = "default", body = Problem)))]
pub(crate) async fn force_start(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Request>> {
    operate::force_start(&server, &caller, id).await?;
    Ok(Json(one(&server, id).await?))
}
