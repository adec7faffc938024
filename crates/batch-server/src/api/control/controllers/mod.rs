//! Controllers, one file per endpoint.

mod change;
mod create;
mod delete;
mod list;
mod read;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::SharedServer;

pub(super) fn router() -> OpenApiRouter<SharedServer> {
    OpenApiRouter::new().routes(routes!(list::list, create::create)).routes(routes!(
        read::read,
        change::change,
        delete::delete
    ))
}
