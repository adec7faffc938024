//! `POST /server-state/halt`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::Authenticated;
use crate::api::problem::{Answer, Problem};
use crate::configure::switch::{self, ServerState};
use crate::server::SharedServer;

/// Halts the job server: waiting requests start only when forced.
#[utoipa::path(post, path = "/server-state/halt", operation_id = "halt_server", tag = "server-state", responses(
    (status = 200, body = ServerState), (status = "default", body = Problem)))]
pub(crate) async fn halt(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<ServerState>> {
    Ok(Json(switch::halt(&server, &caller).await?))
}
