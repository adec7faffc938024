//! The HTTP interface: AMTOpCon for connectors, the Control Center for people, and what both share.

pub(crate) mod amtopcon;
pub(crate) mod control;
pub(crate) mod extract;
mod follow;
mod last_event_id;
pub mod openapi;
pub(crate) mod problem;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use tower_http::catch_panic::CatchPanicLayer;

use crate::server::SharedServer;

/// Largest body of a request.
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Everything that the server answers.
pub(crate) fn router(server: SharedServer) -> Router {
    let (amtopcon, _) = amtopcon::router().split_for_parts();
    let (control, _) = control::router().split_for_parts();
    let routes = amtopcon.merge(control).with_state(server);
    // The spelling of a path must be settled before a route is looked for, and a layer of a router comes after that: so the
    // routes are the fallback of a router without any.
    Router::new()
        .fallback_service(routes)
        .layer(middleware::map_request(spell))
        .layer(CatchPanicLayer::custom(problem::after_panic))
        .layer(middleware::from_fn(problem::for_every_refusal))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

async fn spell(request: axum::extract::Request) -> axum::extract::Request {
    amtopcon::any_case(request)
}
