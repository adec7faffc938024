//! `POST /alerts`.

use axum::extract::State;

use crate::api::control::created::Created;
use crate::api::extract::{Authenticated, Body};
use crate::api::problem::{Answer, Problem};
use crate::configure::alert::{self, Alert, AlertInput};
use crate::server::SharedServer;

/// Raises an alert.
#[utoipa::path(post, path = "/alerts", operation_id = "create_alert", tag = "alerts", request_body = AlertInput, responses(
    (status = 201, body = Alert, headers(("Location" = String, description = "Where it is"))),
    (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Body(input): Body<AlertInput>,
) -> Answer<Created<Alert>> {
    let made = alert::create(&server, &caller, &input).await?;
    Ok(Created::at("alerts", made.id, made))
}
