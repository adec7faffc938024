//! The Control Center API: what administrators and operators do, and what a user interface is made of.
//!
//! Conventions: plural nouns; 201 and `Location` for a creation; what is done to a thing is `POST /…/{id}/verb`; 404 also for
//! what the caller may not see; `If-Match` with the version on every change; pages by key.

mod alerts;
mod applications;
mod controllers;
mod created;
mod jobs;
mod messages;
mod operator_requests;
mod queues;
mod requests;
mod roles;
mod schedules;
mod server_state;
mod session;
mod stations;
mod task_values;
#[cfg(test)]
mod tests;
mod users;

use utoipa_axum::router::OpenApiRouter;

use crate::server::SharedServer;

/// Where the Control Center API is.
pub(crate) const BASE: &str = "/control/v1";

/// The routes of the Control Center, below [`BASE`].
pub(crate) fn router() -> OpenApiRouter<SharedServer> {
    let routes = OpenApiRouter::new()
        .merge(applications::router())
        .merge(jobs::router())
        .merge(queues::router())
        .merge(controllers::router())
        .merge(schedules::router())
        .merge(requests::router())
        .merge(messages::router())
        .merge(task_values::router())
        .merge(operator_requests::router())
        .merge(alerts::router())
        .merge(users::router())
        .merge(roles::router())
        .merge(stations::router())
        .merge(server_state::router())
        .merge(session::router());
    OpenApiRouter::new().nest(BASE, routes)
}
