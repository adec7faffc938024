//! `PUT /controllers/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Body, Id, IfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::controller::{self, Controller, ControllerInput};
use crate::server::SharedServer;

/// Enables, disables or renames a controller.
#[utoipa::path(put, path = "/controllers/{id}", operation_id = "change_controller", tag = "controllers", request_body = ControllerInput,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "The version that was read, or `*`")), responses(
    (status = 200, body = Controller), (status = "default", body = Problem)))]
pub(crate) async fn change(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    IfMatch(expected): IfMatch,
    Body(input): Body<ControllerInput>,
) -> Answer<Json<Controller>> {
    Ok(Json(controller::change(&server, &caller, id, expected, &input).await?))
}
