//! `GET /queues`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, PageParams, Params};
use crate::api::problem::{Answer, Problem};
use crate::configure::Page;
use crate::configure::queue::{self, Queue};
use crate::server::SharedServer;

/// The queues.
#[utoipa::path(get, path = "/queues", operation_id = "list_queues", tag = "queues", params(PageParams), responses(
    (status = 200, body = Page<Queue>), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Params(params): Params<PageParams>,
) -> Answer<Json<Page<Queue>>> {
    Ok(Json(queue::list(&server, &caller, params.page()?).await?))
}
