//! Job requests, one file per endpoint.

mod attach_debugger;
mod change;
mod create;
mod delete;
mod delete_from_queue;
mod force_start;
mod hold;
mod interrupt;
mod kill;
mod list;
mod read;
mod recover;
mod release;
mod skip;
mod start;
mod stop;
mod wake_up;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::SharedServer;

pub(super) fn router() -> OpenApiRouter<SharedServer> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(read::read, change::change, delete::delete))
        .routes(routes!(hold::hold))
        .routes(routes!(release::release))
        .routes(routes!(start::start))
        .routes(routes!(force_start::force_start))
        .routes(routes!(skip::skip))
        .routes(routes!(delete_from_queue::delete_from_queue))
        .routes(routes!(stop::stop))
        .routes(routes!(kill::kill))
        .routes(routes!(interrupt::interrupt))
        .routes(routes!(attach_debugger::attach_debugger))
        .routes(routes!(recover::recover))
        .routes(routes!(wake_up::wake_up))
}
