//! The session of the caller. It begins with `POST /Logon` and ends with `POST /Logoff` of the AMTOpCon interface.

mod read;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::SharedServer;

pub(super) fn router() -> OpenApiRouter<SharedServer> {
    OpenApiRouter::new().routes(routes!(read::read))
}
