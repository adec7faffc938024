//! `GET /controllers/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::controller::{self, Controller};
use crate::server::SharedServer;

/// One controller.
#[utoipa::path(get, path = "/controllers/{id}", operation_id = "read_controller", tag = "controllers", params(("id" = i64, Path)), responses(
    (status = 200, body = Controller), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Controller>> {
    Ok(Json(controller::read(&server, &caller, id).await?))
}
