//! `PUT /stations/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Body, Id, IfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::station::{self, Station, StationInput};
use crate::server::SharedServer;

/// Replaces a station.
#[utoipa::path(put, path = "/stations/{id}", operation_id = "change_station", tag = "stations", request_body = StationInput,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "The version that was read, or `*`")), responses(
    (status = 200, body = Station), (status = "default", body = Problem)))]
pub(crate) async fn change(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    IfMatch(expected): IfMatch,
    Body(input): Body<StationInput>,
) -> Answer<Json<Station>> {
    Ok(Json(station::change(&server, &caller, id, expected, &input).await?))
}
