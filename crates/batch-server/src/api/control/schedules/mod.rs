//! Schedules, one file per endpoint.

mod change;
mod create;
mod delete;
mod disable;
mod enable;
mod list;
mod read;
mod run_now;
mod runs;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::SharedServer;

pub(super) fn router() -> OpenApiRouter<SharedServer> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(read::read, change::change, delete::delete))
        .routes(routes!(enable::enable))
        .routes(routes!(disable::disable))
        .routes(routes!(run_now::run_now))
        .routes(routes!(runs::runs))
}
