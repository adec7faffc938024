//! Where a call comes from.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use crate::server::SharedServer;

/// The address at the other end of the connection, which may be a proxy's; none where there is no connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) Option<SocketAddr>);

impl FromRequestParts<SharedServer> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &SharedServer) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().map(|ConnectInfo(address)| *address)))
    }
}
