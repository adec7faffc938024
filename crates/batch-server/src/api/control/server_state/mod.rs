//! The state of the job server, one file per endpoint.

mod halt;
mod read;
mod resume;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::SharedServer;

pub(super) fn router() -> OpenApiRouter<SharedServer> {
    OpenApiRouter::new()
        .routes(routes!(read::read))
        .routes(routes!(halt::halt))
        .routes(routes!(resume::resume))
}
