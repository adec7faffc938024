//! `GET /requests/{id}/messages`.

use axum::Json;
use axum::extract::State;

use crate::api::extract::{Authenticated, Id, PageParams, Params};
use crate::api::problem::{Answer, Problem};
use crate::configure::message::{self, MessagePage};
use crate::monitor;
use crate::server::SharedServer;

/// The job log of a request and of its children, the oldest message first.
#[utoipa::path(get, path = "/requests/{id}/messages", operation_id = "list_messages", tag = "messages",
    params(("id" = i64, Path), PageParams), responses((status = 200, body = MessagePage), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Id(request_id): Id,
    Params(params): Params<PageParams>,
) -> Answer<Json<MessagePage>> {
    let page = params.page()?;
    let asked = monitor::Page { request_id, after: page.start(), limit: page.limit };
    Ok(Json(message::list(&server, &caller, asked).await?))
}
