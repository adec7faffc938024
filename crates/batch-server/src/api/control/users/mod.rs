//! Users, one file per endpoint.

mod approve;
mod change;
mod create;
mod delete;
mod list;
mod log_off;
mod read;
mod set_password;
mod unlock;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::SharedServer;

pub(super) fn router() -> OpenApiRouter<SharedServer> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(read::read, change::change, delete::delete))
        .routes(routes!(approve::approve))
        .routes(routes!(log_off::log_off))
        .routes(routes!(set_password::set_password))
        .routes(routes!(unlock::unlock))
}
