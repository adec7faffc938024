//! `POST /applications`.

use axum::extract::State;

use crate::api::control::created::Created;
use crate::api::extract::{Authenticated, Body};
use crate::api::problem::{Answer, Problem};
use crate::configure::application::{self, Application, ApplicationInput};
use crate::server::SharedServer;

/// Makes an application.
#[utoipa::path(post, path = "/applications", operation_id = "create_application", tag = "applications", request_body = ApplicationInput, responses(
    (status = 201, body = Application, headers(("Location" = String, description = "Where it is"))),
    (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Body(input): Body<ApplicationInput>,
) -> Answer<Created<Application>> {
    let made = application::create(&server, &caller, &input).await?;
    Ok(Created::at("applications", made.id, made))
}
