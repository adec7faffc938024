//! `DELETE /alerts/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::api::extract::{Authenticated, Id, MaybeIfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::alert;
use crate::server::SharedServer;

/// Removes an alert.
#[utoipa::path(delete, path = "/alerts/{id}", operation_id = "delete_alert", tag = "alerts",
    params(("id" = i64, Path), ("If-Match" = Option<String>, Header, description = "The version that was read")), responses(
    (status = 204), (status = "default", body = Problem)))]
pub(crate) async fn delete(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    MaybeIfMatch(expected): MaybeIfMatch,
) -> Answer<StatusCode> {
    alert::delete(&server, &caller, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
