//! `GET /operator-requests/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::operator_request::{self, OperatorRequest};
use crate::server::SharedServer;

/// One question of a job.
#[utoipa::path(get, path = "/operator-requests/{id}", operation_id = "read_operator_request", tag = "operator-requests",
    params(("id" = i64, Path)), responses((status = 200, body = OperatorRequest), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<OperatorRequest>> {
    Ok(Json(operator_request::read(&server, &caller, id).await?))
}
