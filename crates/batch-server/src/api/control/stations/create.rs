//! `POST /stations`.

use axum::extract::State;

use crate::api::control::created::Created;
use crate::api::extract::{Authenticated, Body};
use crate::api::problem::{Answer, Problem};
use crate::configure::station::{self, Station, StationInput};
use crate::server::SharedServer;

/// Makes a station.
#[utoipa::path(post, path = "/stations", operation_id = "create_station", tag = "stations", request_body = StationInput, responses(
    (status = 201, body = Station, headers(("Location" = String, description = "Where it is"))),
    (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Body(input): Body<StationInput>,
) -> Answer<Created<Station>> {
    let made = station::create(&server, &caller, &input).await?;
    Ok(Created::at("stations", made.id, made))
}
