//! `POST /Logoff`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::api::extract::Authenticated;
use crate::api::problem::{Answer, Problem};
use crate::server::SharedServer;

/// Gives the token back.
#[utoipa::path(post, path = "/Logoff", tag = "AMTOpCon", responses(
    (status = 204, description = "The token is not valid any more"), (status = "default", body = Problem)))]
pub(crate) async fn logoff(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
) -> Answer<StatusCode> {
    server.auth.logoff(&server, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
