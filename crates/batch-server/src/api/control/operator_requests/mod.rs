//! Questions of jobs to the operators, one file per endpoint.

mod answer;
mod cancel;
mod list;
mod read;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::SharedServer;

pub(super) fn router() -> OpenApiRouter<SharedServer> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(read::read))
        .routes(routes!(answer::answer))
        .routes(routes!(cancel::cancel))
}
