//! `PUT /applications/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Body, Id, IfMatch};
use crate::api::problem::{Answer, Problem};
use crate::configure::application::{self, Application, ApplicationInput};
use crate::server::SharedServer;

/// Replaces an application.
#[utoipa::path(put, path = "/applications/{id}", operation_id = "change_application", tag = "applications", request_body = ApplicationInput,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "The version that was read, or `*`")), responses(
    (status = 200, body = Application), (status = "default", body = Problem)))]
pub(crate) async fn change(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    IfMatch(expected): IfMatch,
    Body(input): Body<ApplicationInput>,
) -> Answer<Json<Application>> {
    Ok(Json(application::change(&server, &caller, id, expected, &input).await?))
}
