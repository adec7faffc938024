//! `POST /controllers`.

use axum::extract::State;

use crate::api::control::created::Created;
use crate::api::extract::{Authenticated, Body};
use crate::api::problem::{Answer, Problem};
use crate::configure::controller::{self, Controller, ControllerInput};
use crate::server::SharedServer;

/// Announces a controller before its process has been started once.
#[utoipa::path(post, path = "/controllers", operation_id = "create_controller", tag = "controllers", request_body = ControllerInput, responses(
    (status = 201, body = Controller, headers(("Location" = String, description = "Where it is"))),
    (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Body(input): Body<ControllerInput>,
) -> Answer<Created<Controller>> {
    let made = controller::create(&server, &caller, &input).await?;
    Ok(Created::at("controllers", made.id, made))
}
