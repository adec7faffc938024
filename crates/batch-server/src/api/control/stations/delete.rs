//! `DELETE /stations/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::api::extract::{Authenticated, Id, MaybeIfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::station;
use crate::server::SharedServer;

/// Removes a station that no user has.
#[utoipa::path(delete, path = "/stations/{id}", operation_id = "delete_station", tag = "stations",
    params(("id" = i64, Path), ("If-Match" = Option<String>, Header, description = "The version that was read")), responses(
    (status = 204), (status = "default", body = Problem)))]
pub(crate) async fn delete(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    MaybeIfMatch(expected): MaybeIfMatch,
) -> Answer<StatusCode> {
    station::delete(&server, &caller, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
