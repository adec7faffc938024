//! `POST /alerts/{id}/acknowledge`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::alert::{self, Alert};
use crate::server::SharedServer;

/// Notes that the caller has seen an alert.
#[utoipa::path(post, path = "/alerts/{id}/acknowledge", operation_id = "acknowledge_alert", tag = "alerts",
    params(("id" = i64, Path)), responses((status = 200, body = Alert), (status = "default", body = Problem)))]
pub(crate) async fn acknowledge(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Alert>> {
    Ok(Json(alert::acknowledge(&server, &caller, id).await?))
}
