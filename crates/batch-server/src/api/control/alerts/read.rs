//! `GET /alerts/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::alert::{self, Alert};
use crate::server::SharedServer;

/// One alert.
#[utoipa::path(get, path = "/alerts/{id}", operation_id = "read_alert", tag = "alerts", params(("id" = i64, Path)), responses(
    (status = 200, body = Alert), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Alert>> {
    Ok(Json(alert::read(&server, &caller, id).await?))
}
