//! `GET /server-state`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::Authenticated;
use crate::api::problem::{Answer, Problem};
use crate::configure::switch::{self, ServerState};
use crate::server::SharedServer;

/// The state of the whole job server.
#[utoipa::path(get, path = "/server-state", operation_id = "read_server_state", tag = "server-state", responses(
    (status = 200, body = ServerState), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<ServerState>> {
    Ok(Json(switch::read(&server, &caller).await?))
}
