//! `GET /HeartBeat`.

use amt_protocol::HeartBeat;
use axum::Json;
use axum::extract::State;

use crate::api::problem::{Answer, Problem};
use crate::server::SharedServer;

/// Whether the service is there, and whether the job server is halted. Needs no token.
#[utoipa::path(get, path = "/HeartBeat", tag = "AMTOpCon", security(()), responses(
    (status = 200, body = HeartBeat), (status = "default", body = Problem)))]
pub(crate) async fn heart_beat(State(server): State<SharedServer>) -> Answer<Json<HeartBeat>> {
    Ok(Json(HeartBeat {
        service: "Ringmaster AMTOpCon".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        time: server.clock.now(),
        halted: server.catalog.get().is_halted,
    }))
}
