//! `POST /operator-requests/{id}/cancel`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::operator_request::{OperatorRequest, shown};
use crate::operate;
use crate::server::SharedServer;

/// Withdraws an open question: the job is told that nobody will answer.
#[utoipa::path(post, path = "/operator-requests/{id}/cancel", operation_id = "cancel_operator_request", tag = "operator-requests",
    params(("id" = i64, Path)), responses((status = 200, body = OperatorRequest), (status = "default", body = Problem)))]
pub(crate) async fn cancel(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<OperatorRequest>> {
    Ok(Json(shown(operate::cancel_question(&server, &caller, id).await?)?))
}
