//! The job logs of requests, one file per endpoint.

mod create;
mod delete;
mod follow;
mod list;
mod read;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::SharedServer;

pub(super) fn router() -> OpenApiRouter<SharedServer> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create, delete::delete))
        .routes(routes!(read::read))
        .routes(routes!(follow::follow))
}
