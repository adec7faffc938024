//! `PUT /alerts/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Body, Id, IfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::alert::{self, Alert, AlertInput};
use crate::server::SharedServer;

/// Replaces kind and text of an alert.
#[utoipa::path(put, path = "/alerts/{id}", operation_id = "change_alert", tag = "alerts", request_body = AlertInput,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "The version that was read, or `*`")), responses(
    (status = 200, body = Alert), (status = "default", body = Problem)))]
pub(crate) async fn change(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    IfMatch(expected): IfMatch,
    Body(input): Body<AlertInput>,
) -> Answer<Json<Alert>> {
    Ok(Json(alert::change(&server, &caller, id, expected, &input).await?))
}
