//! `GET /stations/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::station::{self, Station};
use crate::server::SharedServer;

/// One station.
#[utoipa::path(get, path = "/stations/{id}", operation_id = "read_station", tag = "stations", params(("id" = i64, Path)), responses(
    (status = 200, body = Station), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Station>> {
    Ok(Json(station::read(&server, &caller, id).await?))
}
