//! `GET /applications/{id}`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::application::{self, Application};
use crate::server::SharedServer;

/// One application.
#[utoipa::path(get, path = "/applications/{id}", operation_id = "read_application", tag = "applications", params(("id" = i64, Path)), responses(
    (status = 200, body = Application), (status = "default", body = Problem)))]
pub(crate) async fn read(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
) -> Answer<Json<Application>> {
    Ok(Json(application::read(&server, &caller, id).await?))
}
