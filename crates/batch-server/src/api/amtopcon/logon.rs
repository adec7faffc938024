//! `POST /Logon`.

use amt_protocol::{LogonAnswer, LogonRequest};
use axum::Json;
use axum::extract::State;
use tracing::Instrument as _;

use super::wire::WireBody;
use crate::api::extract::Peer;
use crate::api::problem::{Answer, Problem};
use crate::server::SharedServer;

/// Exchanges user name and password for a token.
#[utoipa::path(post, path = "/Logon", tag = "AMTOpCon", security(()), request_body = LogonRequest, responses(
    (status = 200, body = LogonAnswer), (status = 401, description = "Refused", body = Problem),
    (status = "default", body = Problem)))]
pub(crate) async fn logon(
    State(server): State<SharedServer>,
    Peer(peer): Peer,
    WireBody(request): WireBody<LogonRequest>,
) -> Answer<Json<LogonAnswer>> {
    let peer = peer.map_or_else(|| "here".to_owned(), |address| address.to_string());
    // Whoever reads of a wrong password wants to know where it was tried.
    let logon = server
        .auth
        .logon(&server, &request.user_name, &request.password)
        .instrument(tracing::info_span!("logon", peer))
        .await?;
    Ok(Json(LogonAnswer {
        amt_logon_token: logon.token.expose().to_owned(),
        expires_in_seconds: logon.expires_in_seconds,
    }))
}
