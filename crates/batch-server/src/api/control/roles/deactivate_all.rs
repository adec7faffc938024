//! `POST /roles/{id}/deactivate-all`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::extract::{Authenticated, Body, Id};
use crate::api::problem::{Answer, Problem};
use crate::configure::role::{self, Role};
use crate::server::SharedServer;

/// Which application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeactivateAll {
    /// The application whose jobs are meant.
    application: String,
}

/// Unticks every job of an application in the list of a role.
#[utoipa::path(post, path = "/roles/{id}/deactivate-all", operation_id = "deactivate_all_role", tag = "roles", request_body = DeactivateAll,
    params(("id" = i64, Path)), responses((status = 200, body = Role), (status = "default", body = Problem)))]
pub(crate) async fn deactivate_all(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    Body(input): Body<DeactivateAll>,
) -> Answer<Json<Role>> {
    Ok(Json(role::set_all_jobs(&server, &caller, id, &input.application, false).await?))
}
