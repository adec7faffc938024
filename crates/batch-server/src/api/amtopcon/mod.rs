//! The AMTOpCon interface, one file per call.

mod find_job;
mod get_messages;
mod heart_beat;
mod job_action;
mod logoff;
mod logon;
mod monitor_job;
mod monitor_jobs;
mod void_key;
mod wire;

use amt_protocol::{Call, WireProfile};
use axum::http::Uri;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::SharedServer;

/// The routes of the interface.
pub(crate) fn router() -> OpenApiRouter<SharedServer> {
    OpenApiRouter::new()
        .routes(routes!(heart_beat::heart_beat))
        .routes(routes!(logon::logon))
        .routes(routes!(logoff::logoff))
        .routes(routes!(job_action::job_action))
        .routes(routes!(monitor_job::monitor_job, monitor_jobs::monitor_jobs))
        .routes(routes!(get_messages::get_messages))
        .routes(routes!(find_job::find_job))
        .routes(routes!(void_key::void_key))
}

/// Spells the path of a request as the routes do: clients may write it in any case.
pub(crate) fn any_case<B>(mut request: axum::http::Request<B>) -> axum::http::Request<B> {
    let path = request.uri().path();
    let route = Call::ALL.into_iter().map(|call| WireProfile::default_route(call).path);
    let spelled = route.into_iter().find(|route| route.eq_ignore_ascii_case(path) && route != path);
    let target = spelled.map(|spelled| match request.uri().query() {
        Some(query) => format!("{spelled}?{query}"),
        None => spelled,
    });
    if let Some(uri) = target.and_then(|target| target.parse::<Uri>().ok()) {
        *request.uri_mut() = uri;
    }
    request
}
