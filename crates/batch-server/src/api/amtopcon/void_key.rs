//! `POST /VoidKey`.

use amt_protocol::{Action, JobAction, JobStatus};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::wire::WireBody;
use crate::api::extract::Authenticated;
use crate::api::problem::{Answer, Problem};
use crate::server::SharedServer;
use crate::submit;

/// Which key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VoidKey {
    /// The key that the start carried, blanks included.
    request_key: String,
}

/// The request of a request key; where none is stored, none will be: a start that is still on its way is refused when it arrives.
#[utoipa::path(post, path = "/VoidKey", tag = "AMTOpCon", request_body = VoidKey,
    responses((status = 200, body = JobStatus), (status = 404, description = "No start with this key was stored, and none will be",
    body = Problem), (status = 409, description = "The key is another user's", body = Problem),
    (status = "default", body = Problem)))]
pub(crate) async fn void_key(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    WireBody(asked): WireBody<VoidKey>,
) -> Answer<Json<JobStatus>> {
    let action =
        JobAction { request_key: Some(asked.request_key), ..JobAction::new(Action::Start) };
    Ok(Json(submit::void(&server, &caller, &action).await?))
}
