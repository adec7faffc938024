//! `POST /server-state/resume`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::Authenticated;
use crate::api::problem::{Answer, Problem};
use crate::configure::switch::{self, ServerState};
use crate::server::SharedServer;

/// Lets the job server go on.
#[utoipa::path(post, path = "/server-state/resume", operation_id = "resume_server", tag = "server-state", responses(
    (status = 200, body = ServerState), (status = "default", body = Problem)))]
pub(crate) async fn resume(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<ServerState>> {
    Ok(Json(switch::resume(&server, &caller).await?))
}
