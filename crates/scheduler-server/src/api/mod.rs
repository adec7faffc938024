//! The REST API. One file for the endpoints of each kind of object; each authorises by the use case that it calls.

mod agents;
mod audit;
mod batch_users;
mod caller;
mod definitions;
mod extract;
mod failure;
mod jobs;
mod limits;
mod logs;
mod messages;
mod properties;
mod schedules;
mod server;
mod socket;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use kit::Supervisor;
use scheduler_app::App;

pub(crate) use socket::{Listener, bind};

/// Bytes that a request has at most: definitions of a hundred thousand jobs are some fifty million.
const BODY_BYTES_MAX: usize = 256 << 20;

/// Answers commands until the process is asked to end.
pub(crate) fn start(app: &App, listener: Listener, supervisor: &Supervisor) {
    let (router, soft) = (router(app.clone()), supervisor.soft());
    supervisor.critical("api", socket::serve(listener, router, soft));
}

/// All endpoints.
fn router(app: App) -> Router {
    Router::new()
        .merge(server::routes())
        .merge(definitions::routes())
        .merge(schedules::routes())
        .merge(jobs::routes())
        .merge(logs::routes())
        .merge(messages::routes())
        .merge(properties::routes())
        .merge(limits::routes())
        .merge(agents::routes())
        .merge(batch_users::routes())
        .merge(audit::routes())
        .fallback(failure::no_route)
        .method_not_allowed_fallback(failure::no_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(tower_http::catch_panic::CatchPanicLayer::new())
        .with_state(app)
}
