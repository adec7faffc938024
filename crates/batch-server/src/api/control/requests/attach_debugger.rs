//! `POST /requests/{id}/attach-debugger`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::request::{Request, one};
use crate::operate;
use crate::server::SharedServer;

/// Lets a request go on that waits for a debugger.
#[utoipa::path(post, path = "/requests/{id}/attach-debugger", operation_id = "attach_debugger_request", tag = "requests", params(("id" = i64, Path)), responses(
    (status = 200, body = Request), (status = "default", body = Problem)))]
pub(crate) async fn attach_debugger(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Request>> {
    operate::attach_debugger(&server, &caller, id).await?;
    Ok(Json(one(&server, id).await?))
}
